select definitions.*
from {{ source('raw_meta', 'published_definitions') }} as definitions
