select customers.*
from {{ source('raw_meta', 'published_customers') }} as customers
