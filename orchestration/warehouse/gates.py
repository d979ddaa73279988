"""What the gates found for a build, kept where publishing can ask.

Dagster knows the results of its own run; publishing may be started by another one, from
the UI or the command line, so the warehouse itself remembers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from expectations.declared import declared_checks

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    import duckdb

GATES = ("gate_1", "gate_2", "gate_3")
MOST_TOLD = 3


@dataclass(frozen=True)
class GateResult:
    """One check of one gate on one asset."""

    gate: str
    check_name: str
    asset: str
    passed: bool
    is_blocking: bool
    detail: str


def record_results(
    connection: duckdb.DuckDBPyConnection,
    results: Iterable[GateResult],
    *,
    build_id: str,
    now: dt.datetime,
) -> None:
    """Write what checks found; what each found of the same build before is replaced."""
    rows = list(results)
    connection.execute("begin")
    connection.execute(
        "delete from raw_meta.gate_results "
        "where build_id = ? and list_contains(?, concat_ws(' ', gate, check_name, asset))",
        [build_id, [f"{row.gate} {row.check_name} {row.asset}" for row in rows]],
    )
    # At once: one by one the hundred and more of gate 1 take a tenth of a second.
    connection.execute(
        "insert into raw_meta.gate_results select ?, "
        "unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::boolean[]), "
        "unnest(?::boolean[]), unnest(?::varchar[]), ?",
        [
            build_id,
            [row.gate for row in rows],
            [row.check_name for row in rows],
            [row.asset for row in rows],
            [row.passed for row in rows],
            [row.is_blocking for row in rows],
            [row.detail for row in rows],
            now.replace(tzinfo=None),
        ],
    )
    connection.execute("commit")


def why_not_publishable(connection: duckdb.DuckDBPyConnection) -> tuple[str | None, list[str]]:
    """The current build's id, and every reason not to publish it (none: publish)."""
    build = connection.execute(
        "select build_id, status from raw_meta.runs order by build_number desc limit 1"
    ).fetchone()
    if build is None:
        return None, ["nothing has been built; run the whole job first"]
    build_id, status = build
    if status == "partial":
        return build_id, [
            f"build {build_id} made a part of the graph, and the rest may say otherwise; "
            "run the job `refresh` (`drivewheel run`), which builds all of it"
        ]
    reasons = []
    if status not in ("built", "published"):
        reasons.append(f"build {build_id} did not finish (it is {status})")
    asked = connection.execute(
        "select gate, check_name, asset from raw_meta.gate_results where build_id = ?", [build_id]
    ).fetchall()
    for gate in GATES:
        reason = _unasked(gate, {(name, asset) for of, name, asset in asked if of == gate})
        if reason is not None:
            reasons.append(f"{gate} has not been asked about build {build_id}{reason}")
    failures = connection.execute(
        "select gate, check_name, asset, detail from raw_meta.gate_results "
        "where build_id = ? and is_blocking and not passed order by all",
        [build_id],
    ).fetchall()
    reasons += [f"{gate}: {check} on {asset}: {detail}" for gate, check, asset, detail in failures]
    return build_id, reasons


def _unasked(gate: str, asked: set[tuple[str, str]]) -> str | None:
    """Of what a gate has not been asked, as the end of a sentence; None where of nothing.

    Which objects gate 1 is asked about, the company decides; what blocks of the others is known.
    """
    if not asked:
        return ""
    missing = [
        f"{check.name} on {'/'.join(check.asset)}"
        for check in declared_checks(gate, ())
        if check.is_blocking and (check.name, "/".join(check.asset)) not in asked
    ]
    told = ", ".join(missing[:MOST_TOLD])
    more = f" and {len(missing) - MOST_TOLD} more" if len(missing) > MOST_TOLD else ""
    return f": {told}{more}" if missing else None
