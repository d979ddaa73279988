-- Grain: one row per experiment and customer in one of its arms.
with

snapshots as (

    select
        experiments.experiment_id,
        max(days.snapshot_on) filter (where days.snapshot_on < experiments.starts_on)
            as before_on,
        max(days.snapshot_on) filter (
            where days.snapshot_on between experiments.starts_on and experiments.ends_on
        ) as after_on,
    from {{ ref('stg_governance__experiments') }} as experiments
    cross join {{ ref('int_calendar__snapshots') }} as days
    group by experiments.experiment_id

)

select
    assignments.experiment_id,
    accounts.customer_id,
    min_by(assignments.arm, (assignments.assigned_at, assignments.arm)) as arm,
    -- Balances are compared on the last snapshot before the experiment and within it.
    min(snapshots.before_on) as before_on,
    min(snapshots.after_on) as after_on,
from {{ ref('stg_governance__experiment_assignments') }} as assignments
inner join {{ ref('stg_governance__experiments') }} as experiments
    on assignments.experiment_id = experiments.experiment_id
inner join {{ ref('int_customers__accounts') }} as accounts
    on assignments.account_id = accounts.account_id
inner join snapshots
    on assignments.experiment_id = snapshots.experiment_id
cross join {{ ref('int_calendar__run') }} as run
where cast(assignments.assigned_at as date) <= run.as_of
group by assignments.experiment_id, accounts.customer_id
