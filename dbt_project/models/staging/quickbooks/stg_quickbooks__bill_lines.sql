{{ quickbooks_expense_lines('bill', key='bill_id') }}
