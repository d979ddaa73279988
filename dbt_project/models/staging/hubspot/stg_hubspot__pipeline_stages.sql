select
    stage.stage_id,
    stage.pipeline_id,
    stage.label,
    coalesce(stage.is_closed, false) as is_closed,
    coalesce(stage.closed_won, false) as is_won,
    stage._file,
    stage._file_row,
    stage._load_id,
from
    {{ latest_rows(
        source('hubspot', 'deal_pipeline_stage'),
        ['stage_id'],
        version_by='_fivetran_synced'
    ) }}
        as stage
