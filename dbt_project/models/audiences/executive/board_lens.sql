-- Grain: one row per month, quarter or year that has ended, section and item.
with

-- What is core, what is planned, and what board_items.csv lists.
placed as (

    select
        items.section,
        items.position,
        board.metric_id as item,
        board.*,
    from {{ ref('int_board__values') }} as board
    inner join {{ ref('board_items') }} as items
        on board.metric_id = items.metric_id

    union all

    select
        'core' as section,
        dense_rank() over (order by board.driver_family, board.metric_id) as position,
        board.metric_id as item,
        board.*,
    from {{ ref('int_board__values') }} as board
    where board.tier = 'core'

    union all

    select
        'plan' as section,
        dense_rank() over (order by board.metric_id) as position,
        board.metric_id as item,
        board.*,
    from {{ ref('int_board__values') }} as board
    where board.is_planned

),

metric_rows as (

    select
        placed.grain,
        placed.period_start,
        placed.period_end,
        placed.section,
        placed.position,
        placed.item,
        placed.metric_id,
        placed.label,
        placed.unit,
        placed.value,
        placed.state,
        placed.previous_value,
        placed.year_before_value,
        placed.planned,
        placed.planned_originally,
        placed.year_to_date,
        placed.year_to_date_planned,
        placed.target,
        placed.status,
        placed.told_grain,
        placed.told_period_start,
        nullif(explanations.explanation, '') as what_made_it,
        -- Of what is open now the newest period tells; the last year has long ended.
        case
            when
                placed.grain != 'year'
                and row_number() over (
                    partition by placed.grain, placed.section, placed.item
                    order by placed.period_start desc
                ) = 1
                then doing.what_is_done
        end as what_is_done,
    from placed
    left join {{ ref('int_interventions__doing') }} as doing
        on placed.metric_id = doing.metric_id
    left join {{ ref('int_contributions__explanations') }} as explanations
        on
            placed.metric_id = explanations.metric_id
            and placed.grain = explanations.grain
            and placed.period_start = explanations.period_start
            and explanations.compared_with = 'period_before'

),

-- The bridge opens with what the period before closed with.
opening as (

    select
        closing.* replace (
            1 as position,
            'opening_mrr' as item,
            'Opening MRR' as label,
            closing.previous_value as value,
            cast(null as double) as previous_value,
            cast(null as double) as year_before_value,
            cast(null as double) as year_to_date,
            closing.grain as told_grain,
            closing.period_start as told_period_start,
            cast(null as varchar) as what_made_it,
            cast(null as varchar) as what_is_done
        ),
    from metric_rows as closing
    where closing.section = 'bridge' and closing.item = 'mrr'

),

cohorts as (

    select
        cohorts.grain,
        cohorts.period_start,
        cohorts.period_end,
        'cohorts' as section,
        dense_rank() over (order by cohorts.cohort_start, cohorts.measure) as position,
        'cohort_' || extract('year' from cohorts.cohort_start)
        || '_q' || extract('quarter' from cohorts.cohort_start)
        || '_' || cohorts.measure as item,
        cast(null as varchar) as metric_id,
        'Won in ' || {{ worded_period("'quarter'", 'cohorts.cohort_start') }}
        || ': ' || case cohorts.measure when 'mrr' then 'MRR' else 'customers' end
        || ' left' as label,
        'rate' as unit,
        cohorts.share_left as value,
        case when cohorts.share_left is null then 'undefined' else 'ok' end as state,
        lag(cohorts.share_left) over (
            partition by cohorts.grain, cohorts.cohort_start, cohorts.measure
            order by cohorts.period_start
        ) as previous_value,
        cast(null as double) as year_before_value,
        cast(null as double) as planned,
        cast(null as double) as planned_originally,
        cast(null as double) as year_to_date,
        cast(null as double) as year_to_date_planned,
        cast(null as double) as target,
        'no_target' as status,
        cohorts.grain as told_grain,
        cohorts.period_start as told_period_start,
        cast(null as varchar) as what_made_it,
        cast(null as varchar) as what_is_done,
    from {{ ref('int_board__cohorts') }} as cohorts

),

every_row as (

    select * from metric_rows
    union all
    select * from opening
    union all
    select * from cohorts

),

board_lens as (

    select
        every_row.grain,
        every_row.period_start,
        every_row.period_end,
        every_row.section,
        cast(every_row.position as integer) as position,
        every_row.item,
        every_row.metric_id,
        every_row.label,
        every_row.unit,
        case when every_row.unit = 'currency' then '{{ setting("reporting_currency") }}' end
            as currency,
        cast(every_row.value as double) as value,
        every_row.state,
        cast(every_row.previous_value as double) as previous_value,
        cast(every_row.value - every_row.previous_value as double) as change,
        cast(every_row.year_before_value as double) as year_before_value,
        every_row.planned,
        every_row.planned_originally,
        cast(every_row.value - every_row.planned as double) as plan_gap,
        cast(every_row.year_to_date as double) as year_to_date,
        every_row.year_to_date_planned,
        every_row.target,
        every_row.status,
        every_row.told_grain,
        every_row.told_period_start,
        concat_ws(
            ' ',
            case
                when every_row.value is null
                    then every_row.label || ': ' || {{ worded_state('every_row.state') }} || '.'
                when every_row.told_period_start != every_row.period_start
                    or every_row.told_grain != every_row.grain
                    then
                        every_row.label || ': '
                        || {{ worded_value('every_row.value', 'every_row.unit') }} || ' in '
                        || {{ worded_period(
                            'every_row.told_grain', 'every_row.told_period_start'
                        ) }}
                        || case every_row.grain
                            when 'year' then ', the last month of the year.'
                            else ', the newest month that can be judged.'
                        end
                when every_row.previous_value is null
                    then
                        every_row.label || ': '
                        || {{ worded_value('every_row.value', 'every_row.unit') }} || '.'
                else
                    every_row.label || ': '
                    || {{ worded_value('every_row.value', 'every_row.unit') }} || ', '
                    || {{ worded_change(
                        '(every_row.value - every_row.previous_value)', 'every_row.unit'
                    ) }}
                    || ' on the period before.'
            end,
            upper(every_row.what_made_it[1]) || substr(every_row.what_made_it, 2) || '.',
            every_row.what_is_done
        ) as narrative,
    from every_row

)

select * from board_lens
