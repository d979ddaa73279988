select publications.*
from {{ source('raw_meta', 'publications') }} as publications
