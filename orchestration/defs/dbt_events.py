"""What dbt says while it builds, as Dagster's events: with rows and the lineage of columns."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg

from expectations.declared import declared_checks
from orchestration.defs.dagster_dbt_internals import (
    DagsterDbtError,
    DbtCliEventMessage,
    DbtCliInvocation,
)
from orchestration.defs.dagster_internals import LINEAGE
from orchestration.defs.lineage import kept_lineages, new_lineages
from orchestration.project.manifest import Manifest
from orchestration.settings import Settings
from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.skip import UNCHANGED

_ROWS = re.compile(rf"(\d+) rows(?:, {UNCHANGED})?")
PROGRESS_EVERY = 40
_OF_GATES = {check.asset for gate in ("gate_2", "gate_3") for check in declared_checks(gate, ())}
AS_IT_WAS = "not built again: its code and the content of all that it reads are unchanged"


def events_of(
    invocation: DbtCliInvocation,
    context: dg.AssetExecutionContext,
    settings: Settings,
    manifest: Manifest,
) -> Iterator[Any]:
    """Dbt's events, with row counts of tables and the lineage of their columns.

    Lineage is worked out once for each state of the models: in a run that has changed one,
    what has columns is reported at the end. A failure is raised after what was built has been
    reported.
    """
    held: list[tuple[Any, dict[str, Any]]] = []
    failure: Exception | None = None
    lineages = kept_lineages(manifest, settings.target_dir)
    if lineages is None and context.is_subset:
        # Not all tables need be there to be asked.
        lineages = {}
    number = unchanged = 0
    try:
        for raw in invocation.stream_raw_events():
            told = _told(raw)
            unchanged += UNCHANGED in told
            for event in raw.to_default_asset_events(
                manifest=invocation.manifest,
                dagster_dbt_translator=invocation.dagster_dbt_translator,
                context=context,
                target_path=invocation.target_path,
                project=invocation.project,
            ):
                number += 1
                if number % PROGRESS_EVERY == 0:
                    context.log.info(f"dbt: {number} models and tests done")
                if UNCHANGED in told and isinstance(event, dg.Output):
                    event = _as_it_was(context, event, told)
                if lineages is None and isinstance(event, dg.Output):
                    held.append((event, told))
                else:
                    yield _described(event, lineages or {}, told)
    except DagsterDbtError as error:
        failure = error
    if lineages is None and failure is None:
        with open_warehouse(settings) as connection:
            lineages = new_lineages(manifest, settings.target_dir, connection)
    for event, told in held:
        yield _described(event, lineages or {}, told)
    as_before = f"; {unchanged} models are as they were" if unchanged else ""
    context.log.info(f"dbt: {number} models and tests done, all of them{as_before}")
    if failure:
        raise failure


def _told(event: DbtCliEventMessage) -> dict[str, Any]:
    """How many rows the table of an event has, and whether it was left as it is, at its end."""
    status = str(event.raw_event["data"].get("status"))
    told: dict[str, Any] = {UNCHANGED: True} if status.endswith(UNCHANGED) else {}
    if rows := _ROWS.fullmatch(status):
        told["dagster/row_count"] = int(rows[1])
    return told


def _as_it_was(
    context: dg.AssetExecutionContext, output: dg.Output[Any], told: Mapping[str, Any]
) -> dg.AssetObservation | dg.Output[Any]:
    """That a table was found as it was left, and why it was not built again: an observation.

    Of what a gate speaks of, an output that says so: Dagster would skip the gate in silence.
    All else that waits for dbt waits for `built`.
    """
    key = context.asset_key_for_output(output.output_name)
    if tuple(key.path) in _OF_GATES:
        return output.with_metadata({**output.metadata, **told, "reason": AS_IT_WAS})
    return dg.AssetObservation(asset_key=key, description=AS_IT_WAS, metadata=told)


def _described(
    event: Any,  # noqa: ANN401 - one of dagster-dbt's several events
    lineages: Mapping[str, dg.TableColumnLineage],
    told: Mapping[str, Any],
) -> Any:  # noqa: ANN401
    """An event of a table with what is known of it."""
    if not isinstance(event, dg.Output):
        return event
    node = _unique_id(event)
    known = dict(told)
    if node in lineages:
        known[LINEAGE] = lineages[node]
    return event.with_metadata({**event.metadata, **known}) if known else event


def _unique_id(event: Any) -> str:  # noqa: ANN401 - one of dagster-dbt's several events
    """Dbt's id of the node that an event is about."""
    metadata = event.metadata.get("unique_id") if isinstance(event, dg.Output) else None
    return str(metadata.value) if metadata else ""
