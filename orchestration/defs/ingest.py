"""Landing files to raw assets: one asset per declared object, present or not.

An absent object still materialises, empty: a skipped one would skip everything after it.
"""

import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping

import dagster as dg

from expectations.runner import import_ahead
from orchestration.company.folder import read_declared
from orchestration.defs.history import prune_old_runs
from orchestration.defs.raw import LEDGER, LEDGER_TABLES, Sources, build_raw_specs
from orchestration.defs.resources import WarehouseLock
from orchestration.landing.contract import ObjectContract
from orchestration.landing.errors import LandingError
from orchestration.landing.loader import ObjectResult, load_landing, unknown_folders
from orchestration.settings import load_settings
from orchestration.warehouse.connect import open_warehouse

PROGRESS_SECONDS = 4
MAX_FILES_TOLD = 3
LOADED = ("loaded", "empty")
Contracts = dict[tuple[str, str], ObjectContract]


def read_contracts() -> Contracts:
    """The contract of every declared object."""
    return dict(read_declared(load_settings()).contracts)


def build_ingest(contracts: Contracts, sources: Sources) -> dg.AssetsDefinition:
    """The op that loads new landing files into the raw tables that are selected."""

    @dg.multi_asset(
        name="load_landing_files", specs=build_raw_specs(contracts, sources), can_subset=True
    )
    def load_landing_files(
        context: dg.AssetExecutionContext, lock: WarehouseLock
    ) -> Iterator[dg.MaterializeResult[None]]:
        import_ahead()
        settings = lock.settings
        selected = {tuple(key.path) for key in context.selected_asset_keys}
        chosen = {key: contract for key, contract in contracts.items() if key in selected}
        prune_old_runs(context.instance, settings.dagster_dir, keep=settings.keep_runs)
        for folder in unknown_folders(settings.landing_dir, contracts):
            context.log.warning(folder)
        with open_warehouse(settings) as connection:
            results = load_landing(
                connection,
                settings.landing_dir,
                chosen,
                now=dt.datetime.now(dt.UTC),
                on_progress=_throttle(context.log.info),
            )
        for line in _told(results):
            context.log.info(line)
        context.log.info(_summary(results))
        for result in results:
            yield dg.MaterializeResult(
                asset_key=[result.source, result.object], metadata=_metadata(result)
            )
        for table in LEDGER_TABLES:
            if (LEDGER, table) in selected:
                yield dg.MaterializeResult(asset_key=[LEDGER, table])
        # Last: what the others hold is loaded and reported all the same.
        for warning in _changed(results, contracts):
            context.log.warning(warning)

    return load_landing_files


def _changed(results: list[ObjectResult], contracts: Contracts) -> list[str]:
    """What there is to say of files that are not the ones that were loaded.

    Raises:
        dg.Failure: one of them is of a central object, whose numbers would not be that file's.
    """
    changed = [
        (f"{file.path}: {file.reason}", contracts[result.source, result.object].is_central)
        for result in results
        for file in result.files
        if file.status == "changed"
    ]
    if any(is_central for _, is_central in changed):
        text = "\n".join(told for told, _ in changed)
        raise dg.Failure(description=text) from LandingError(text)
    return [told for told, _ in changed]


def _throttle(tell: Callable[[str], None]) -> Callable[[str], None]:
    """Tell of a file at most every few seconds: who waits wants a sign, not a list."""
    last = time.monotonic()

    def throttled(message: str) -> None:
        nonlocal last
        if time.monotonic() - last >= PROGRESS_SECONDS:
            last = time.monotonic()
            tell(message)

    return throttled


def _told(results: list[ObjectResult]) -> list[str]:
    """One line per new file, of an object with many files about the first and the last.

    It says which columns were found and which were not read, which is where a file that is not
    understood shows first.
    """
    lines = []
    for result in results:
        new = [file.summary for file in result.files if file.status != "skipped"]
        few = new if len(new) <= MAX_FILES_TOLD else [new[0], new[-1]]
        lines += few
        if len(few) < len(new):
            lines.append(f"{result.source}/{result.object}: {len(new) - 2} more files")
    return lines


def _summary(results: list[ObjectResult]) -> str:
    loaded = [file for result in results for file in result.files if file.status in LOADED]
    seen = sum(len(result.files) for result in results) - len(loaded)
    rows = sum(result.new_rows for result in results)
    rejected = sum(result.rejected_rows for result in results)
    text = f"loaded {rows:,} rows from {len(loaded)} new files ({seen} seen before)"
    return f"{text}, {rejected:,} rows rejected" if rejected else text


def _metadata(result: ObjectResult) -> Mapping[str, dg.MetadataValue]:
    return {
        "dagster/row_count": dg.MetadataValue.int(result.row_count_total),
        "new_rows": dg.MetadataValue.int(result.new_rows),
        "rejected_rows": dg.MetadataValue.int(result.rejected_rows),
        "new_files": dg.MetadataValue.int(sum(file.status in LOADED for file in result.files)),
    }
