"""Every SQL model of a home on Spark, row for row beside what DuckDB built.

A model reads what Spark made of the models before it; raw tables, tables of the company and
Python models are DuckDB's. Of an incremental model the SQL of its first build is run, so the home
must have been built in full. What differs is replaced by DuckDB's rows, so that every model is
judged by itself.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from orchestration.lineage.project import compiled_models
from orchestration.project.manifest import MANIFEST, read_manifest
from orchestration.spark.differences import Difference, compare_tables
from orchestration.spark.known import KNOWN, OF_THEIR_MOMENT
from orchestration.spark.session import open_session
from orchestration.spark.tables import CATALOG, SparkTables
from orchestration.spark.translate import Translator

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from orchestration.project.manifest import Manifest

EQUAL, NEAR, DIFFERENT, FAILED, GIVEN = "equal", "near", "DIFFERENT", "FAILED", "given"
WRONG = (DIFFERENT, FAILED)


@dataclass(frozen=True)
class Verdict:
    """What came of one model.

    Attributes:
        table: `schema.table`.
        name: The model's.
        verdict: equal; near, where doubles differ in their last bits; DIFFERENT; FAILED, where
            it does not run; given, where it is DuckDB's.
        what: Columns that are near or differ, or what Spark said.
        seconds: How long it took, the comparison included.
    """

    table: str
    name: str
    verdict: str
    what: str
    seconds: float

    @property
    def is_right(self) -> bool:
        """Whether it is as the list of known differences says."""
        return (self.verdict in WRONG) == (self.name in KNOWN) or self.verdict == GIVEN

    @property
    def line(self) -> str:
        """For the terminal."""
        known = f" (known: {KNOWN[self.name]})" if self.name in KNOWN else ""
        return f"{self.verdict:<9} {self.seconds:5.1f} s  {self.table}{known}  {self.what}".rstrip()


def judge_models(
    home: Path,
    folder: Path,
    *,
    names: Collection[str] = (),
    cores: int = 2,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Verdict]:
    """Run and compare models, and give each verdict as soon as it is known.

    Args:
        home: A home that was built, and that nobody writes.
        folder: An empty folder for what Spark keeps.
        names: Of models; all where there are none. Of some, all that they read is DuckDB's.
        cores: Models at a time.
        settings: Of Spark, over its own.
    """
    target = home / "target"
    manifest = read_manifest(target / MANIFEST)
    with open_session(folder, cores=cores, settings=settings) as session:
        tables = SparkTables(home / "warehouse.duckdb", folder, session)
        translator = Translator({CATALOG: tables.columns})
        compiled = {
            model.unique_id: path
            for model, path in compiled_models(manifest, target)
            if (not names or model.name in names) and model.name not in OF_THEIR_MOMENT
        }

        def judge(key: str) -> Verdict:
            began = time.monotonic()
            table, name = _table(manifest, key), _name(manifest, key)
            if key not in compiled:
                tables.bring(table)
                return Verdict(table, name, GIVEN, "", time.monotonic() - began)
            try:
                made = tables.make(table, translator.to_spark(compiled[key].read_text()))
                with tables.cursor() as cursor:
                    difference = compare_tables(cursor, table, tables.columns[table], made)
                verdict, what = _verdict(difference)
            # Of Spark, of sqlglot or of DuckDB: whatever ends one model ends it alone.
            except Exception as error:
                verdict, what = FAILED, first_words(str(error))
            if verdict in WRONG:
                tables.bring(table)
            return Verdict(table, name, verdict, what, time.monotonic() - began)

        keys = {
            key
            for wanted in compiled
            for key in (wanted, *manifest.parents[wanted])
            if _table(manifest, key) in tables.columns
        }
        before = {key: {*manifest.parents.get(key, ())} & keys for key in keys if key in compiled}
        yield from _in_order(keys, before, judge, at_once=cores)


def tally(verdicts: Collection[Verdict]) -> str:
    """The last line: how many models came out how."""
    counts = Counter(one.verdict for one in verdicts)
    asked = sum(count for verdict, count in counts.items() if verdict != GIVEN)
    same = counts[EQUAL] + counts[NEAR]
    parts = ", ".join(f"{counts[one]} {one}" for one in (EQUAL, NEAR, *WRONG) if counts[one])
    return f"{same} of {asked} models are the same on Spark ({parts}); {counts[GIVEN]} tables given"


def first_words(said: str) -> str:
    """What an error says first, without plans and queries."""
    words = " ".join(said.split())
    cause = re.search(r"executor driver\): (.*)", words)
    return (cause[1] if cause else words)[:300]


def _verdict(difference: Difference) -> tuple[str, str]:
    if difference.is_equal:
        return (NEAR, ", ".join(difference.near)) if difference.near else (EQUAL, "")
    counts = f"{difference.only_duckdb} rows only DuckDB has, {difference.only_spark} only Spark; "
    return DIFFERENT, counts + "; ".join(difference.columns)[:500]


def _table(manifest: Manifest, key: str) -> str:
    if key in manifest.sources:
        source = manifest.sources[key]
        return f"{source.schema}.{source.name}"
    model = manifest.models.get(key)
    return f"{model.schema}.{model.alias}" if model else ""


def _name(manifest: Manifest, key: str) -> str:
    return manifest.models[key].name if key in manifest.models else ""


def _in_order(
    keys: Collection[str],
    before: Mapping[str, set[str]],
    work: Callable[[str], Verdict],
    *,
    at_once: int,
) -> Iterator[Verdict]:
    """The results, each begun when all before it have ended."""
    order = TopologicalSorter({key: before.get(key, set()) for key in sorted(keys)})
    order.prepare()
    running: dict[Future[Verdict], str] = {}
    with ThreadPoolExecutor(at_once) as pool:
        while order.is_active():
            running |= {pool.submit(work, key): key for key in order.get_ready()}
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                order.done(running.pop(future))
                yield future.result()
