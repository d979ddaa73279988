"""Acts on open steps, reviews and experiments, as files that the next refresh loads.

A landed file stays as it is, so every act is a new one, `<landing>/governance/<object>/act-….csv`
with a row in the shape of that object's contract. Of several acts on one step the newest row has
what was said before it too.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import secrets
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestration.company.folder import read_company, read_declared
from orchestration.files import write_whole
from orchestration.report.published import ask_published, open_published

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from orchestration.settings import Settings

SOURCE = "governance"
# Why a step waits, by its state.
WAITS = {
    "queued": "wait for their role",
    "grouped": "are led by another step of their account",
    "uneconomic": "are expected to cost more than they keep",
}
PREFIX = "act-"
# What an act on a step says; of a step that is published it is asked whether it is there yet.
SAID = {
    "acted_at": "acknowledged_at",
    "due_on": "due_on",
    "closed_at": "closed_at",
    "owner_role": "owner_role",
    "outcome": "outcome",
    "lesson": "lesson",
}
OPEN = """
select * from governance.open_interventions
order by coalesce(trigger in ('promoter', 'passive'), false), expected_return desc nulls last,
    due_on, intervention_id
"""
# What is called for and not open: its role has no room, another step leads, or it costs too much.
WAITING = """
select * from governance.interventions where ended_on is null and not is_open
order by state != 'queued', state, expected_return is not null, expected_return desc, opened_on,
    intervention_id
"""
AS_OF = "select max(snapshot_on) as as_of from audiences.executive_scorecard"
REVIEWS = """
select * from governance.metric_reviews
where metric_id = $metric and held_on is null order by due_on, review_id
"""
EXPERIMENTS = "select distinct experiment_id, metric_id from governance.experiment_readouts"


class ActError(Exception):
    """What cannot be acted on; the message says why, and what to do instead."""


@dataclass(frozen=True)
class Author:
    """Who acts, when, and why."""

    name: str
    at: dt.datetime
    reason: str | None

    def stamp(self) -> dict[str, Any]:
        """The columns that every act has."""
        return {"acted_by": self.name, "reason": self.reason, "updated_at": self.at}


def list_open(settings: Settings) -> list[dict[str, Any]]:
    """Open steps as published, with acts that are not published yet.

    What warns of a loss comes before a courtesy, and of each what is expected to return most first.

    A row has the columns of `governance.open_interventions`, `is_pending` among them; a step that
    an act has closed is left out.
    """
    return _list_open(settings, own_acts(settings.landing_dir))


def list_waiting(settings: Settings) -> list[dict[str, Any]]:
    """Steps that are called for and wait, as published: queued, grouped, uneconomic.

    A row has the columns of `governance.interventions`; what was begun since, which opens it, is
    left out.
    """
    acts = own_acts(settings.landing_dir)
    return [
        {**row, "is_pending": False}
        for row in ask_published(settings, WAITING)
        if _act_id(row["intervention_id"]) not in acts
    ]


def tell_waiting(rows: Iterable[dict[str, Any]]) -> str:
    """How many wait, and why, in a line; empty where none does."""
    counts = Counter(row["state"] for row in rows)
    return ", ".join(
        f"{count} {WAITS[state]}" for state, count in sorted(counts.items(), reverse=True)
    )


def _list_open(settings: Settings, acts: Mapping[str, dict[str, str]]) -> list[dict[str, Any]]:
    with open_published(settings):
        as_of = ask_published(settings, AS_OF)[0]["as_of"]
        opened = ask_published(settings, OPEN)
        waiting = ask_published(settings, WAITING)
    rows = []
    # Whoever begins what waits has opened it.
    begun = [row for row in waiting if _act_id(row["intervention_id"]) in acts]
    for row in [*opened, *begun]:
        act = acts.get(_act_id(row["intervention_id"]), {})
        said = {column: _typed(column, act[name]) for name, column in SAID.items() if act.get(name)}
        pending = {name: value for name, value in said.items() if row.get(name, value) != value}
        if pending:
            pending["state"] = _state({**row, **pending}, as_of)
            # Who gave it to another role took it from whom the account is.
            if "owner_role" in pending:
                pending["account_owner"] = None
        if not act.get("closed_at"):
            rows.append({**row, **pending, "is_pending": bool(pending)})
    return rows


def act_on_step(
    settings: Settings, step: str, author: Author, said: dict[str, Any]
) -> tuple[Path, dict[str, Any]]:
    """Write what was said of an open step; gives the file, and the step.

    Args:
        settings: Whose landing, and whose published version.
        step: The beginning of an intervention's id.
        author: Who acts.
        said: Columns of the action log: acted_at, due_on, closed_at, owner_role, outcome, lesson.

    Raises:
        ActError: no open step, or several, have such an id; or it is of a log kept elsewhere; or
            there is no such role.
    """
    if "owner_role" in said:
        roles = read_company(settings).owner_roles
        if said["owner_role"] not in roles:
            raise ActError(f"no role {said['owner_role']}; there are {', '.join(roles)}")
    acts = own_acts(settings.landing_dir)
    there = [*_list_open(settings, acts), *list_waiting(settings)]
    found = [row for row in there if row["intervention_id"].startswith(step)]
    if len(found) != 1:
        told = f"{len(found)} open steps have" if found else "no open step has"
        raise ActError(f"{told} an id that begins with {step}; `drivewheel act list` shows them")
    row = found[0]
    if row["trigger_type"] == "logged":
        raise ActError(
            f"{step} is row {', '.join(row['action_ids'])} of the action log, which no playbook "
            "called for; change it where that log is kept"
        )
    act_id = _act_id(row["intervention_id"])
    content = {
        "opened_at": author.at,
        "owner_role": row["owner_role"],
        **acts.get(act_id, {}),
        "id": act_id,
        "metric_id": row["metric_id"],
        "intervention_id": row["intervention_id"],
        "customer_id": row["customer_id"],
        "is_deleted": False,
        **said,
        **author.stamp(),
    }
    return _write(settings, "action_log", content, author.at), row


def hold_review(
    settings: Settings, metric: str, author: Author, conclusion: str
) -> tuple[Path, dict[str, Any]]:
    """Write that the review of a metric that has been due longest was held today.

    Raises:
        ActError: none is due.
    """
    due = ask_published(settings, REVIEWS, {"metric": metric})
    if not due:
        raise ActError(f"no review of {metric} is due; `governance.metric_reviews` lists them")
    row = due[0]
    content = {
        "id": row["review_id"],
        "metric_id": metric,
        "due_on": row["due_on"],
        "held_on": author.at.date(),
        "conclusion": conclusion,
        "owner_role": row["owner_role"],
        **author.stamp(),
    }
    return _write(settings, "review", content, author.at), row


def decide_experiment(
    settings: Settings, experiment: str, author: Author, outcome: str, *, owner_role: str
) -> Path:
    """Write what was decided about an experiment; gives the file.

    Raises:
        ActError: there is no such experiment.
    """
    known = {row["experiment_id"]: row for row in ask_published(settings, EXPERIMENTS)}
    if experiment not in known:
        there = ", ".join(sorted(known)) or "none"
        raise ActError(f"no experiment {experiment}; there are: {there}")
    content = {
        "id": f"{PREFIX}{experiment}",
        "decided_on": author.at.date(),
        "title": author.reason or f"Decided: {outcome}",
        "outcome": outcome,
        "metric_id": known[experiment]["metric_id"],
        "experiment_id": experiment,
        "owner_role": owner_role,
        **author.stamp(),
    }
    return _write(settings, "decision", content, author.at)


def own_acts(landing: Path) -> dict[str, dict[str, str]]:
    """The newest act on each step that lies in the landing, by the id of its row."""
    found: dict[str, dict[str, str]] = {}
    # The name has the time, so the last one of a name is the newest.
    for path in sorted((landing / SOURCE / "action_log").glob(f"{PREFIX}*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            found |= {
                row["id"]: {name: value for name, value in row.items() if value}
                for row in csv.DictReader(file)
            }
    return found


def _state(row: dict[str, Any], as_of: dt.date) -> str:
    """As `governance.interventions` calls it once it is open."""
    if row["due_on"] and row["due_on"] < as_of:
        return "overdue"
    return "acknowledged" if row["acknowledged_at"] else "open"


def _act_id(intervention: str) -> str:
    return f"{PREFIX}{intervention}"


def _write(settings: Settings, table: str, content: dict[str, Any], at: dt.datetime) -> Path:
    """A new file with one row, in the order of the object's contract."""
    contract = read_declared(settings).contracts[SOURCE, table]
    names = [column.name for column in contract.columns]
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerow({name: _text(content.get(name)) for name in names})
    folder = settings.landing_dir / SOURCE / table
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{PREFIX}{at:%Y-%m-%dT%H%M%S.%f}-{secrets.token_hex(4)}.csv"
    return write_whole(folder / name, text.getvalue())


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M:%S.%f}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _typed(column: str, text: str) -> object:
    if column == "due_on":
        return dt.date.fromisoformat(text[:10])
    return dt.datetime.fromisoformat(text) if column.endswith("_at") else text


def told(rows: Iterable[dict[str, Any]], *, limit: int) -> list[str]:
    """Open steps as lines: id, state, due day, owner, what for whom, and what is at stake."""
    lines = []
    for row in [*rows][:limit]:
        whom = row["customer_id"] or f"{row['dimension']} {row['dimension_value']}"
        stake = "" if row["value_at_stake"] is None else f", {row['value_at_stake']:,.0f} at stake"
        due = f", due {row['due_on']}" if row["due_on"] else ""
        mark = " (recorded, not published yet)" if row["is_pending"] else ""
        lines.append(
            f"{row['intervention_id'][:8]}  {row['state']}{due}  "
            f"{row['owner_role']}: {row['step']} for {whom} ({row['metric_id']}{stake}){mark}"
        )
    return lines
