{#- Notices of cancellation, as billing showed them. -#}

{#- Of what `observed` holds of a subscription and day the last; files decide between equals. -#}
{% macro is_last_of_day(day) -%}
    row_number() over (
        partition by observed.subscription_id, {{ day }}
        order by
            observed.observed_at desc,
            observed.precedence desc,
            observed._file_order desc,
            observed._file_row desc
    ) = 1
{%- endmacro %}

{#-
The last observation of a subscription and day: whether its end is announced, and for when. Who is
gone gives no notice any more.
-#}
{% macro observed_notices() -%}
    select
        observed.subscription_id,
        cast(observed.observed_at as date) as observed_on,
        observed.status,
        observed.cancellation_reason,
        cast(observed.cancelled_at as date) as given_on,
        cast(coalesce(
            observed.cancel_at,
            case
                when observed.is_cancelled_at_period_end then observed.current_period_ends_at
            end
        ) as date) as takes_effect_on,
        observed.status not in ('canceled', 'incomplete_expired')
        and (
            observed.cancel_at is not null
            or coalesce(observed.is_cancelled_at_period_end, false)
        ) as is_beyond,
    from {{ ref('int_subscriptions__status_observations') }} as observed
    cross join {{ ref('int_calendar__run') }} as run
    where cast(observed.observed_at as date) <= run.as_of
    qualify {{ is_last_of_day('cast(observed.observed_at as date)') }}
{%- endmacro %}
