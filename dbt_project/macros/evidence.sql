{#- The drivers whose lead is asked for, and how they are held against what follows. -#}

{#-
Drivers by the relation of `int_evidence__drivers` that knows them. `stage` says when they are read
(onboarding: once, on the day when it should be over; nurturing: at ends of months later on),
`alike_in` what customers are alike in, beside segment and age, who are compared: use, or size where
the driver is a measure or a share of use itself, so that equal use would take away what it says.
A driver that is a metric of all customers bears its name; `label` and `unit` are of one customer's
value, `flag` the words of what a customer has or has not.
-#}
{% macro drivers() -%}
    {% set use = {'stage': 'nurturing', 'alike_in': 'size'} -%}
    {% set care = {'stage': 'nurturing', 'alike_in': 'use'} -%}
    {% set first_use = {'stage': 'onboarding', 'alike_in': 'size'} -%}
    {% set start = {'stage': 'onboarding', 'alike_in': 'use'} -%}
    {{ return({
        'begun': {
            'activation_rate': dict(
                first_use, label='activation', unit='rate', flag='activated in time'
            ),
            'time_to_provision_days': dict(start, label='time to provision', unit='days'),
            'initial_user_activation_rate': dict(
                first_use, label='the share of first users that is active', unit='rate'
            ),
            'initial_transactions_per_user': dict(
                first_use, label='transactions of a first user', unit='ratio'
            ),
        },
        'people': {
            'profile_completion_rate': dict(
                first_use, label='the share of profiles that is complete', unit='rate'
            ),
        },
        'steps': {
            'onboarding_adherence': dict(
                start, label='the share of onboarding steps on time', unit='rate'
            ),
            'renewal_review_adherence': dict(
                care, label='the share of renewal reviews on time', unit='rate'
            ),
        },
        'milestones': {
            'milestone_on_time_rate': dict(
                care, label='the share of milestones on time', unit='rate'
            ),
        },
        'used': {
            'seat_utilization': dict(use, label='the share of seats in use', unit='rate'),
            'usage_depth': dict(use, label='use per active user', unit='ratio'),
            'stickiness': dict(use, label='stickiness', unit='rate'),
            'use_cases_in_use': dict(use, label='the number of use cases in use', unit='count'),
            'active_user_growth': dict(
                use, label='the number of active users against the month before', unit='rate'
            ),
            'transaction_growth': dict(
                use, label='the number of transactions against the month before', unit='rate'
            ),
            'active_users_vs_baseline': dict(
                use, label='the number of active users against go-live', unit='rate'
            ),
            'use_per_seat': dict(use, label='use per seat', unit='ratio'),
            'use_against_usual': dict(use, label='use per seat against its own usual', unit='rate'),
        },
        'asked': {
            'tickets_per_customer': dict(care, label='the number of tickets', unit='count'),
            'open_escalations': dict(
                care, label='open escalations', unit='count', flag='with an escalation open'
            ),
            'resolution_business_hours': dict(care, label='time to resolution', unit='hours'),
            'csat': dict(care, label='CSAT', unit='rate'),
        },
        'related': {'nps': dict(care, label='NPS', unit='points')},
        'owed': {
            'payment_failing': dict(
                care, label='failing payments', unit='count', flag='with a payment failing'
            ),
        },
        'touched': {
            'success_contact': dict(
                care, label='calls or visits', unit='count', flag='with a call or visit lately'
            ),
        },
    }) }}
{%- endmacro %}

{#-
An end of the interval of `high_rate` less `low_rate`, from the ends of Wilson's interval of each
(`high_lower`, `low_upper`, …). Newcombe (1998), Interval estimation for the difference between
independent proportions, Statistics in Medicine 17, method 10.
-#}
{% macro newcombe(row, end) -%}
    {%- set high, low, sign = {
        'lower': ('lower', 'upper', '-'), 'upper': ('upper', 'lower', '+')
    }[end] -%}
    {{ row }}.high_rate - {{ row }}.low_rate {{ sign }} sqrt(
        ({{ row }}.high_rate - {{ row }}.high_{{ high }})
        * ({{ row }}.high_rate - {{ row }}.high_{{ high }})
        + ({{ row }}.low_rate - {{ row }}.low_{{ low }})
        * ({{ row }}.low_rate - {{ row }}.low_{{ low }})
    )
{%- endmacro %}

{#- What a row of evidence says, for a reader. -#}
{% macro worded_evidence(row) -%}
    {%- set came -%}
    case {{ row }}.outcome
        when 'churn' then 'left'
        when 'downgrade' then 'paid less'
        when 'expansion' then 'paid more'
        when 'renewal' then 'renewed'
    end || ' within ' || {{ row }}.horizon_days || ' days'
    {%- endset -%}
    case
        when {{ row }}.flag is not null
            then 'Of customers ' || {{ row }}.flag
        else 'Where ' || {{ row }}.label || ' was '
            || {{ worded_value(row ~ '.high_from', row ~ '.unit') }} || ' or more'
    end
    || ', ' || {{ worded_value(row ~ '.high_rate', "'rate'") }} || ' ' || {{ came }} || '; '
    || case
        when {{ row }}.flag is not null then 'of the others '
        else 'where it was ' || {{ worded_value(row ~ '.low_to', row ~ '.unit') }} || ' or less '
    end
    || {{ worded_value(row ~ '.low_rate', "'rate'") }} || '.'
{%- endmacro %}

{#- `drivers()` by name alone. -#}
{% macro drivers_by_name() -%}
    {% set named = {} -%}
    {% for names in drivers().values() %}{% do named.update(names) %}{% endfor -%}
    {{ return(named) }}
{%- endmacro %}

{#- Warning signs by which an outlook is told beside drivers, and their words as a reason. -#}
{% macro sign_words() -%}
    {{ return({
        'notice_given': 'has given notice',
        'no_first_value': 'has had no first value',
        'support_spike': 'writes many more tickets than it used to',
        'use_falling': 'uses it much less than it used to',
    }) }}
{%- endmacro %}

{#-
Components of the health score, each with what customers are alike in, beside segment and age, who
are compared by it: as of `drivers()`.
-#}
{% macro health_components() -%}
    {{ return({
        'adoption': 'size',
        'seats': 'size',
        'momentum': 'size',
        'support': 'use',
        'sentiment': 'use',
        'payment': 'use',
    }) }}
{%- endmacro %}

{#- `drivers()` as rows: driver, stage, alike_in, label, unit and flag. -#}
{% macro described_drivers() -%}
    {% for driver, said in drivers_by_name().items() -%}
    select
        '{{ driver }}' as driver,
        '{{ said.stage }}' as stage,
        '{{ said.alike_in }}' as alike_in,
        '{{ said.label }}' as label,
        '{{ said.unit }}' as unit,
        {{ "'" ~ said.flag ~ "'" if said.flag else 'null' }} as flag
    {%- if not loop.last %}

    union all

    {% endif -%}
    {% endfor -%}
{%- endmacro %}

{#-
The sides of comparisons: CTEs `thirds` and `sides`, from a CTE with a row per `driver` and reading
of its `value`. `is_high` is true in the upper third of a driver's values, false in the lower, and
empty between them; where one value fills both, that value against the rest.
-#}
{% macro sides(read) -%}
thirds as (

    select
        {{ read }}.driver,
        min({{ read }}.value) as least_value,
        quantile_disc({{ read }}.value, 1 / 3) as low_value,
        quantile_disc({{ read }}.value, 2 / 3) as high_value,
    from {{ read }}
    group by {{ read }}.driver

),

sides as (

    select
        {{ read }}.*,
        case
            when thirds.low_value < thirds.high_value and {{ read }}.value >= thirds.high_value
                then true
            when thirds.low_value < thirds.high_value and {{ read }}.value <= thirds.low_value
                then false
            when thirds.low_value < thirds.high_value then null
            when thirds.low_value > thirds.least_value
                then {{ read }}.value >= thirds.low_value
            else {{ read }}.value > thirds.low_value
        end as is_high,
    from {{ read }}
    inner join thirds
        on {{ read }}.driver = thirds.driver

)
{%- endmacro %}

{#- Of either side of a comparison the share of whom the outcome came, with Wilson's interval. -#}
{% macro rated_sides(contrasts) -%}
    {{ contrasts }}.high_come_count / nullif({{ contrasts }}.high_count, 0) as high_rate,
    {{ contrasts }}.low_come_count / nullif({{ contrasts }}.low_count, 0) as low_rate,
    {% for side in ['high', 'low'] -%}
    {% for end, sign in {'lower': '-', 'upper': '+'}.items() -%}
    {{ wilson(
        contrasts ~ '.' ~ side ~ '_come_count', contrasts ~ '.' ~ side ~ '_count', sign
    ) }} as {{ side }}_{{ end }},
    {% endfor -%}
    {% endfor -%}
{%- endmacro %}

{#- Whether a day is in the second half of the time that a window `asked` spans. -#}
{% macro is_second_half(day) -%}
    2 * datediff('day', min({{ day }}) over asked, {{ day }})
    > datediff('day', min({{ day }}) over asked, max({{ day }}) over asked)
{%- endmacro %}

{#-
How the two sides of comparisons differ, as counts and as sums over strata of customers who are
alike: the end of a model, from a CTE with a row per comparison (`driver`, `stage`, `outcome`,
`horizon_days`), customer and day (`known_on`), which says the side (`is_high`, by `value`), the
stratum and the half of the time (`is_second_half`), and whether the outcome came (`has_come`, 0
or 1).
-#}
{% macro contrasts(compared) -%}
-- Of a stratum: how many, how many of them high, and of how many the outcome came.
cells as (

    select
        compared.driver,
        compared.outcome,
        compared.horizon_days,
        compared.stratum,
        compared.is_second_half,
        count(*) as size,
        count(*) filter (where compared.is_high) as high_count,
        sum(compared.has_come) as come_count,
        sum(compared.has_come) filter (where compared.is_high) as high_come_count,
    from {{ compared }} as compared
    group by all

),

-- Mantel and Haenszel: a stratum weighs high × low ÷ all; one with a single side says nothing.
pooled as (

    select
        cells.driver,
        cells.outcome,
        cells.horizon_days,
        {% for half, condition in {
            '': 'true', '_first': 'not cells.is_second_half', '_second': 'cells.is_second_half'
        }.items() -%}
        {{ exact_sum(
            'cells.high_count * (cells.size - cells.high_count) / cells.size',
            'filter (where ' ~ condition ~ ')'
        ) }} as weight{{ half }},
        {{ exact_sum(
            'cells.high_come_count - cells.high_count * cells.come_count / cells.size',
            'filter (where ' ~ condition ~ ' and cells.high_count > 0)'
        ) }} as excess{{ half }},
        {% endfor -%}
        sum(case when cells.high_count > 0 and cells.high_count < cells.size then cells.size end)
            as alike_count,
    from cells
    group by cells.driver, cells.outcome, cells.horizon_days

),

-- The variance of the excess: what each customer adds to it, all its days together.
added as (

    select
        compared.driver,
        compared.outcome,
        compared.horizon_days,
        compared.customer_id,
        {{ exact_sum("""
            (cast(compared.is_high as integer) - cells.high_count / cells.size)
            * (compared.has_come - cells.come_count / cells.size)
            * sqrt(cells.size / (cells.size - 1))
        """) }} as excess,
    from {{ compared }} as compared
    inner join cells
        on
            compared.driver = cells.driver
            and compared.outcome = cells.outcome
            and compared.horizon_days = cells.horizon_days
            and compared.stratum = cells.stratum
            and compared.is_second_half = cells.is_second_half
    where cells.high_count > 0 and cells.high_count < cells.size
    group by compared.driver, compared.outcome, compared.horizon_days, compared.customer_id

),

spread as (

    select
        added.driver,
        added.outcome,
        added.horizon_days,
        round({{ exact_sum('added.excess * added.excess') }}, 12) as variance,
    from added
    group by added.driver, added.outcome, added.horizon_days

),

counted as (

    select
        compared.driver,
        compared.stage,
        compared.outcome,
        compared.horizon_days,
        min(compared.value) filter (where compared.is_high) as high_from,
        max(compared.value) filter (where not compared.is_high) as low_to,
        count(distinct compared.customer_id) as customer_count,
        count(*) filter (where compared.is_high) as high_count,
        count(*) filter (where compared.is_high and compared.has_come = 1) as high_come_count,
        count(*) filter (where not compared.is_high) as low_count,
        count(*) filter (where not compared.is_high and compared.has_come = 1) as low_come_count,
    from {{ compared }} as compared
    group by compared.driver, compared.stage, compared.outcome, compared.horizon_days

)

select
    counted.*,
    pooled.alike_count,
    pooled.weight,
    pooled.excess,
    spread.variance,
    pooled.excess_first / nullif(pooled.weight_first, 0) as difference_first,
    pooled.excess_second / nullif(pooled.weight_second, 0) as difference_second,
from counted
inner join pooled
    on
        counted.driver = pooled.driver
        and counted.outcome = pooled.outcome
        and counted.horizon_days = pooled.horizon_days
left join spread
    on
        counted.driver = spread.driver
        and counted.outcome = spread.outcome
        and counted.horizon_days = spread.horizon_days
{%- endmacro %}
