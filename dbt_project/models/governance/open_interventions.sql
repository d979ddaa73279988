-- Grain: one row per intervention that is open as of the run's day.
with

open_interventions as (

    select
        interventions.* exclude (
            interventions.closed_at,
            interventions.ended_on,
            interventions.is_open,
            interventions.led_by,
            interventions.outcome,
            interventions.lesson
        ),
        cast(
            case
                when interventions.customer_id is not null
                    then row_number() over (
                        partition by interventions.customer_id is not null
                        -- A word of thanks comes after a loss, however large the customer.
                        order by
                            coalesce(interventions.trigger in ('promoter', 'passive'), false) asc,
                            interventions.expected_return desc nulls last,
                            interventions.due_on asc,
                            interventions.intervention_id asc
                    )
            end as integer
        ) as rank_by_return,
        -- Once for each account, so that a sum counts no money again.
        case
            when row_number() over (
                partition by interventions.customer_id
                order by interventions.step_number asc, interventions.intervention_id asc
            ) = 1 then interventions.value_at_stake
        end as account_stake,
    from {{ ref('interventions') }} as interventions
    where interventions.is_open

)

select * from open_interventions
