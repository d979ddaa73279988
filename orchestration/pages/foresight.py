"""What leads outcomes, what only seems to, and how well outcomes would have been foretold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestration.pages import addresses

if TYPE_CHECKING:
    from orchestration.pages.site import Site

EVIDENCE = "select * from governance.driver_evidence order by outcome, driver, horizon_days"
READOUTS = """
select * from governance.model_readouts where segment = 'total'
order by outcome, horizon_days, fold nulls first
"""
# Outcomes in the order in which they are asked for, and what they are called.
OUTCOMES = {
    "churn": "Who leaves",
    "renewal": "Who renews",
    "downgrade": "Who pays less",
    "expansion": "Who pays more",
}
# What is told of first; the rest is folded.
SHOWN = ("leads", "reversed_by_adjustment", "explained_by_adjustment")


def read_drivers(site: Site) -> dict[str, Any]:
    """Evidence by outcome, each driver once: at the days after it at which it is clearest."""
    rows = _evidence(site)
    return {
        "title": "What leads",
        "outcomes": [
            (name, *_of_outcome([row for row in rows if row["outcome"] == outcome]))
            for outcome, name in OUTCOMES.items()
        ],
        "tried_count": sum(row["verdict"] != "too_few" for row in rows),
        "readouts": site.ask(READOUTS),
        "here": addresses.DRIVERS,
    }


def read_leads(site: Site, metric_id: str) -> list[dict[str, Any]]:
    """What a metric leads, or does not, where there are cases enough, the clearest first."""
    rows = (row for row in _evidence(site) if row["metric_id"] == metric_id)
    return sorted((row for row in rows if row["verdict"] != "too_few"), key=_clearness)


def _evidence(site: Site) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = site.once("evidence", lambda: site.ask(EVIDENCE))
    return rows


def _of_outcome(
    rows: list[dict[str, Any]],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], float]:
    """What is told first and what is folded, and the widest end of an interval."""
    clearest: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=_clearness):
        clearest.setdefault(row["driver"], row)
    ordered = sorted(clearest.values(), key=_clearness)
    told = [row for row in ordered if row["verdict"] in SHOWN]
    rest = [row for row in ordered if row["verdict"] not in SHOWN]
    ends = [abs(row[end]) for row in told for end in ("adjusted_lower", "adjusted_upper")]
    return told, rest, max(ends, default=1.0)


def _clearness(row: dict[str, Any]) -> tuple[int, float, str, int]:
    verdicts = (*SHOWN, "no_difference_shown", "too_few")
    p_value = 1.0 if row["p_value"] is None else row["p_value"]
    return verdicts.index(row["verdict"]), p_value, row["driver"], row["horizon_days"]
