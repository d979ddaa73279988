{{ quickbooks_sales_lines('sales_receipt', key='sales_receipt_id') }}
