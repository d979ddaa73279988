select
    comment.id as comment_id,
    comment.ticket_id,
    comment.user_id,
    comment.created as created_at,
    coalesce(comment.public, true) as is_public,
    comment._file,
    comment._file_row,
    comment._load_id,
from
    {{ latest_rows(
        source('zendesk', 'ticket_comment'),
        ['id'],
        version_by='_fivetran_synced'
    ) }}
        as comment
where not coalesce(comment._fivetran_deleted, false)
