select published_values.*
from {{ source('raw_meta', 'published_values') }} as published_values
