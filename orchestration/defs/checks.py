"""The gates as asset checks: Great Expectations asked in one op per gate.

A blocking check stops only what depends directly on its asset. Gate 1 sits on raw assets,
which dbt depends on; gates 2 and 3 on what they speak of, and what they say together on
`built`, which `publish` depends on.

The warehouse stays open while a gate is asked: whoever opens it then shares it, and DuckDB does
not read its catalogue again.
"""

import datetime as dt
from collections.abc import Iterator, Sequence

import dagster as dg
import duckdb

from expectations.declared import (
    USABLE,
    VERDICTS,
    AssetPath,
    DeclaredCheck,
    declared_checks,
    page_path,
)
from expectations.pages import write_index
from expectations.runner import CheckOutcome
from orchestration.company.folder import read_company
from orchestration.defs.dbt import BUILT_KEY
from orchestration.defs.ingest import Contracts
from orchestration.defs.resources import WarehouseLock
from orchestration.landing.manifest import accept_loads, refuse_loads
from orchestration.landing.row_rules import quarantine_rows
from orchestration.settings import Settings
from orchestration.warehouse.builds import newest_build
from orchestration.warehouse.connect import engine_config, open_warehouse
from orchestration.warehouse.gates import GateResult, record_results

MAX_ROWS_SHOWN = 20
_VERDICT = "All that blocks has passed; nothing is published otherwise."


def build_gate_1(contracts: Contracts) -> dg.AssetChecksDefinition:
    """Gate 1: what was just loaded. Loads that pass are accepted, others are quarantined.

    What is quarantined stops the run where its object is central; else the run goes on with what
    was accepted before. Of some objects only their loads are asked about and decided on.
    """
    declared = declared_checks("gate_1", contracts)

    @dg.multi_asset_check(name="gate_1", specs=_specs("gate_1", declared), can_subset=True)
    def gate_1(
        context: dg.AssetCheckExecutionContext, lock: WarehouseLock
    ) -> Iterator[dg.AssetCheckResult]:
        from expectations.gate_1 import ask

        selected = _selected(context)
        # Without what blocks nothing is decided: it would be accepted unseen.
        asked = {asset for _, asset in selected}
        objects = {asset for name, asset in selected if name == USABLE}
        chosen = {key: contract for key, contract in contracts.items() if key in asked}
        with open_warehouse(lock.settings) as connection:
            quarantine_rows(connection, chosen)
            outcomes = ask(
                lock.settings.warehouse_path,
                chosen,
                site=lock.settings.docs_dir,
                config=engine_config(lock.settings),
                holidays=read_company(lock.settings).holidays,
            )
            now = dt.datetime.now(dt.UTC)
            refused = {load for outcome in outcomes for load in outcome.refused_loads}
            pending = connection.execute(
                "select load_id, source, object from raw_meta.files where status = 'pending'"
            ).fetchall()
            decided = {load for load, *key in pending if tuple(key) in objects}
            accepted = accept_loads(
                connection, sorted(decided - refused), accepted_by="gate_1", now=now
            )
            refuse_loads(connection, refused, now=now)
            _record(connection, lock.settings, outcomes, build_id=context.run.run_id)
        context.log.info(f"gate 1: {_verdict(outcomes)}, {accepted} loads accepted")
        yield from _results(lock.settings, outcomes, selected)

    return gate_1


def build_later_gate(gate: str, contracts: Contracts) -> dg.AssetChecksDefinition:
    """Gate 2 (marts before publishing) or gate 3 (lineage).

    Each check sits on its asset and can be asked with it alone. The verdict over all of them
    sits on `built`, where `publish` waits for it.
    """
    declared = declared_checks(gate, contracts)
    verdict = DeclaredCheck(VERDICTS[gate], tuple(BUILT_KEY.path), True, _VERDICT)

    @dg.multi_asset_check(name=gate, specs=_specs(gate, [*declared, verdict]), can_subset=True)
    def ask_gate(
        context: dg.AssetCheckExecutionContext, lock: WarehouseLock
    ) -> Iterator[dg.AssetCheckResult]:
        if gate == "gate_2":
            from expectations.gate_2 import ask
        else:
            from expectations.gate_3 import ask

        selected = _selected(context)
        is_whole = (verdict.name, verdict.asset) in selected
        with open_warehouse(lock.settings) as connection:
            outcomes = ask(
                lock.settings.warehouse_path,
                contracts,
                only=None if is_whole else selected,
                site=lock.settings.docs_dir,
                config=engine_config(lock.settings),
            )
            newest = newest_build(connection)
            build_id = newest.build_id if newest else context.run.run_id
            _record(connection, lock.settings, outcomes, build_id=build_id)
        context.log.info(f"{gate.replace('_', ' ')}: {_verdict(outcomes)}")
        yield from _results(lock.settings, outcomes, selected)
        if is_whole:
            yield _all_of(verdict, outcomes)

    return ask_gate


def _selected(context: dg.AssetCheckExecutionContext) -> set[tuple[str, AssetPath]]:
    """The checks that the run asks, by name and asset."""
    keys = context.op_execution_context.selected_asset_check_keys
    return {(key.name, tuple(key.asset_key.path)) for key in keys}


def _specs(gate: str, declared: Sequence[DeclaredCheck]) -> list[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(
            name=check.name,
            asset=dg.AssetKey(check.asset),
            blocking=check.is_blocking,
            description=f"{gate.replace('_', ' ').capitalize()}: {check.description}",
        )
        for check in declared
    ]


def _all_of(verdict: DeclaredCheck, outcomes: Sequence[CheckOutcome]) -> dg.AssetCheckResult:
    failed = [
        f"{outcome.name} on {'/'.join(outcome.asset)}"
        for outcome in outcomes
        if outcome.is_blocking and not outcome.passed
    ]
    return dg.AssetCheckResult(
        check_name=verdict.name,
        asset_key=dg.AssetKey(verdict.asset),
        passed=not failed,
        metadata={"failed": ", ".join(failed) or "nothing", "checks": len(outcomes)},
    )


def _results(
    settings: Settings, outcomes: Sequence[CheckOutcome], selected: set[tuple[str, AssetPath]]
) -> Iterator[dg.AssetCheckResult]:
    for outcome in outcomes:
        if (outcome.name, outcome.asset) not in selected:
            continue
        yield dg.AssetCheckResult(
            check_name=outcome.name,
            asset_key=dg.AssetKey(outcome.asset),
            passed=outcome.passed,
            # Only ERROR blocks: a blocking check that warns would publish.
            severity=dg.AssetCheckSeverity.ERROR
            if outcome.is_blocking
            else dg.AssetCheckSeverity.WARN,
            metadata={
                "detail": outcome.detail,
                "expectations": outcome.expectation_count,
                "rows": dg.MetadataValue.json(outcome.unexpected_rows[:MAX_ROWS_SHOWN]),
                **_page(settings, outcome),
            },
        )


def _page(settings: Settings, outcome: CheckOutcome) -> dict[str, dg.UrlMetadataValue]:
    """A link to the check's page; to none where nothing was ever asked."""
    page = page_path(outcome.name, outcome.asset)
    if not (settings.docs_dir / page).exists():
        return {}
    return {"page": dg.MetadataValue.url(f"{settings.checks_url}/{page}")}


def _record(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    outcomes: Sequence[CheckOutcome],
    *,
    build_id: str,
) -> None:
    rows = [
        GateResult(
            gate=outcome.gate,
            check_name=outcome.name,
            asset="/".join(outcome.asset),
            passed=outcome.passed,
            is_blocking=outcome.is_blocking,
            detail=outcome.detail,
        )
        for outcome in outcomes
    ]
    write_index(settings.docs_dir, outcomes, dt.datetime.now(dt.UTC))
    record_results(connection, rows, build_id=build_id, now=dt.datetime.now(dt.UTC))


def _verdict(outcomes: Sequence[CheckOutcome]) -> str:
    """How many expectations were met, and what was found, what blocks first."""
    expectations = sum(outcome.expectation_count for outcome in outcomes)
    failed = [outcome for outcome in outcomes if not outcome.passed]
    if not failed:
        return f"{expectations} expectations met"
    lines = [f"{expectations} expectations asked"]
    for outcome in sorted(failed, key=lambda outcome: not outcome.is_blocking):
        word = "refused" if outcome.is_blocking else "warning"
        if outcome.refused_loads and not outcome.is_blocking:
            word = "quarantined"
        lines.append(f"{word}: {'/'.join(outcome.asset)}: {outcome.detail}")
    return "\n          ".join(lines)
