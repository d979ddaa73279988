"""Models of the story company computed again from its tables, some of them changed."""

from __future__ import annotations

from pathlib import Path

import duckdb

COMPILED = "target/compiled/drivewheel/dbt_project/models"
GUARDRAILS = (
    "intermediate/metrics/int_guardrails__watched",
    "intermediate/metrics/int_guardrails__breaches",
    "governance/guardrail_breaches",
)
FLAGS = (
    "intermediate/metrics/int_diagnostics__measured",
    "intermediate/metrics/int_diagnostics__watched",
    "governance/diagnostic_flags",
    "governance/diagnostic_evidence",
)
READ = (
    "governance.dim_metrics",
    "governance.metric_values",
    "metrics.metric_registry",
    "intermediate.int_metrics__first_values",
    "intermediate.int_diagnostics__measures",
    "intermediate.int_calendar__run",
    "intermediate.int_calendar__periods",
    "seeds.diagnostic_conditions",
    "seeds.diagnostic_rules",
    "seeds.metric_targets",
    "seeds.playbook_triggers",
)


def recompute(
    home: Path, path: Path, models: tuple[str, ...], *changes: str
) -> duckdb.DuckDBPyConnection:
    """A warehouse with copies of what the models read, changed by SQL, and the models."""
    connection = duckdb.connect(str(path / "warehouse.duckdb"))
    connection.execute(f"attach '{home / 'warehouse.duckdb'}' as story (read_only)")
    for table in READ:
        schema = table.split(".")[0]
        connection.execute(f"create schema if not exists {schema}")
        where = " where grain in ('week', 'month', 'quarter')" if "values" in table else ""
        connection.execute(f"create table {table} as from story.{table}{where}")
    connection.execute("detach story")
    for change in changes:
        connection.execute(change)
    for model in models:
        folder, name = model.split("/")[0], model.split("/")[-1]
        sql = (home / COMPILED / f"{model}.sql").read_text()
        connection.execute(f"create table {folder}.{name} as {sql}")
    return connection
