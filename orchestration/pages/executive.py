"""The executive page: ten core metrics, what needs a decision today, and what is at risk."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from orchestration.pages import addresses, charts, series
from orchestration.report.scorecard import read_scorecard
from orchestration.report.weeks import read_weeks

if TYPE_CHECKING:
    from orchestration.pages.site import Site

# What one page can ask of a reader.
DECISIONS = 10
# A quarter; each week leads to the one before it.
WEEKS_LINKED = 13
AT_RISK = """
select
    sum(health.at_risk_arr) as arr, count(*) filter (health.at_risk_arr > 0) as customer_count,
    max(health.snapshot_on) as snapshot_on
from customer_health.fct_customer_health as health
where health.snapshot_on = (select max(snapshot_on) from customer_health.fct_customer_health)
"""
LEAVING = """
select count(distinct customer_id) as customer_count, sum(mrr_at_stake) as mrr
from customer_health.customer_signals where signal = 'notice_given' and is_running
"""
ATTAINED = """
select * from governance.metric_attainment
where dimension = 'total' and list_contains($metrics, metric_id) and valid_from <= $as_of
qualify row_number() over (
    partition by metric_id order by due_on >= $as_of desc, abs(due_on - $as_of::date)
) = 1
"""


def read_executive(site: Site) -> dict[str, Any]:
    """What the executive page shows."""
    rows = read_scorecard(site.settings)
    metrics = [row["metric_id"] for row in rows]
    by_grain = defaultdict(list)
    for row in rows:
        by_grain[row["grain"]].append(row["metric_id"])
    values: dict[str, list[dict[str, Any]]] = {}
    for grain, of_grain in by_grain.items():
        values |= series.read_values(site, of_grain, grain)
    marks = series.read_marks(site, metrics)
    usual = series.read_usual(site, metrics)
    as_of = site.version().general["as_of"]
    attained = {row["metric_id"]: row for row in site.ask(ATTAINED, metrics=metrics, as_of=as_of)}
    cards = [
        row
        | {
            "picture": charts.sparkline(
                series.build_series(
                    f"{row['label']}, {len(values[row['metric_id']])} periods",
                    row["unit"],
                    values[row["metric_id"]],
                    marks=marks[row["metric_id"]],
                    usual=usual.get((row["metric_id"], row["grain"])),
                )
            ),
            "is_better": _is_better(row),
            "attained": attained.get(row["metric_id"]),
        }
        for row in rows
    ]
    steps = site.open_steps()
    return {
        "title": "Executive scorecard",
        "cards": cards,
        "worst_first": sorted(cards, key=lambda row: (RANK.get(row["status"], 9), row["label"])),
        "first": rows[0] if rows else None,
        "decisions": _one_of_each(steps)[:DECISIONS],
        "open_count": len(steps),
        "overdue_count": sum(row["state"] == "overdue" for row in steps),
        "at_risk": site.ask(AT_RISK)[0],
        "leaving": site.ask(LEAVING)[0],
        "weeks": read_weeks(site.settings)[:WEEKS_LINKED],
        "here": addresses.HOME,
    }


def _one_of_each(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first step about each customer, and each about something else: a stake counts once."""
    seen, kept = set(), []
    for step in steps:
        subject = step["customer_id"] or step["intervention_id"]
        if subject not in seen:
            kept.append(step)
        seen.add(subject)
    return kept


# The worst first.
RANK = {"breach": 0, "watch": 1, "too_few": 2, "no_value": 3, "on_target": 4}


def _is_better(row: dict[str, Any]) -> bool | None:
    """Whether the change is one for the better; unknown where no direction is."""
    change = row["change_on_previous"]
    if not change or row["direction"] not in ("up", "down"):
        return None
    return bool((change > 0) == (row["direction"] == "up"))
