"""The rows of a model of metrics: what its queries give, or gave when nothing was another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.project.code import digest
from orchestration.project.dbt_internals import is_full_refresh
from orchestration.project.engine import computed
from orchestration.warehouse.skip import MADE_FROM, input_content, is_as_left

if TYPE_CHECKING:
    from typing import Protocol

    class Connection(Protocol):
        """What is needed of DuckDB's connection."""

        def cursor(self) -> Any:  # noqa: ANN401 - DuckDB's own
            """Another connection to the same database."""

        def execute(self, query: str) -> Any:  # noqa: ANN401 - DuckDB's own result
            """Run a statement."""

        def sql(self, query: str) -> Any:  # noqa: ANN401 - DuckDB's own relation
            """A relation over a query."""

        def table(self, name: str) -> Any:  # noqa: ANN401 - DuckDB's own relation
            """A relation by name."""


COLUMNS = (
    "metric_id varchar, grain varchar, period_start date, dimension varchar, "
    "dimension_value varchar, value double, numerator double, denominator double, "
    "sample_size bigint, lower double, upper double"
)
# A table as MetricFlow writes it: catalogue, schema, name.
_RELATION = re.compile(r'"\w+"\.("\w+"\."\w+")')


class MetricRows:
    """Collects rows of queries; those of a query that the last build ran are taken over.

    Each row says from which query it was made, and from which content of the tables that the
    query reads. A changed fact is read by some of a family's queries: in the demo company running
    the others again took two of the seven seconds from a changed mart to its values.
    """

    def __init__(self, connection: Connection, model: str) -> None:
        """Begin; what is of another shape, or changed since, or all to be built, leaves nothing.

        Args:
            connection: dbt's, to the warehouse.
            model: Name of the table, as the last build left it.
        """
        self._connection, self._new = connection, f"new_{model}"
        connection.execute(
            f"create or replace temp table {self._new} ({COLUMNS}, {MADE_FROM} varchar)"
        )
        found = connection.execute(
            'select format(\'"{}"."{}"\', schema_name, table_name) from duckdb_columns() '
            f"where database_name = current_database() and table_name = '{model}' "
            f"and column_name = '{MADE_FROM}'"
        ).fetchall()
        self._before = found[0][0] if len(found) == 1 else ""
        self._made: set[str] = set()
        self._taken_over: list[str] = []
        if self._before and not is_full_refresh() and is_as_left(connection, self._before):
            made = f"select distinct {MADE_FROM} from {self._before}"
            self._made = {state for (state,) in connection.execute(made).fetchall()}

    def add(self, query: str) -> None:
        """Add the rows of a query, which has the columns `COLUMNS`."""
        state = self._state(query)
        if state in self._made:
            self._taken_over.append(state)
        else:
            rows = computed(self._connection, query)
            self._connection.execute(f"insert into {self._new} select *, '{state}' from ({rows})")

    def finish(self) -> Any:  # noqa: ANN401 - DuckDB's own relation
        """All rows, as a relation."""
        if self._taken_over:
            states = ", ".join(f"'{state}'" for state in self._taken_over)
            self._connection.execute(
                f"insert into {self._new} by name from {self._before} "
                f"where {MADE_FROM} in ({states})"
            )
        return self._connection.table(self._new)

    def _state(self, query: str) -> str:
        """A hash of a query, of the content of every table that it reads, and of the engine."""
        read = sorted({*_RELATION.findall(query)})
        contents = [f"{name} {input_content(self._connection, name)}" for name in read]
        return digest([duckdb.__version__, query, *contents], 16)
