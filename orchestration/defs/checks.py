"""The gates as asset checks: Great Expectations asked in one op per gate.

A blocking check stops only what depends directly on its asset, so each sits on an asset
that the next step depends on: gate 1 on raw assets (before dbt), gates 2 and 3 on marts,
governance and audiences (before `publish`).
"""

import datetime as dt
from collections.abc import Iterator, Sequence

import dagster as dg

from expectations.declared import DeclaredCheck, declared_checks, page_path
from expectations.pages import write_index
from expectations.runner import CheckOutcome
from orchestration.defs.ingest import Contracts
from orchestration.defs.resources import WarehouseLock
from orchestration.landing.manifest import accept_loads, refuse_loads
from orchestration.settings import Settings
from orchestration.warehouse.builds import newest_build
from orchestration.warehouse.connect import engine_config, open_warehouse
from orchestration.warehouse.gates import GateResult, record_results

MAX_ROWS_SHOWN = 20


def build_gate_1(contracts: Contracts) -> dg.AssetChecksDefinition:
    """Gate 1: what was just loaded. Loads that pass are accepted, others are set aside.

    What is set aside stops the run where its object is central; else the run goes on with what
    was accepted before.
    """
    declared = declared_checks("gate_1", contracts)

    @dg.multi_asset_check(name="gate_1", specs=_specs(declared))
    def gate_1(
        context: dg.AssetCheckExecutionContext, lock: WarehouseLock
    ) -> Iterator[dg.AssetCheckResult]:
        from expectations.gate_1 import ask

        outcomes = ask(
            lock.settings.warehouse_path,
            contracts,
            site=lock.settings.docs_dir,
            config=engine_config(lock.settings),
        )
        now = dt.datetime.now(dt.UTC)
        refused = {load for outcome in outcomes for load in outcome.refused_loads}
        with open_warehouse(lock.settings) as connection:
            pending = connection.execute(
                "select load_id from raw_meta.files where status = 'pending'"
            ).fetchall()
            passed = [load for (load,) in pending if load not in refused]
            accepted = accept_loads(connection, passed, accepted_by="gate_1", now=now)
            refuse_loads(connection, refused, now=now)
        _record(lock.settings, outcomes, build_id=context.run.run_id)
        context.log.info(f"gate 1: {_verdict(outcomes)}, {accepted} loads accepted")
        yield from _results(lock.settings, outcomes)

    return gate_1


def build_later_gate(gate: str, contracts: Contracts) -> dg.AssetChecksDefinition:
    """Gate 2 (marts before publishing) or gate 3 (lineage)."""
    declared = declared_checks(gate, contracts)

    @dg.multi_asset_check(name=gate, specs=_specs(declared))
    def ask_gate(
        context: dg.AssetCheckExecutionContext, lock: WarehouseLock
    ) -> Iterator[dg.AssetCheckResult]:
        if gate == "gate_2":
            from expectations.gate_2 import ask
        else:
            from expectations.gate_3 import ask

        outcomes = ask(
            lock.settings.warehouse_path,
            contracts,
            site=lock.settings.docs_dir,
            config=engine_config(lock.settings),
        )
        with open_warehouse(lock.settings) as connection:
            build_id = newest_build(connection) or context.run.run_id
        _record(lock.settings, outcomes, build_id=build_id)
        context.log.info(f"{gate.replace('_', ' ')}: {_verdict(outcomes)}")
        yield from _results(lock.settings, outcomes)

    return ask_gate


def _specs(declared: Sequence[DeclaredCheck]) -> list[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(
            name=check.name,
            asset=dg.AssetKey(check.asset),
            blocking=check.is_blocking,
            description=check.description,
        )
        for check in declared
    ]


def _results(settings: Settings, outcomes: Sequence[CheckOutcome]) -> Iterator[dg.AssetCheckResult]:
    for outcome in outcomes:
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
    return {"page": dg.MetadataValue.url(f"{settings.docs_url}/{page}")}


def _record(settings: Settings, outcomes: Sequence[CheckOutcome], *, build_id: str) -> None:
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
    with open_warehouse(settings) as connection:
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
            word = "set aside"
        lines.append(f"{word}: {'/'.join(outcome.asset)}: {outcome.detail}")
    return "\n          ".join(lines)
