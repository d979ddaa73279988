"""Rules of translation: DuckDB's text in, Spark's text out. No Java is needed."""

from __future__ import annotations

import pytest

from orchestration.spark.rules import numbers
from orchestration.spark.rules.texts import FormatError
from orchestration.spark.translate import RULES, TYPES, Translator
from tests.spark.cases import CASES, CATALOG, COLUMNS, TABLE, Case, visits

TRANSLATOR = Translator({CATALOG: {TABLE: COLUMNS}})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_rule_says_in_spark_s_words_what_duckdb_means(case: Case) -> None:
    assert case.has in TRANSLATOR.to_spark(case.sql)


def test_every_rule_has_a_case() -> None:
    rules = {rule.__name__ for rule in (numbers.decimal_literals, *TYPES, *RULES)}
    assert {case.rule for case in CASES} == rules


def test_types_follow_a_value_from_cte_to_cte() -> None:
    """A decimal times a double is a double, and its cast to money goes by its own value."""
    sql = visits("v.m * v.x as y")
    money = f"with p as ({sql}) select cast(p.y as decimal(38, 4)) as y from p"
    assert "1099511627776" in TRANSLATOR.to_spark(money)
    exact = f"with p as ({visits('v.m * v.n as y')}) select cast(p.y as decimal(38, 4)) as y from p"
    assert "1099511627776" not in TRANSLATOR.to_spark(exact)


def test_a_form_that_no_rule_writes_is_refused_by_name() -> None:
    with pytest.raises(FormatError, match=r"\{:>8\}"):
        TRANSLATOR.to_spark(visits("format('{:>8}', v.n) as f"))
