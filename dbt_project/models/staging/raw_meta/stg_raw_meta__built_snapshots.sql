select snapshots.*
from {{ source('raw_meta', 'built_snapshots') }} as snapshots
