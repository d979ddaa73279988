select coverage.*
from {{ source('raw_meta', 'coverage') }} as coverage
