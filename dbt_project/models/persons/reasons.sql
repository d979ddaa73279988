-- Grain: one row per end of an employment with a stated reason.
select
    {{ keyed_hash('statuses.employee_id') }} as person_hash,
    statuses.changed_on as stated_on,
    statuses.termination_type as reason_type,
    statuses.reason_text as reason,
from {{ ref('stg_bamboohr__employment_statuses') }} as statuses
where statuses.reason_text is not null
