"""What Dagster shows of landing folders, raw tables and the ledger, read off their contracts."""

from collections.abc import Iterator, Mapping, Sequence

import dagster as dg

from orchestration.landing.contract import PROVENANCE, ObjectContract
from orchestration.project.manifest import Manifest
from orchestration.project.nodes import Column, Source

OWNERS = ["data-platform@drivewheel.example"]
LEDGER = "raw_meta"
# The op that loads keeps these; the others are written by the build and by publishing.
LEDGER_TABLES = ("files", "runs", "coverage", "settings")
_WRITTEN_BY_THE_LOADER = {
    "_extra": ("json", "Columns of the file that nobody has declared."),
    "_file": ("varchar", "The landing file that the row is from."),
    "_file_row": ("bigint", "Its row in that file."),
    "_load_id": ("bigint", "The load of that file; raw_meta.files says what became of it."),
    "_loaded_at": ("timestamp", "When it was loaded (UTC)."),
}
_LOADS = {
    "append": "Events: each file adds rows.",
    "latest": "Objects that change: every version is kept, models read the newest.",
    "snapshot": "A sheet that is exported whole: models read the newest file.",
}
Sources = Mapping[tuple[str, str], Source]


def read_sources(manifest: Manifest) -> Sources:
    """What dbt's manifest says of each source table, by source and name."""
    return {(source.source, source.name): source for source in manifest.sources.values()}


def build_landing_specs(contracts: Mapping[tuple[str, str], ObjectContract]) -> list[dg.AssetSpec]:
    """The folders that files arrive in, as the beginning of the graph."""
    return [
        dg.AssetSpec(
            ["landing", source],
            group_name="landing",
            description=f"Files of {source}, in `<landing>/{source}/<object>/`.",
            owners=OWNERS,
        )
        for source in _names(contracts)
    ]


def build_raw_specs(
    contracts: Mapping[tuple[str, str], ObjectContract], sources: Sources
) -> list[dg.AssetSpec]:
    """What loading makes: a raw table for each object, and tables of the ledger."""
    specs = [
        dg.AssetSpec(
            key,
            deps=[dg.AssetKey(["landing", contract.source])],
            group_name="raw",
            description=f"{sources[key].description} {_LOADS[contract.load]}",
            owners=OWNERS,
            kinds={"duckdb"},
            metadata={
                "dagster/column_schema": _schema(contract, sources[key].columns),
                "dagster/table_name": f"{contract.schema}.{contract.table}",
            },
        )
        for key, contract in contracts.items()
    ]
    folders = [dg.AssetKey(["landing", source]) for source in _names(contracts)]
    return specs + [_ledger_spec(sources, name, folders) for name in LEDGER_TABLES]


def build_ledger_specs(sources: Sources) -> list[dg.AssetSpec]:
    """Tables of the ledger that the build and publishing write, and models read in the next run."""
    return [
        _ledger_spec(sources, name)
        for source, name in sources
        if source == LEDGER and name not in LEDGER_TABLES
    ]


def _ledger_spec(sources: Sources, name: str, deps: Sequence[dg.AssetKey] = ()) -> dg.AssetSpec:
    return dg.AssetSpec(
        [LEDGER, name],
        deps=deps,
        group_name="raw",
        description=f"The pipeline's own ledger. {sources[LEDGER, name].description}",
        owners=OWNERS,
        kinds={"duckdb"},
        metadata={"dagster/table_name": f"{LEDGER}.{name}"},
    )


def _names(contracts: Mapping[tuple[str, str], ObjectContract]) -> list[str]:
    return sorted({source for source, _ in contracts})


def _schema(contract: ObjectContract, said: Mapping[str, Column]) -> dg.TableSchema:
    """The columns of a raw table: those that are declared, and those that the loader adds."""
    return dg.TableSchema([*_declared(contract, said), *_added()])


def _declared(contract: ObjectContract, said: Mapping[str, Column]) -> Iterator[dg.TableColumn]:
    for column in contract.columns:
        is_key = column.name in contract.primary_key
        others = [
            note
            for note, holds in (
                ("primary key", is_key),
                ("in every file", column.needed),
                (f"personal ({column.pii}): leaves only as a keyed hash, if at all", column.pii),
            )
            if holds
        ]
        yield dg.TableColumn(
            column.name,
            type=column.data_type,
            description=said[column.name].description or None,
            constraints=dg.TableColumnConstraints(
                nullable=not (is_key or column.required), other=others
            ),
        )


def _added() -> Iterator[dg.TableColumn]:
    for name in PROVENANCE:
        data_type, description = _WRITTEN_BY_THE_LOADER[name]
        yield dg.TableColumn(name, type=data_type, description=description)
