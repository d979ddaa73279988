"""Every SQL model of a home on Spark, row for row beside what DuckDB built, and every metric.

A model reads what Spark made of the models before it; raw tables, tables of the company and
Python models are DuckDB's. Of an incremental model the SQL of its first build is run, so the home
must have been built in full. What differs is replaced by DuckDB's rows, so that every model is
judged by itself. The queries of metrics, as MetricFlow compiles them, are run on the facts that
Spark then has, and so are the counts of rows on their way into staging.
"""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from orchestration.lineage.project import compiled_models
from orchestration.lineage.staged import account_rows
from orchestration.project.manifest import MANIFEST, read_manifest
from orchestration.semantic.materialize import metric_queries
from orchestration.spark.differences import Difference, compare_rows, compare_tables
from orchestration.spark.known import KNOWN, OF_THEIR_MOMENT
from orchestration.spark.session import open_session
from orchestration.spark.tables import CATALOG, SparkTables, described, tables_of
from orchestration.spark.translate import Translator

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    import duckdb

    from orchestration.project.manifest import Manifest

EQUAL, NEAR, DIFFERENT, FAILED, GIVEN = "equal", "near", "DIFFERENT", "FAILED", "given"
WRONG = (DIFFERENT, FAILED)
# In the place of a table, of what is a query of metrics, or counts of staging's rows.
METRICS, LINEAGE = "metrics", "lineage"
KINDS = {METRICS: "queries of metrics", LINEAGE: "queries of lineage"}
# A query of so many counts takes Spark as long as one of a single count.
COUNTS_AT_ONCE = 10


@dataclass(frozen=True)
class Verdict:
    """What came of one model, or of one query.

    Attributes:
        table: `schema.table`; of a query its kind.
        name: The model's; of a query its number, and what it gives.
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
        of = f"{self.table} {self.name}" if self.table in KINDS else self.table
        return f"{self.verdict:<9} {self.seconds:5.1f} s  {of}{known}  {self.what}".rstrip()


def judge_home(
    home: Path,
    folder: Path,
    *,
    names: Collection[str] = (),
    only_queries: bool = False,
    cores: int = 2,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Verdict]:
    """Run and compare models, then queries; gives verdicts as they are known.

    Args:
        home: A home that was built, and that nobody writes.
        folder: An empty folder for what Spark keeps.
        names: Of models; all where there are none. Of some, all that they read is DuckDB's, and
            queries are left out.
        only_queries: Whether to leave out the models; queries read DuckDB's tables.
        cores: Models at a time.
        settings: Of Spark, over its own.
    """
    target = home / "target"
    with open_session(folder, cores=cores, settings=settings) as session:
        tables = SparkTables(home / "warehouse.duckdb", folder, session)
        translator = Translator({CATALOG: tables.columns})
        if not only_queries:
            yield from _judge_models(tables, translator, target, names, at_once=cores)
        if not names:
            with tables.cursor() as cursor:
                asked = {METRICS: [*metric_queries(cursor, target)], LINEAGE: [*counts(cursor)]}
            for kind, queries in asked.items():
                yield from _judge_queries(tables, translator, kind, queries, at_once=cores)


def _judge_models(
    tables: SparkTables,
    translator: Translator,
    target: Path,
    names: Collection[str],
    *,
    at_once: int,
) -> Iterator[Verdict]:
    manifest = read_manifest(target / MANIFEST)
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

        def compared() -> Difference:
            made = tables.make(table, translator.to_spark(compiled[key].read_text()))
            with tables.cursor() as cursor:
                return compare_tables(cursor, table, tables.columns[table], made)

        verdict, what = _verdict(compared)
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
    yield from _in_order(keys, before, judge, at_once=at_once)


def _judge_queries(
    tables: SparkTables,
    translator: Translator,
    kind: str,
    queries: Collection[str],
    *,
    at_once: int,
) -> Iterator[Verdict]:
    """Queries of a kind, on the tables that Spark has."""
    for read in sorted({table for query in queries for table in tables_of(query)}):
        if not tables.has(read):
            tables.bring(read)

    def judge(number: int, query: str) -> Verdict:
        began = time.monotonic()
        with tables.cursor() as cursor:
            of = _metrics_of(cursor, query) if kind == METRICS else _counted_of(cursor, query)
        name = f"query {number} of {len(queries)}, {of}"

        def compared() -> Difference:
            made = tables.write(f"{kind}/{number}", translator.to_spark(query))
            with tables.cursor() as cursor:
                return compare_rows(cursor, query, described(cursor, query), made)

        return Verdict(kind, name, *_verdict(compared), time.monotonic() - began)

    with ThreadPoolExecutor(at_once) as pool:
        yield from pool.map(judge, range(1, len(queries) + 1), queries)


def counts(cursor: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """The counts of rows on their way into staging, several a query, each with its number."""
    asked: list[str] = []

    def ask(query: str) -> int:
        asked.append(query)
        return 0

    for _ in account_rows(cursor, count=ask):
        pass
    numbered = [
        f"select {number} as number, counted.row_count from ({query}) as counted"
        for number, query in enumerate(asked, 1)
    ]
    for first in range(0, len(numbered), COUNTS_AT_ONCE):
        yield " union all ".join(numbered[first : first + COUNTS_AT_ONCE])


def _counted_of(cursor: duckdb.DuckDBPyConnection, query: str) -> str:
    """Which counts a query gives, and how many rows they count."""
    ((first, last, rows),) = cursor.execute(
        f"select min(number), max(number), sum(row_count) from ({query})"
    ).fetchall()
    return f"counts {first} to {last}, {rows:,} rows"


def _metrics_of(cursor: duckdb.DuckDBPyConnection, query: str) -> str:
    """Of which metrics a query gives rows, and by what."""
    ((found,),) = cursor.execute(
        "select coalesce(string_agg(distinct metric_id, ', ' order by metric_id), 'no rows') "
        "|| coalesce(' by ' || string_agg(distinct grain, ', ' order by grain), '') "
        f"from ({query})"
    ).fetchall()
    return str(found)


def tally(verdicts: Collection[Verdict]) -> str:
    """The last line: how many models, and queries of each kind, came out how."""
    given = sum(one.verdict == GIVEN for one in verdicts)
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for one in verdicts:
        counted[KINDS.get(one.table, "models")][one.verdict] += 1
    told = [_told(kind, counted[kind]) for kind in ("models", *KINDS.values())]
    return f"{'; '.join(filter(None, told))}; {given} tables given"


def _told(kind: str, counts: Counter[str]) -> str:
    parts = ", ".join(f"{counts[one]} {one}" for one in (EQUAL, NEAR, *WRONG) if counts[one])
    asked = sum(counts[one] for one in (EQUAL, NEAR, *WRONG))
    same = counts[EQUAL] + counts[NEAR]
    return f"{same} of {asked} {kind} are the same on Spark ({parts})" if asked else ""


def first_words(said: str) -> str:
    """What an error says first, without plans and queries."""
    words = " ".join(said.split())
    cause = re.search(r"executor driver\): (.*)", words)
    return (cause[1] if cause else words)[:300]


def _verdict(compared: Callable[[], Difference]) -> tuple[str, str]:
    try:
        difference = compared()
    # Of Spark, of sqlglot or of DuckDB: whatever ends one model or query ends it alone.
    except Exception as error:
        return FAILED, first_words(str(error))
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
