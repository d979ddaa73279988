"""Open steps: the list by role, and the page of each, where somebody acts on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestration.act.acts import list_waiting, tell_waiting
from orchestration.act.commands import LESSONS, OUTCOMES
from orchestration.company.folder import read_company
from orchestration.pages import addresses
from orchestration.pages.site import NoSuchPageError

if TYPE_CHECKING:
    from orchestration.pages.site import Site

TRIGGERS = "select metric_id, label from governance.dim_metrics"
BREACH = "select * from governance.guardrail_breaches where breach_id = $trigger"


def read_steps(site: Site) -> dict[str, Any]:
    """Every open step by the role that owns it, what is to return most first, and what waits."""
    rows, waiting = site.open_steps(), list_waiting(site.settings)
    roles: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        roles.setdefault(row["owner_role"], []).append(row)
    return {
        "title": "Open steps",
        "roles": dict(sorted(roles.items())),
        "count": len(rows),
        "overdue_count": sum(row["state"] == "overdue" for row in rows),
        "waiting": waiting,
        "waiting_told": tell_waiting(waiting),
        "labels": _labels(site),
        "here": addresses.STEPS,
    }


def read_step(site: Site, page: str) -> dict[str, Any]:
    """An open step: what is to be done, for whom, by whom, until when.

    Raises:
        NoSuchPageError: no open step has this page; it may have been closed.
    """
    found = [row for row in site.open_steps() if addresses.step(row["intervention_id"]) == page]
    if not found:
        message = "no open step has this page; it may have been closed, or its breach has recovered"
        raise NoSuchPageError(message)
    step = found[0]
    return {
        "title": step["step"],
        "step": step,
        "breach": next(iter(site.ask(BREACH, trigger=step["trigger_id"])), None),
        "labels": _labels(site),
        "roles": read_company(site.settings).owner_roles,
        "outcomes": OUTCOMES,
        "lessons": LESSONS,
        "here": addresses.STEPS,
    }


def _labels(site: Site) -> dict[str, str]:
    return {row["metric_id"]: row["label"] for row in site.ask(TRIGGERS)}
