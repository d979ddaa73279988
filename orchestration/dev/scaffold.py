"""Files to begin with: a source from one of its exports, a model from what it reads, a metric.

What nobody can know is left out or said in a comment, so that the project refuses it with the
reason instead of taking a guess: the key of an object, the meaning of a model, the unit of a
metric.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, get_args

import duckdb

from orchestration.landing.contract import NAME, PROVENANCE, load_contracts
from orchestration.landing.sql import identifier, literal
from orchestration.semantic.meta import Family, MetricMeta

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

# Types of the engine, and what a contract calls them; others are texts.
_TYPES = {
    "BIGINT": "bigint",
    "INTEGER": "bigint",
    "SMALLINT": "bigint",
    "TINYINT": "bigint",
    "UINTEGER": "bigint",
    "DOUBLE": "double",
    "FLOAT": "double",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "JSON": "json",
}
# Parts of a name by which a column speaks of persons: never published unhashed.
_PERSONAL = {"email": "email", "name": "name", "phone": "identifier", "comment": "free_text"}
_KEY_COLUMNS_MAX = 3
_AGGREGATIONS = ("sum", "average", "median", "count_distinct", "min", "max")


class ScaffoldError(Exception):
    """What was asked for cannot be begun; the message says what to do."""


@dataclass(frozen=True)
class Found:
    """A column as a file or a table has it, and its type as a contract calls it."""

    name: str
    data_type: str


def begin_source(file: Path, models: Path) -> list[Path]:
    """Declare the object of a landing file, with the staging model that reads it.

    Args:
        file: `<landing>/<source>/<object>/<file>`, of any format that DuckDB reads.
        models: The folder whose `staging` gets it: the project's or a company's.

    Raises:
        ScaffoldError: the file cannot be read, or the object is declared already.
    """
    source, name = file.resolve().parts[-3:-1]
    if bad := [each for each in (source, name) if not NAME.fullmatch(each)]:
        raise ScaffoldError(
            f"{file}: {', '.join(bad)} is no name of a source or object; a file lies in "
            "<landing>/<source>/<object>/, named by letters, digits and _"
        )
    folder = models / "staging" / source
    declared = folder / f"_{source}__sources.yml"
    if declared.exists() and (source, name) in load_contracts(folder):
        raise ScaffoldError(f"{declared}: {source}.{name} is declared already; change it there")
    columns, unnamed, key, row_count = _look_at(file)
    folder.mkdir(parents=True, exist_ok=True)
    text = _declaration(file, name, columns, unnamed, key, row_count)
    if declared.exists():
        declared.write_text(f"{declared.read_text().rstrip()}\n{text}")
    else:
        declared.write_text(
            "version: 2\n\nsources:\n"
            f"  - name: {source}\n    schema: raw_{source}\n"
            f"    config: {{meta: {{feeds: {source}}}}}\n    tables:\n{text}"
        )
    model = folder / f"stg_{source}__{name}.sql"
    model.write_text(_staging_model(source, name, columns, key))
    described = folder / f"_{source}__models.yml"
    head = described.read_text().rstrip() if described.exists() else "version: 2\n\nmodels:"
    described.write_text(
        f"{head}\n  - name: {model.stem}\n"
        f'    description: "Grain: one row per {" and ".join(key) or "row of a file"}."\n'
        f"    config: {{meta: {{key: [{', '.join(key or ('_file', '_file_row'))}]}}}}\n"
    )
    return [declared, model, described]


def begin_model(name: str, reads: str, warehouse: Path, models: Path) -> list[Path]:
    """Write a model that selects all columns of another, with its YAML.

    Args:
        name: `int_<subject>__<participle>`, with `<folder>.` before it where the subject is new,
            or `<family>.fct_<plural>` for a mart.
        reads: The model that it reads, as the warehouse has it.
        warehouse: Where the columns of `reads` are looked up.
        models: The folder that gets it.

    Raises:
        ScaffoldError: the name says no layer or no folder, the model is there, or `reads` is not
            built.
    """
    group, _, short = name.rpartition(".")
    subject = re.fullmatch(r"int_([a-z0-9_]+?)__[a-z0-9_]+", short)
    is_mart = group in get_args(Family) and short.startswith(("fct_", "dim_"))
    if is_mart:
        folder, described = models / "marts" / group, f"{short}.yml"
    elif subject and (not group or NAME.fullmatch(group)):
        folders = models / "intermediate"
        # Several subjects share a folder.
        shared = sorted(folders.glob(f"*/int_{subject[1]}__*"))
        if not (group or shared):
            raise ScaffoldError(
                f"{name}: no model is of {subject[1]} yet; say its folder too, "
                f"as <folder>.{short}; there are "
                f"{', '.join(sorted(each.name for each in folders.glob('*/')))}"
            )
        folder = folders / group if group else shared[0].parent
        described = f"_{subject[1]}__models.yml"
    else:
        raise ScaffoldError(
            f"{name}: say int_<subject>__<participle>, with <folder>. before it where the subject "
            "is new, or <family>.fct_<plural> for a mart of "
            f"{', '.join(get_args(Family))}"
        )
    model, yaml = folder / f"{short}.sql", folder / described
    if model.exists():
        raise ScaffoldError(f"{model}: is there already; change it")
    columns = _columns_of(reads, warehouse)
    folder.mkdir(parents=True, exist_ok=True)
    model.write_text(
        "-- Grain: one row per …\nselect\n"
        + "".join(f"    {column.name},\n" for column in columns)
        + f"from {{{{ ref('{reads}') }}}}\n"
    )
    head = yaml.read_text().rstrip() if yaml.exists() else "version: 2\n\nmodels:"
    if is_mart:
        listed = "".join(
            f'      - {{name: {column.name}, data_type: {column.data_type}, description: ""}}\n'
            for column in columns
        )
        text = (
            f"  - name: {short}\n    description: >\n      Grain: one row per …\n"
            "      Meaning: …\n      Rules: …\n    data_tests:\n"
            "      - unique_combination: {arguments: {columns: []}}\n"
            f"    columns:\n{listed}"
        )
    else:
        text = (
            f'  - name: {short}\n    description: "Grain: one row per …"\n'
            "    config: {meta: {key: []}}\n"
        )
    yaml.write_text(f"{head}\n{text}")
    return [model, yaml]


def begin_metric(name: str, of: str, models: Path) -> Path:
    """Add a metric to the facts of a mart.

    Args:
        name: Its name.
        of: `<fact>.<aggregation>(<column>)`, as `fct_tickets.sum(ticket_count)`.
        models: The folder in which the fact is described.

    Raises:
        ScaffoldError: no such fact, or an aggregation that is not known.
    """
    asked = re.fullmatch(r"(\w+)\.(\w+)\((\w+)\)", of)
    if asked is None or asked[2] not in _AGGREGATIONS:
        raise ScaffoldError(
            f"{of}: say <fact>.<aggregation>(<column>), as fct_tickets.sum(ticket_count); "
            f"aggregations are {', '.join(_AGGREGATIONS)}"
        )
    fact, aggregation, column = asked.groups()
    found = sorted((models / "marts").rglob(f"{fact}.yml"))
    if not found:
        raise ScaffoldError(f"{models / 'marts'}: no mart is described in {fact}.yml")
    path = found[0]
    lines = path.read_text().splitlines()
    if not any(f"name: {column}," in line for line in lines):
        raise ScaffoldError(f"{path}: {fact} has no column {column}")
    words = {
        field: " | ".join(map(str, get_args(MetricMeta.model_fields[field].annotation)))
        for field in ("unit", "direction")
    }
    block = [
        f"      - name: {name}",
        f'        label: "{name.replace("_", " ").capitalize()}"',
        '        description: ""',
        f"        agg: {aggregation}",
        f"        expr: {column}",
        f"        # unit: {words['unit']}",
        f"        # direction: {words['direction']}",
        "        config: {meta: {unit: , direction: , parent: , levers: [], caveats: }}",
    ]
    if "    metrics:" in lines:
        start = lines.index("    metrics:") + 1
        end = next(
            (
                number
                for number, line in enumerate(lines[start:], start)
                if line.strip() and not line.startswith("     ")
            ),
            len(lines),
        )
    else:
        block, end = ["    metrics:", *block], len(lines)
    path.write_text("\n".join([*lines[:end], *block, *lines[end:], ""]))
    return path


def _look_at(file: Path) -> tuple[list[Found], list[str], tuple[str, ...], int]:
    """The columns of a file, those that have no usable name, its key and its rows."""
    with duckdb.connect() as connection:
        try:
            relation = connection.sql(f"from {literal(str(file))}")
            connection.execute("create table landed as from relation")
        except duckdb.Error as error:
            raise ScaffoldError(f"{file}: {str(error).splitlines()[0]}") from error
        columns = [
            Found(name, _type(str(data_type)))
            for name, data_type in zip(relation.columns, relation.types, strict=True)
            if NAME.fullmatch(name) and name not in PROVENANCE
        ]
        unnamed = [name for name in relation.columns if not NAME.fullmatch(name)]
        counted = connection.execute("select count(*) from landed").fetchone()
        row_count = int(counted[0]) if counted else 0
        for key in _candidate_keys(columns):
            listed = ", ".join(map(identifier, key))
            told_apart = connection.execute(
                f"select count(distinct ({listed})) = {row_count} "
                f"and count(*) filter (where ({listed}) is null) = 0 from landed"
            ).fetchone()
            if row_count and told_apart and told_apart[0]:
                return columns, unnamed, key, row_count
    return columns, unnamed, (), row_count


def _candidate_keys(columns: Iterable[Found]) -> Iterator[tuple[str, ...]]:
    """Few columns before many, in the order of the file; a measure is no key."""
    names = [
        column.name
        for column in columns
        if not column.data_type.startswith(("double", "decimal", "json", "boolean"))
    ]
    for count in range(1, _KEY_COLUMNS_MAX + 1):
        yield from combinations(names, count)


def _type(engine_type: str) -> str:
    if engine_type.startswith("TIMESTAMP"):
        return "timestamp"
    if engine_type.startswith("DECIMAL"):
        return engine_type.lower()
    if engine_type.endswith("]") or engine_type.startswith(("STRUCT", "MAP")):
        return "json"
    return _TYPES.get(engine_type, "varchar")


def _declaration(
    file: Path,
    name: str,
    columns: Iterable[Found],
    unnamed: Iterable[str],
    key: tuple[str, ...],
    row_count: int,
) -> str:
    why = (
        f"tells the {row_count:,} rows of {file.name} apart; is it the vendor's key?"
        if key
        else f"no three columns tell the rows of {file.name} apart; name the vendor's key"
    )
    lines = [
        f"      - name: {name}",
        '        description: ""',
        "        config:",
        "          meta:",
        "            load: latest  # append (events), latest (objects that change), snapshot",
        f"            primary_key: [{', '.join(key)}]  # {why}",
        *(f"        # no name for a column: {each!r}" for each in unnamed),
        "        columns:",
    ]
    for column in columns:
        personal = next(
            (kind for part, kind in _PERSONAL.items() if part in column.name.lower()), None
        )
        pii = f", config: {{meta: {{pii: {personal}}}}}" if personal else ""
        lines.append(f"          - {{name: {column.name}, data_type: {column.data_type}{pii}}}")
    return "\n".join([*lines, ""])


def _staging_model(source: str, name: str, columns: Iterable[Found], key: Iterable[str]) -> str:
    listed = ", ".join(f"'{column}'" for column in key)
    selected = "".join(f"    {name}.{column.name},\n" for column in columns)
    return (
        f"select\n{selected}    {name}._file,\n    {name}._file_row,\n    {name}._load_id,\n"
        f"from {{{{ latest_rows(source('{source}', '{name}'), [{listed}]) }}}} as {name}\n"
    )


def _columns_of(model: str, warehouse: Path) -> list[Found]:
    if not warehouse.exists():
        raise ScaffoldError(f"{warehouse}: nothing is built yet; run `drivewheel run` first")
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select column_name, lower(data_type) from duckdb_columns() "
            "where table_name = ? and not starts_with(schema_name, 'raw_') order by column_index",
            [model],
        ).fetchall()
    if not rows:
        raise ScaffoldError(f"{warehouse}: no model {model} is built in it")
    return [Found(*row) for row in rows if row[0] not in PROVENANCE]
