select
    response.id as response_id,
    response.person as person_id,
    lower(response.survey_type) as survey_type,
    response.score,
    response.person_properties ->> 'touchpoint' as touchpoint,
    nullif(response.person_properties ->> 'account_id', '') as external_id,
    response.person_properties ->> 'ticket_id' as ticket_id,
    coalesce(list_contains(cast(response.tags as varchar[]), 'reference'), false) as is_reference,
    -- The team's notes, each with the second at which it was written.
    make_timestamp(
        1000000 * list_min(cast(response.notes ->> '$[*].created_at' as bigint[]))
    ) as first_noted_at,
    response.created_at as answered_at,
    response._file,
    response._file_row,
    response._load_id,
from
    {{ latest_rows(
        source('delighted', 'survey_response'),
        ['id'],
        version_by='updated_at'
    ) }}
        as response
