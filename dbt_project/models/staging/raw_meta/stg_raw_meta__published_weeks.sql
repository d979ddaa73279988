select published_weeks.*
from {{ source('raw_meta', 'published_weeks') }} as published_weeks
