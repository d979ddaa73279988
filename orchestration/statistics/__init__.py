"""Statistics of the warehouse, and the tables that dbt's Python models make of them."""
