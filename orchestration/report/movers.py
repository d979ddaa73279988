"""Who came, grew, shrank and left in a period, the largest of each, and what was known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestration.report.published import ask_published

if TYPE_CHECKING:
    import datetime as dt

    from orchestration.settings import Settings

# So many losses, and so many gains.
SHOWN = 5
# Days before a movement of which health is told: what there was time to act on.
DAYS_BEFORE = 30
# A rate that moved is nobody's doing.
QUERY = """
with moved as (
    select
        customer_id, occurred_on, movement_type, movement_reason, cancellation_reason, mrr_change,
        row_number() over (
            partition by mrr_change < 0 order by abs(mrr_change) desc, occurred_on, customer_id,
            movement_type, movement_reason
        ) as place
    from revenue_velocity.fct_mrr_movements
    where occurred_on between $start and $end and movement_type != 'fx' and mrr_change != 0
),

signs as (
    select moved.customer_id, moved.occurred_on, min(signals.began_on) as notice_on
    from moved
    inner join customer_health.customer_signals as signals
        on moved.customer_id = signals.customer_id and signals.signal = 'notice_given'
        and signals.began_on <= moved.occurred_on
        and coalesce(signals.ended_on >= moved.occurred_on, true)
    where moved.place <= $shown and moved.mrr_change < 0
    group by all
),

healths as (
    select
        moved.customer_id, moved.occurred_on,
        max_by(health.health_score, health.snapshot_on) as health_score,
        max(health.snapshot_on) as health_on
    from moved
    inner join customer_health.fct_customer_health as health
        on moved.customer_id = health.customer_id
        and health.snapshot_on <= moved.occurred_on - to_days($before)
    where moved.place <= $shown
    group by all
),

steps as (
    select
        moved.customer_id, moved.occurred_on,
        list({
            step: steps.step, owner_role: steps.owner_role, state: steps.state,
            due_on: steps.due_on, opened_on: steps.opened_on
        } order by steps.opened_on, steps.step, steps.intervention_id) as steps
    from moved
    inner join governance.interventions as steps
        on moved.customer_id = steps.customer_id
        and steps.opened_on between moved.occurred_on - interval 90 day and moved.occurred_on
    where moved.place <= $shown
    group by all
)

select
    moved.* exclude (place), signs.notice_on, healths.health_score, healths.health_on,
    coalesce(steps.steps, []) as steps
from moved
left join signs using (customer_id, occurred_on)
left join healths using (customer_id, occurred_on)
left join steps using (customer_id, occurred_on)
where moved.place <= $shown
order by moved.mrr_change < 0 desc, moved.place
"""


def read_movers(settings: Settings, start: dt.date, end: dt.date) -> list[dict[str, Any]]:
    """The largest movements of a period, losses first, then gains, each by its size.

    Returns:
        A row each: `customer_id`, `occurred_on`, `movement_type`, `movement_reason`, `mrr_change`;
        of a churn `cancellation_reason`, what the customer said of it; of losses `notice_on`, the
        day on which the end was announced; `health_score` of `health_on`, the last one that is 30
        days older; `steps` that were called for in the ninety days before, each with `step`,
        `owner_role`, `state`, `due_on` and `opened_on`.
    """
    asked = {"start": start, "end": end, "shown": SHOWN, "before": DAYS_BEFORE}
    return ask_published(settings, QUERY, asked)


def what_happened(row: dict[str, Any]) -> str:
    """What a movement was, in words: churn, voluntary: too expensive."""
    told = row["movement_type"], row["movement_reason"]
    words = ", ".join(part.replace("_", " ") for part in told if part)
    said = row["cancellation_reason"]
    return f"{words}: {said.replace('_', ' ')}" if said else words
