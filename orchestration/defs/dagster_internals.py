"""What the house takes of Dagster beyond what Dagster documents; nobody else touches that.

`tests/project/test_internals.py` names it, with the release that it was written for: the event
log's engines and its texts, what a step asks itself and the log, the place of a run, and a type.
"""

import sys
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import ExitStack, contextmanager
from typing import Any

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition as AssetJob,
)
from dagster._core.events import DagsterEventType
from dagster._core.execution.context.data_version_cache import DataVersionCache
from dagster._core.execution.context.system import StepExecutionContext
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.storage.event_log import SqliteEventLogStorage, sql_event_log
from dagster._core.storage.event_log.base import AssetRecord
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import create_db_conn_string
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event

from orchestration.settings import PROJECT_DIR

__all__ = [
    "AssetJob",
    "KeptSqliteEventLogStorage",
    "cache_materialisations",
    "cache_output_keys",
    "create_runs_as_the_ui",
    "write_events_once",
]

# One shard per run, and the index: the UI looks at many runs, and files may run out.
KEPT_ENGINES = 8
BUSY_TIMEOUT_SECONDS = 60
# How long an event of these kinds waits for others; what begins or ends a step or a run does not.
COMMIT_SECONDS = 0.2
OF_ONE_ASSET = {
    DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
    DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED,
    DagsterEventType.STEP_OUTPUT,
    DagsterEventType.ASSET_MATERIALIZATION,
    DagsterEventType.ASSET_OBSERVATION,
    DagsterEventType.ASSET_CHECK_EVALUATION,
}
# As in workspace.yaml; the repository is Dagster's name for definitions of a module.
LOCATION, MODULE, REPOSITORY = "drivewheel", "orchestration.definitions", "__repository__"
_KNOWN = "_known_output_asset_keys"
LINEAGE = "dagster/column_lineage"


class KeptSqliteEventLogStorage(SqliteEventLogStorage):
    """Dagster's own storage in the same files; only the engines live longer.

    Dagster opens an engine for every event and disposes of it: 14 to 19 ms each, half a minute
    of a refresh of the smallest company. Kept open an event costs 0.7 to 1.8 ms.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """Begin without an engine; the base class may ask for one already."""
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._storing_thread: int | None = None
        self._stored: dict[str, Connection] = {}
        self._open = ExitStack()
        self._commits: threading.Timer | None = None
        self._tables: set[str] = set()
        self._columns: set[str] = set()
        self._migrated: set[str] = set()
        self._made_by, self._made = "", dict[dg.AssetKey, dg.EventLogRecord]()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "KeptSqliteEventLogStorage":
        """As `dagster.yaml` says it."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        if self._storing_thread == threading.get_ident():
            yield self._connection_to_store(shard)
            return
        with self._db_lock:
            self._commit()
            with self._engine(shard).connect() as connection, connection.begin():
                yield connection

    def store_event(self, event: dg.EventLogEntry) -> None:
        """What is told of an asset is committed with what is told within the next moment.

        Each transaction writes some twenty pages of indexes into either file, of which the next
        event changes the same: 224 MB in a refresh of the smallest company, 64 in groups
        (2026-11-28). Whoever reads from this process commits first; a process that is killed may
        lose that moment.
        """
        told = event.dagster_event
        with self._storing(is_committed=told is None or told.event_type not in OF_ONE_ASSET):
            super().store_event(_without_lineage(event))

    def store_event_batch(self, events: Sequence[dg.EventLogEntry]) -> None:
        """One transaction per shard for all of them: what a run plans is 600 events."""
        with self._storing(is_committed=True):
            super().store_event_batch(events)

    @contextmanager
    def _storing(self, *, is_committed: bool) -> Iterator[None]:
        if self._storing_thread == threading.get_ident():
            yield
            return
        with self._db_lock:
            self._storing_thread = threading.get_ident()
            try:
                yield
            except BaseException:
                is_committed = True
                raise
            finally:
                self._storing_thread = None
                if is_committed:
                    self._commit()
                elif self._commits is None:
                    self._commits = threading.Timer(COMMIT_SECONDS, self._commit_in_time)
                    self._commits.start()

    def _connection_to_store(self, shard: str) -> Connection:
        if shard not in self._stored:
            connection = self._open.enter_context(self._engine(shard).connect())
            self._open.enter_context(connection.begin())
            self._stored[shard] = connection
        return self._stored[shard]

    def _commit_in_time(self) -> None:
        with self._db_lock:
            self._commit()

    def _commit(self) -> None:
        """Commit what is stored; the lock is held."""
        if self._commits is not None:
            self._commits.cancel()
            self._commits = None
        self._stored = {}
        self._open.close()

    def has_table(self, table_name: str) -> bool:
        """The base class opens an engine to look, twice for every event of an asset."""
        if table_name not in self._tables:
            with self._engine(INDEX_SHARD_NAME).connect() as connection:
                if not connection.dialect.has_table(connection, table_name):
                    return False
            self._tables.add(table_name)
        return True

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        """The base class reads the columns of its table again for every event of an asset."""
        if column_name not in self._columns:
            if not super()._has_asset_key_col_on_connection(conn, column_name):
                return False
            self._columns.add(column_name)
        return True

    def has_asset_key_col(self, column_name: str) -> bool:
        """Without a connection where it is known."""
        return column_name in self._columns or super().has_asset_key_col(column_name)

    def has_secondary_index(self, name: str) -> bool:
        """What was migrated once stays so; the base class asks twice for every asset."""
        if name not in self._migrated:
            if not super().has_secondary_index(name):
                return False
            self._migrated.add(name)
        return True

    def _store_asset_event(self, conn: Connection, event: dg.EventLogEntry, event_id: int) -> None:
        super()._store_asset_event(conn, event, event_id)
        told = event.dagster_event
        if told and told.asset_key and told.is_step_materialization:
            if event.run_id != self._made_by:
                self._made_by, self._made = event.run_id, {}
            self._made[told.asset_key] = dg.EventLogRecord(
                storage_id=event_id, event_log_entry=event
            )

    def made_in(self, run_id: str) -> Mapping[dg.AssetKey, dg.EventLogRecord]:
        """What the run that materialised last in this process has made; of another run nothing."""
        return self._made if run_id == self._made_by else {}

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            engine = create_engine(
                create_db_conn_string(self._base_dir, shard),
                connect_args={"timeout": BUSY_TIMEOUT_SECONDS},
            )
            event.listen(engine, "connect", _do_not_wait_for_the_disk)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            self._engines[shard] = engine
            if len(self._engines) > KEPT_ENGINES:
                _, oldest = self._engines.popitem(last=False)
                oldest.dispose()
        self._engines.move_to_end(shard)
        return self._engines[shard]

    def dispose(self) -> None:
        """Close what was kept."""
        self._commit_in_time()
        while self._engines:
            self._engines.popitem()[1].dispose()
        super().dispose()


def _without_lineage(event: dg.EventLogEntry) -> dg.EventLogEntry:
    """A step's output without its columns' lineage, which the materialisation after it tells.

    It was two fifths of the log of a run.
    """
    told = event.dagster_event
    if told is None or told.event_type != DagsterEventType.STEP_OUTPUT:
        return event
    output = told.step_output_data
    if LINEAGE not in output.metadata:
        return event
    metadata = {key: value for key, value in output.metadata.items() if key != LINEAGE}
    lean = told._replace(event_specific_data=output._replace(metadata=metadata))
    return event._replace(dagster_event=lean)


def _do_not_wait_for_the_disk(connection: Any, _: Any) -> None:  # noqa: ANN401 - sqlite3's own
    """In WAL mode a killed process loses nothing by it; a power cut may take the last events."""
    connection.execute("pragma synchronous = normal")


_ask = StepExecutionContext.get_output_asset_keys


def cache_output_keys() -> None:
    """Have a step say once which assets it makes.

    Dagster asks it for every asset that it has made, to see that none comes before what it
    depends on. The step that builds the warehouse goes through its 400 outputs each time: a
    tenth of what Dagster costs in a refresh of the smallest company.
    """
    StepExecutionContext.get_output_asset_keys = _cached  # type: ignore[assignment,method-assign]


def _cached(step: StepExecutionContext) -> Set[dg.AssetKey]:
    known: Set[dg.AssetKey] | None = step.__dict__.get(_KNOWN)
    if known is None:
        known = _ask(step)
        step.__dict__[_KNOWN] = known
    return known


_fetch, _newest = DataVersionCache._fetch_asset_records, DataVersionCache._get_input_asset_event


def cache_materialisations() -> None:
    """Have a step know the materialisations of its own run without asking the event log.

    Of every asset Dagster notes which materialisation of each input it was made from, and of
    every check which one of its asset it asked: 500 questions to the event log for what this
    process has written there. Nobody else materialises while a run holds the warehouse.
    """
    DataVersionCache._fetch_asset_records = _fetch_others  # type: ignore[method-assign, assignment]
    DataVersionCache._get_input_asset_event = _made_or_newest  # type: ignore[method-assign, assignment]


def _fetch_others(
    cache: DataVersionCache, asset_keys: Sequence[dg.AssetKey]
) -> dict[dg.AssetKey, AssetRecord]:
    made = _made_in_run_of(cache)
    return _fetch(cache, [key for key in asset_keys if key not in made])


def _made_or_newest(
    cache: DataVersionCache, key: dg.AssetKey, asset_record: AssetRecord | None
) -> dg.EventLogRecord | None:
    made = _made_in_run_of(cache).get(key)
    if made is None:
        return _newest(cache, key, asset_record)
    cache._check_input_asset_event(key, made)
    return made


def _made_in_run_of(cache: DataVersionCache) -> Mapping[dg.AssetKey, dg.EventLogRecord]:
    """What the step's run has made in this process, by asset."""
    step = cache._context
    storage = step.instance.event_log_storage
    if not isinstance(storage, KeptSqliteEventLogStorage):
        return {}
    return storage.made_in(step.run_id)


_texts: Any = sql_event_log
_serialize = _texts.serialize_value
# The event that was written last, and its text.
_written: tuple[Any, str] = (None, "")


def write_events_once() -> None:
    """Have the event log make the text of an event once.

    It makes it for the log, and again for what it knows of the event's asset or check: of the
    events of a refresh of the smallest company a tenth of their cost.
    """
    _texts.serialize_value = serialized


def serialized(value: Any, *others: Any, **options: Any) -> str:  # noqa: ANN401 - Dagster's own
    """The text of a value in the event log, as Dagster makes it."""
    global _written
    if others or options:
        return str(_serialize(value, *others, **options))
    if isinstance(value, dg.EventLogRecord):
        entry, number = serialized(value.event_log_entry), value.storage_id
        return (
            f'{{"__class__": "EventLogRecord", "event_log_entry": {entry}, "storage_id": {number}}}'
        )
    if not isinstance(value, dg.EventLogEntry):
        return str(_serialize(value))
    known, text = _written
    if known is not value:
        text = _serialize(value)
        _written = value, text
    return text


def create_runs_as_the_ui(instance: dg.DagsterInstance) -> None:
    """Give the runs that this process creates their place.

    The UI leaves runs that belong to no code location out of its timeline and out of the pages
    of jobs; a run that is executed in its own process belongs to none.
    """
    create = instance.create_run_for_job
    repository = RemoteRepositoryOrigin(
        ManagedGrpcPythonEnvCodeLocationOrigin(
            LoadableTargetOrigin(
                executable_path=sys.executable,
                module_name=MODULE,
                working_directory=str(PROJECT_DIR),
            ),
            LOCATION,
        ),
        REPOSITORY,
    )

    def create_run_for_job(job_def: dg.JobDefinition, **others: Any) -> dg.DagsterRun:  # noqa: ANN401
        others["remote_job_origin"] = repository.get_job_origin(job_def.name)
        return create(job_def, **others)

    instance.create_run_for_job = create_run_for_job  # type: ignore[method-assign, assignment]
