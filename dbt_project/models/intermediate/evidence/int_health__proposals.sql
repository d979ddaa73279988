-- Grain: one row per component of the health score and day by which it is judged: its evidence by
-- then, and the weight that this proposes.
with

judged as (

    select
        split_part(contrasts.driver, '|', 1) as component,
        cast(split_part(contrasts.driver, '|', 2) as date) as judged_on,
        contrasts.* exclude (contrasts.driver, contrasts.weight),
        judgements.difference,
        judgements.lower,
        judgements.upper,
        judgements.corrected_p_value,
        judgements.is_stable,
        -- Who is well in it and leaves more often: it does lead, and is no sign of health.
        case
            when judgements.verdict = 'leads' and judgements.difference > 0 then 'leads_to_losses'
            else judgements.verdict
        end as verdict,
    from {{ ref('int_health__contrasts') }} as contrasts
    inner join {{ ref('int_health__judgements') }} as judgements
        on contrasts.driver = judgements.driver

),

-- How many points of the component's score lie between the sides.
apart as (

    select
        judged.component,
        judged.judged_on,
        {% for side, condition in {
            'high': 'readings.score >= judged.high_from',
            'low': 'readings.score <= judged.low_to',
        }.items() -%}
        {{ exact_sum('readings.score', 'filter (where ' ~ condition ~ ')') }}
        / count(*) filter (where {{ condition }}) as {{ side }}_score,
        {% endfor -%}
    from judged
    inner join {{ ref('int_health__readings') }} as readings
        on
            judged.component = readings.component
            and judged.judged_on >= readings.until_on
    group by judged.component, judged.judged_on

),

days as (

    select judged.judged_on,
    from judged

    union

    select {{ as_of() }} as judged_on

),

-- What is shown of a component: how many fewer of a hundred leave, for a hundred points of it.
shown as (

    select
        weights.component,
        days.judged_on,
        weights.weight,
        judged.* exclude (judged.component, judged.judged_on, judged.verdict),
        coalesce(judged.verdict, 'too_few') as verdict,
        case
            when judged.verdict = 'leads'
                then -100 * judged.difference / (apart.high_score - apart.low_score)
        end as effect,
    from days
    cross join {{ ref('health_weights') }} as weights
    left join judged
        on days.judged_on = judged.judged_on and weights.component = judged.component
    left join apart
        on judged.judged_on = apart.judged_on and judged.component = apart.component

),

summed as (

    select
        shown.judged_on,
        {{ exact_sum('shown.weight', "filter (where shown.verdict != 'too_few')") }}
            as weight_to_share,
        {{ exact_sum('shown.effect') }} as effect,
    from shown
    group by shown.judged_on

)

-- Of what nothing can be known yet the weight stays; where nothing leads there is no proposal.
select
    shown.*,
    case
        when summed.effect is null then null
        when shown.verdict = 'too_few' then shown.weight
        when shown.effect is null then 0
        else round(summed.weight_to_share * shown.effect / summed.effect, 2)
    end as proposed_weight,
from shown
inner join summed
    on shown.judged_on = summed.judged_on
