select evidence.*
from {{ source('raw_meta', 'load_evidence') }} as evidence
