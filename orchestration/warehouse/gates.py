"""What the gates found for a build, kept where publishing can ask.

Dagster knows the results of its own run; publishing may be started by another one, from
the UI or the command line, so the warehouse itself remembers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    import duckdb

GATES = ("gate_1", "gate_2", "gate_3")


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
    """Write a gate's results; those of an earlier try of the same build are replaced."""
    rows = list(results)
    connection.execute("begin")
    for gate in {row.gate for row in rows}:
        connection.execute(
            "delete from raw_meta.gate_results where build_id = ? and gate = ?", [build_id, gate]
        )
    for row in rows:
        connection.execute(
            "insert into raw_meta.gate_results values (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                build_id,
                row.gate,
                row.check_name,
                row.asset,
                row.passed,
                row.is_blocking,
                row.detail,
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
    reasons = []
    if status not in ("built", "published"):
        reasons.append(f"build {build_id} did not finish (it is {status})")
    for gate in GATES:
        checked = connection.execute(
            "select count(*) from raw_meta.gate_results where build_id = ? and gate = ?",
            [build_id, gate],
        ).fetchone()
        if not checked or checked[0] == 0:
            reasons.append(f"{gate} has not been asked about build {build_id}")
    failures = connection.execute(
        "select gate, check_name, asset, detail from raw_meta.gate_results "
        "where build_id = ? and is_blocking and not passed order by all",
        [build_id],
    ).fetchall()
    reasons += [f"{gate}: {check} on {asset}: {detail}" for gate, check, asset, detail in failures]
    return build_id, reasons
