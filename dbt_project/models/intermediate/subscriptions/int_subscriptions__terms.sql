-- Grain: one row per subscription and term.
with

paying as (

    select
        segments.customer_id,
        segments.subscription_id,
        segments.valid_from,
        segments.valid_to,
        -- Items of one subscription share a cycle but for add-ons; the longest commits.
        max(segments.cycle_months) over (
            partition by segments.subscription_id, segments.valid_from
        ) as cycle_months,
    from {{ ref('int_subscriptions__segments') }} as segments
    where segments.net_mrr > 0

),

marked as (

    select
        paying.*,
        case
            when
                paying.valid_from <= max(paying.valid_to) over (
                    partition by paying.subscription_id, paying.cycle_months
                    order by paying.valid_from, paying.valid_to
                    rows between unbounded preceding and 1 preceding
                )
                then 0
            else 1
        end as is_first,
    from paying

),

runs as (

    select
        marked.*,
        sum(marked.is_first) over (
            partition by marked.subscription_id, marked.cycle_months
            order by marked.valid_from, marked.valid_to
        ) as run_number,
    from marked

),

spans as (

    select
        runs.customer_id,
        runs.subscription_id,
        runs.cycle_months,
        cast(round(runs.cycle_months * 365 / 12) as integer) as cycle_days,
        min(runs.valid_from) as starts_on,
        max(runs.valid_to) as ends_on,
        -- Terms are looked at a year beyond the day through which the run computes.
        least(max(runs.valid_to), {{ dbt.dateadd('month', 24, as_of()) }}) as seen_until,
    from runs
    group by
        runs.customer_id, runs.subscription_id, runs.cycle_months, runs.run_number

),

numbered as (

    select
        spans.*,
        terms.term_number,
        cast(
            case
                when spans.cycle_months >= 1
                    then
                        {{ dbt.dateadd(
                            'month',
                            'cast(spans.cycle_months * terms.term_number as integer)',
                            'spans.starts_on'
                        ) }}
                else
                    {{ dbt.dateadd(
                        'day',
                        'cast(spans.cycle_days * terms.term_number as integer)',
                        'spans.starts_on'
                    ) }}
            end as date
        ) as term_starts_on,
        cast(
            case
                when spans.cycle_months >= 1
                    then
                        {{ dbt.dateadd(
                            'month',
                            'cast(spans.cycle_months * (terms.term_number + 1) as integer)',
                            'spans.starts_on'
                        ) }}
                else
                    {{ dbt.dateadd(
                        'day',
                        'cast(spans.cycle_days * (terms.term_number + 1) as integer)',
                        'spans.starts_on'
                    ) }}
            end as date
        ) as term_ends_on,
    from spans
    cross join
        unnest(
            generate_series(
                0,
                cast(
                    {{ dbt.datediff('spans.starts_on', 'spans.seen_until', 'day') }}
                    / greatest(spans.cycle_days - 3, 1) as bigint
                )
            )
        ) as terms (term_number)

)

select
    numbered.customer_id,
    numbered.subscription_id,
    numbered.cycle_months,
    numbered.term_starts_on,
    numbered.term_ends_on,
    numbered.ends_on as service_ends_on,
from numbered
where
    numbered.term_starts_on < numbered.seen_until
    -- A term that service does not outlive was never up for renewal.
    and numbered.term_starts_on < numbered.ends_on
