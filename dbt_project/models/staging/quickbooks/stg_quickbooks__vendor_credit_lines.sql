{{ quickbooks_expense_lines('vendor_credit', key='vendor_credit_id') }}
