{{ quickbooks_sales_lines('credit_memo', key='credit_memo_id') }}
