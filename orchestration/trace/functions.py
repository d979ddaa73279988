"""The same traces as table functions in the published file, for BI.

`governance.trace_rows` gives the rows of marts that make up a value, `governance.trace_files`
the rows of files behind them. Each metric's parts are a function of its own in the schema
`traces`, to be called by `trace_rows` alone; DuckDB drops those that are not asked for before it
reads a row.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from orchestration.project.manifest import read_manifest
from orchestration.semantic.slices import UNKNOWN, customer_slices
from orchestration.trace.select import Place, quote, rows_of, select_term, slice_of_customer
from orchestration.trace.sources import DAILY_KEYS, GENERAL_KEYS, telling_keys
from orchestration.trace.terms import formulas_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import duckdb

    from orchestration.trace.terms import Term

# No column of a mart is called so: within a function a parameter hides it.
PARAMETERS = "of_metric, of_grain, of_start, of_dimension := 'total', of_value := 'total'"
PARTS_PARAMETERS = "of_grain, of_start, of_dimension, of_value"
PERIOD_END = """
create macro traces.period_end(of_grain, of_start) as
cast(case of_grain
    when 'day' then of_start
    when 'week' then of_start + 6
    when 'month' then last_day(of_start)
    else last_day(of_start + interval 2 month)
end as date)
"""
FILES = f"""
with made_of as (
    select * from governance.trace_rows(of_metric, of_grain, of_start, of_dimension, of_value)
)
select
    made_of.part,
    made_of.contribution,
    made_of.key_name,
    made_of.key_value,
    source_rows.source_table,
    source_rows.file,
    source_rows.file_row,
    source_rows.row_count,
    source_rows.happened_on,
    source_rows.load_id,
    source_rows.loaded_at,
from made_of
inner join governance.source_rows
    on made_of.key_name = source_rows.key_name and made_of.key_value = source_rows.key_value
where source_rows.source_table in (
        select from_schema || '.' || from_table
        from governance.metric_lineage where metric_id = of_metric and is_source
    )
    and (
        source_rows.happened_on is null
        or (list_contains({list(DAILY_KEYS)}, made_of.key_name)
            and source_rows.happened_on = made_of.row_on)
        or (list_contains({list(GENERAL_KEYS)}, made_of.key_name)
            and source_rows.happened_on <= traces.period_end(of_grain, of_start))
        or not list_contains({[*DAILY_KEYS, *GENERAL_KEYS]}, made_of.key_name)
    )
"""


def create_trace_functions(connection: duckdb.DuckDBPyConnection, manifest_path: Path) -> None:
    """Create the functions in the published file that the connection has open."""
    connection.execute("create schema traces")
    connection.execute(PERIOD_END)
    manifest = read_manifest(manifest_path)
    slices: dict[str, list[str]] = defaultdict(list)
    for metric, dimension in connection.execute(
        "select distinct metric_id, dimension from governance.metric_values "
        "where dimension != 'total' order by all"
    ).fetchall():
        slices[metric].append(dimension)
    keys: dict[str, dict[str, None]] = defaultdict(dict)
    for metric, key in connection.execute(
        "with told as (select distinct source_table, key_name from governance.source_rows) "
        "select distinct metric_id, key_name from governance.metric_lineage "
        "inner join told on source_table = from_schema || '.' || from_table order by all"
    ).fetchall():
        keys[metric][key] = None
    columns: dict[str, list[str]] = {}
    metrics = []
    for formula in formulas_of(manifest):
        metric = formula.metric_id
        parts = []
        for term in formula.terms.values():
            table = rows_of(term)
            if table not in columns:
                columns[table] = [
                    row[0] for row in connection.execute(f"describe {table}").fetchall()
                ]
            parts.append(_select_part(metric, term, slices[metric], columns[table], keys[metric]))
        connection.execute(
            f"create macro traces.{_named(metric)}({PARTS_PARAMETERS}) as table "
            + " union all ".join(parts)
        )
        metrics.append(
            f"select * from traces.{_named(metric)}({PARTS_PARAMETERS}) "
            f"where of_metric = {quote(metric)}"
        )
    customers = customer_slices(manifest.semantic_models.values())
    rows = _of_slice(" union all ".join(metrics), customers)
    for name, body in (("trace_rows", rows), ("trace_files", FILES)):
        connection.execute(f"create macro governance.{name}({PARAMETERS}) as table {body}")


def _named(metric: str) -> str:
    """The function of a metric's parts."""
    return f"parts_of_{metric}"


def _of_slice(parts: str, slices: Mapping[str, str]) -> str:
    """Of all parts the rows whose customers are in the slice, by one join for all of them."""
    return f"""
    select parts.* exclude (customer_id, knows_customers)
    from ({parts}) as parts
    left join core.dim_customers as customers on parts.customer_id = customers.customer_id
    where not parts.knows_customers
        or not list_contains({list(slices)}, of_dimension)
        or coalesce({slice_of_customer(slices, "of_dimension")}, {quote(UNKNOWN)}) = of_value
    """


def _select_part(
    metric: str,
    term: Term,
    slices: Iterable[str],
    columns: Iterable[str],
    keys: Mapping[str, None],
) -> str:
    cases = " ".join(
        f"when {quote(dimension)} then {term.columns.get(dimension, dimension)} = of_value"
        for dimension in slices
        if dimension not in term.of_customers
    )
    knows_customers = "true" if term.of_customers else "false"
    place = Place(
        grain="of_grain",
        period_start="of_start",
        period_end="traces.period_end(of_grain, of_start)",
        dimension="of_dimension",
        dimension_value="of_value",
        of_slice=f"case of_dimension when 'total' then true {cases} else {knows_customers} end",
    )
    telling = telling_keys(columns, keys)
    named = " ".join(f"when part.{key} is not null then '{key}'" for key in telling)
    values = ", ".join(f"cast(part.{key} as varchar)" for key in telling)
    time = "started_on" if term.members else term.time_column
    return (
        f"select {quote(metric)} as metric_id, {quote(term.name)} as part, "
        f"{quote(rows_of(term))} as mart, cast(part.contribution as double) as contribution, "
        f"{f'case {named} end' if telling else 'cast(null as varchar)'} as key_name, "
        f"{f'coalesce({values})' if telling else 'cast(null as varchar)'} as key_value, "
        f"cast(part.{time} as date) as row_on, cast(to_json(part) as varchar) as mart_row, "
        f"{'part.customer_id' if term.of_customers else 'cast(null as varchar)'} as customer_id, "
        f"{knows_customers} as knows_customers "
        f"from ({select_term(term, place)}) as part "
        "where part.contribution is not null"
    )
