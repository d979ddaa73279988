select settings.*
from {{ source('raw_meta', 'settings') }} as settings
