{{ quickbooks_sales_lines('refund_receipt', key='refund_id') }}
