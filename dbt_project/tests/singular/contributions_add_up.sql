{{ config(meta={'dagster': {'ref': {'name': 'metric_contributions'}}}) }}
-- What explains a change is all of it: the rows of one dimension add up to the change.
select
    contributions.metric_id,
    contributions.grain,
    contributions.period_start,
    contributions.compared_with,
    contributions.dimension,
    max(contributions.change) as change,
    sum(contributions.contribution) as explained,
from {{ ref('metric_contributions') }} as contributions
group by all
having
    abs(max(contributions.change) - sum(contributions.contribution))
    > 1e-6 * greatest(1, sum(abs(contributions.contribution)))
