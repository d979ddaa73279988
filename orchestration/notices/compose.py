"""What notices say: new breaches, and the digest of a week, from the published version.

Plain text, because every channel shows it. Nothing here sends anything.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestration.report.names import company_names, owner_names
from orchestration.report.published import ask_published
from orchestration.report.words import format_period, format_value

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from orchestration.settings import Settings

    Rows = Sequence[Mapping[str, Any]]

BREACHES = """
select breaches.*, breaches.dimension_value as slice_value, metrics.label, metrics.unit,
    steps.step, steps.due_on, steps.owner_role as step_owner
from governance.guardrail_breaches as breaches
inner join governance.dim_metrics as metrics using (metric_id)
left join (
    from governance.open_interventions
    qualify row_number() over (partition by trigger_id order by step_number) = 1
) as steps
    on breaches.breach_id = steps.trigger_id
where breaches.is_open
order by breaches.severity = 'critical' desc, breaches.opened_on desc, metrics.label,
    breaches.dimension_value
"""
SCORECARD = """
select label, unit, value, state, target, status, period_start, grain, owner_role, narrative
from audiences.executive_scorecard
order by driver_family, label
"""
OVERDUE = """
select owner_role, count(*) as overdue_count, min(due_on) as oldest_due_on
from governance.open_interventions
where state = 'overdue'
group by owner_role
order by overdue_count desc, owner_role
"""
# A breach's step saves what nobody knows; it stands with its breach.
WORTH = """
select step, owner_role, due_on, state, value_at_stake, expected_return,
    dimension, dimension_value, left(intervention_id, 8) as step_id
from governance.open_interventions
where expected_return is not null and trigger not in ('promoter', 'passive')
order by rank_by_return
limit 10
"""
# What is called for and not open, by why it waits and whose it would be.
WAITING = """
select state, owner_role, count(*) as waiting_count, min(opened_on) as oldest_opened_on
from governance.interventions
where ended_on is null and not is_open
group by state, owner_role
order by state = 'queued' desc, state, waiting_count desc, owner_role
"""
# Notices that run, the largest first, with the step that is open about each.
NOTICES = """
select signals.customer_id as dimension_value, 'customer' as dimension, signals.began_on,
    signals.takes_effect_on, signals.cancellation_reason, signals.mrr_at_stake, steps.step,
    steps.due_on, steps.owner_role
from customer_health.customer_signals as signals
left join (
    from governance.open_interventions
    where trigger = 'notice_given'
    qualify row_number() over (partition by customer_id order by step_number) = 1
) as steps using (customer_id)
where signals.signal = 'notice_given' and signals.is_running
order by signals.mrr_at_stake desc nulls last, signals.began_on, signals.customer_id
"""
FLAGS = """
select question, dimension, dimension_value, severity, owner_role, opened_on
from governance.diagnostic_flags
where is_open
order by severity = 'critical' desc, opened_on desc, question, dimension_value
"""
AS_OF = "select max(snapshot_on) as as_of from audiences.executive_scorecard"


@dataclass(frozen=True)
class Notice:
    """A text to be sent, and what it tells of: nobody is told of a subject twice."""

    kind: str
    subjects: tuple[str, ...]
    title: str
    body: str

    @property
    def name(self) -> str:
        """A name that equal subjects share and others do not."""
        if self.kind == "digest":
            return f"{self.kind}-{self.subjects[0]}"
        subjects = "|".join(sorted(self.subjects)).encode()
        return f"{self.kind}-{hashlib.sha256(subjects).hexdigest()[:8]}"


def published_day(settings: Settings) -> dt.date | None:
    """The day through which the published version computes; None where it is empty."""
    day: dt.date | None = ask_published(settings, AS_OF)[0]["as_of"]
    return day


def last_full_week(as_of: dt.date) -> str:
    """The newest ISO week that has ended by a day: 2026-W26 from 28 June (a Sunday) on."""
    year, week, _ = _monday(as_of).isocalendar()
    return f"{year}-W{week:02d}"


def _monday(as_of: dt.date) -> dt.date:
    """The first day of the newest week that has ended."""
    return as_of - dt.timedelta(days=as_of.isoweekday() % 7 + 6)


def compose_breaches(
    settings: Settings,
    told: Collection[str],
    *,
    through: dt.date | None = None,
    has_arrived: Callable[[Mapping[str, Any]], bool] = lambda _: False,
) -> Notice | None:
    """The open breaches of which somebody has not been told, in one notice.

    Args:
        settings: Of the home.
        told: Ids of breaches of which he has been told.
        through: The day through which he knows all; None: he knows nothing, and nothing is new.
        has_arrived: Whether what opened a breach was published since, though it opened before.
    """
    rows = [row for row in _named(settings, BREACHES) if row["breach_id"] not in told]
    if not rows:
        return None
    opened = [
        row
        for row in rows
        if through is not None and (row["opened_on"] > through or has_arrived(row))
    ]
    older = [row for row in rows if row not in opened]
    lines = list(map(_breach, opened))
    if opened and older:
        lines += ["", f"Opened by {through}, and known only now: {len(older)}"]
    return Notice(
        kind="breaches",
        subjects=tuple(row["breach_id"] for row in rows),
        title=_title(opened, older, is_first=through is None),
        body="\n".join([*lines, *map(_breach, older)]),
    )


def _title(opened: Rows, older: Rows, *, is_first: bool) -> str:
    """How many are new; of those that are not, since when."""
    if is_first:
        noun = "guardrail is" if len(older) == 1 else "guardrails are"
        return f"{len(older)} {noun} breached, the oldest since {_oldest(older)}"
    said = []
    if opened:
        noun = "guardrail is" if len(opened) == 1 else "guardrails are"
        said.append(f"{len(opened)} {noun} newly breached")
    if older:
        noun = "older breach is" if len(older) == 1 else "older breaches are"
        said.append(f"{len(older)} {noun} known only now, the oldest since {_oldest(older)}")
    return "; ".join(said)


def _oldest(rows: Rows) -> dt.date:
    day: dt.date = min(row["opened_on"] for row in rows)
    return day


def compose_digest(settings: Settings, as_of: dt.date) -> Notice:
    """The executive core, what is in breach, what is overdue, what waits, and open questions."""
    week = last_full_week(as_of)
    breaches = _named(settings, BREACHES)
    overdue = _named(settings, OVERDUE)
    waiting = _named(settings, WAITING)
    notices = _named(settings, NOTICES)
    sections = [
        _section("Scorecard", [_metric(row) for row in _named(settings, SCORECARD)]),
        _section(_leaving(notices), list(map(_notice, notices))),
        _opened(breaches, since=_monday(as_of)),
        _section(
            "Open steps that are expected to return most",
            list(map(_worth, _named(settings, WORTH))),
        ),
        _section(
            f"Interventions that are overdue: {sum(row['overdue_count'] for row in overdue)}",
            [
                f"- {row['owner_role']}: {row['overdue_count']}, the oldest since "
                f"{row['oldest_due_on']}"
                for row in overdue
            ],
        ),
        _section(
            f"Steps that wait: {sum(row['waiting_count'] for row in waiting)}",
            list(map(_waiting, waiting)),
        ),
        _section(
            "Questions to which the data says yes",
            [
                f"- {row['question']} {_slice(row)}since {row['opened_on']} ({row['owner_role']})"
                for row in _named(settings, FLAGS)
            ],
        ),
    ]
    return Notice(
        kind="digest",
        subjects=(week,),
        title=f"Metrics of the week {week}, as of {as_of}",
        body="\n\n".join([*sections, f"Pages: {settings.pages_url}"]),
    )


def _named(settings: Settings, query: str) -> list[dict[str, Any]]:
    """Rows with the names of companies, where we may say them, and of whoever owns what."""
    companies, people = company_names(settings), owner_names(settings)
    return [
        row
        | {
            name: companies.get((row["dimension"], row[name]), row[name])
            for name in row.keys() & {"dimension_value"}
        }
        | {
            name: _owner(row[name], people)
            for name in row.keys() & {"owner_role", "step_owner"}
            if row[name]
        }
        for row in ask_published(settings, query)
    ]


def _owner(role: str, people: Mapping[str, str]) -> str:
    """A role in words, and who it is where the company says it."""
    words = role.replace("_", " ")
    return f"{words}, {people[role]}" if role in people else words


def _section(title: str, lines: Sequence[str]) -> str:
    return "\n".join([title, *(lines or ["- none"])])


def _metric(row: dict[str, Any]) -> str:
    value = format_value(row["value"], row["unit"]) if row["state"] == "ok" else row["state"]
    target = format_value(row["target"], row["unit"])
    line = (
        f"- {row['label']}, {format_period(row['period_start'], row['grain'])}: {value}, "
        f"target {target}, {row['status'].replace('_', ' ')} ({row['owner_role']})"
    )
    return f"{line}\n  {row['narrative']}" if row["narrative"] else line


def _opened(breaches: Rows, *, since: dt.date) -> str:
    """What opened in the week and since; what was open before is counted, not told again."""
    opened = [row for row in breaches if row["opened_on"] >= since]
    older = [row for row in breaches if row["opened_on"] < since]
    lines = list(map(_breach, opened))
    if older:
        critical = sum(row["severity"] == "critical" for row in older)
        lines.append(
            f"- open since before: {len(older)}, {critical} of them critical, "
            f"the oldest since {_oldest(older)}"
        )
    title = f"Breaches that opened since {since}: {len(opened)}, of {len(breaches)} that are open"
    return _section(title, lines)


def _worth(row: dict[str, Any]) -> str:
    due = f"overdue since {row['due_on']}" if row["state"] == "overdue" else f"by {row['due_on']}"
    return (
        f"- {row['step_id']} {row['step']}, {row['dimension_value']}: "
        f"{format_value(row['expected_return'], 'currency')} of "
        f"{format_value(row['value_at_stake'], 'currency')} at stake; {row['owner_role']}, {due}"
    )


def _waiting(row: dict[str, Any]) -> str:
    return (
        f"- {row['state']}, {row['owner_role']}: {row['waiting_count']}, the oldest called for on "
        f"{row['oldest_opened_on']}"
    )


def _leaving(notices: Sequence[dict[str, Any]]) -> str:
    """How many leave, and with how much; a notice whose MRR is not known is counted alone."""
    known = [row["mrr_at_stake"] for row in notices if row["mrr_at_stake"] is not None]
    money = f", {format_value(sum(known), 'currency')} MRR" if known else ""
    return f"Notices of cancellation that run: {len(notices)}{money}"


def _notice(row: dict[str, Any]) -> str:
    money = (
        "MRR unknown"
        if row["mrr_at_stake"] is None
        else f"{format_value(row['mrr_at_stake'], 'currency')} MRR"
    )
    end = row["takes_effect_on"] or "a day that billing does not name"
    line = f"- {row['dimension_value']}: {money}, given {row['began_on']}, ends {end}"
    if row["cancellation_reason"]:
        line += f", says {row['cancellation_reason'].replace('_', ' ')}"
    if row["step"]:
        line += f"; next: {row['step']}, {row['owner_role']}, by {row['due_on']}"
    return line


def _breach(row: Mapping[str, Any]) -> str:
    worst = (
        row["worst_state"]
        if row["worst_value"] is None
        else format_value(row["worst_value"], row["unit"])
    )
    line = (
        f"- {row['severity']}: {row['label']} {_slice(row)}at {worst} in "
        f"{format_period(row['worst_period_start'], row['grain'])}, guardrail "
        f"{format_value(row['guardrail'], row['unit'])} ({row['owner_role']}), "
        f"since {row['opened_on']}"
    )
    if row["step"]:
        line += f"; next: {row['step']}, {row['step_owner']}, by {row['due_on']}"
    return line


def _slice(row: Mapping[str, Any]) -> str:
    return "" if row["dimension"] == "total" else f"of {row['dimension']} {row['dimension_value']} "
