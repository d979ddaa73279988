select runs.*
from {{ source('raw_meta', 'runs') }} as runs
