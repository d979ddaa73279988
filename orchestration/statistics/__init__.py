"""Statistics of the warehouse, and the tables that dbt's Python models make of them."""

import os

# Matrices here are small: threads of the linear algebra wait for each other longer than they work,
# and add in an order that depends on how many there are. Read when numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
