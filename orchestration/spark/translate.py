"""The models' SQL, written for DuckDB, as Spark understands it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from orchestration.lineage.columns import build_schema
from orchestration.spark.rules import aggregates, dates, lists, numbers, shapes, texts, windows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestration.spark.rules.trees import Node

WRITTEN_IN, ASKED_OF = "duckdb", "spark"
# What decides of which type a value is; afterwards types are worked out anew.
TYPES = (*numbers.TYPES, *aggregates.TYPES)
# By types; afterwards nobody asks for them, and parts are copied in half the time without them.
TYPED_RULES = (*dates.RULES, *lists.RULES, *numbers.RULES)
RULES = (*TYPED_RULES, *windows.RULES, *texts.RULES, *aggregates.RULES, *shapes.RULES)


class Translator:
    """Translates queries over tables whose columns are known."""

    def __init__(self, columns: Mapping[str, Mapping[str, Mapping[str, str]]]) -> None:
        """Know the tables.

        Args:
            columns: Catalogue → `schema.table` → column → its type in DuckDB.
        """
        typed: dict[str, Any] = {
            catalog: {
                table: {name: _without_places(said) for name, said in types.items()}
                for table, types in tables.items()
            }
            for catalog, tables in columns.items()
        }
        self._schema = build_schema(typed)

    def to_spark(self, sql: str) -> str:
        """A query in Spark's dialect that yields what it yields in DuckDB.

        Raises:
            sqlglot.errors.SqlglotError: the query does not parse, or names what is not there.
        """
        tree = qualify(
            sqlglot.parse_one(sql, dialect=WRITTEN_IN),
            schema=self._schema,
            dialect=WRITTEN_IN,
            identify=False,
            quote_identifiers=False,
        )
        tree = self._typed(numbers.decimal_literals(tree))
        for rule in TYPES:
            tree = rule(tree)
        tree = self._typed(tree)
        for rule in TYPED_RULES:
            tree = rule(tree)
        for node in tree.walk():
            node.type = None
        for rule in RULES[len(TYPED_RULES) :]:
            tree = rule(tree)
        return str(tree.sql(dialect=ASKED_OF, comments=False))

    def _typed(self, tree: Node) -> Node:
        """The query with the type of each value.

        A decimal's places are put aside meanwhile: of a decimal with places and a double
        sqlglot makes a decimal.
        """
        casts = [
            (cast, cast.to)
            for cast in tree.find_all(exp.Cast, exp.TryCast)
            if cast.to.this == exp.DType.DECIMAL and cast.to.expressions
        ]
        for cast, _ in casts:
            cast.set("to", exp.DataType(this=exp.DType.DECIMAL))
        tree = annotate_types(tree, schema=self._schema, dialect=WRITTEN_IN)
        for cast, to in casts:
            cast.set("to", to)
        return tree


@lru_cache(maxsize=256)
def _without_places(said: str) -> exp.DataType:
    if said.startswith("DECIMAL") and not said.endswith("[]"):
        return exp.DataType(this=exp.DType.DECIMAL)
    return exp.DataType.build(said, dialect=WRITTEN_IN)
