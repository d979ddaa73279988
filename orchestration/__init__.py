"""drivewheel: a metrics warehouse for companies that sell subscriptions."""

import os

# Matrices here are small: threads of the linear algebra wait for each other longer than they work,
# and add in an order that depends on how many there are. Read when numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
