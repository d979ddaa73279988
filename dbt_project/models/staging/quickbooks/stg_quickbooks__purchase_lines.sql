{{ quickbooks_expense_lines('purchase', key='purchase_id') }}
