"""What is judged over months: its parts added up, and the metric's own formula of the sums."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import duckdb
import pytest

from orchestration.project.manifest import read_semantics
from orchestration.project.semantics import Metric, read_metric
from orchestration.semantic.compiler import SemanticError
from orchestration.semantic.registry import load_registry
from orchestration.semantic.windows import GRAINS, MONTHS, formula, is_windowed, parts_of

Period = tuple[str, str, str, str]


def metric(name: str, *, agg: str = "sum", balance: bool = False, **params: object) -> Metric:
    """A metric as the semantic manifest says it; simple where nothing else is said."""
    form = "ratio" if "numerator" in params else "derived" if "metrics" in params else "simple"
    simple = {
        "agg": agg,
        "semantic_model": "months",
        "non_additive_dimension": {"name": "day"} if balance else None,
    }
    aggregated = {"metric_aggregation_params": simple} if form == "simple" else {}
    said = {"name": name, "type": form, "type_params": params | aggregated, "config": {"meta": {}}}
    return read_metric(said)


METRICS = {
    each.name: each
    for each in (
        metric("margin", balance=True),
        metric("opening"),
        metric("lost"),
        metric("median", agg="median"),
        metric("loss_rate", numerator={"name": "lost"}, denominator={"name": "opening"}),
        metric(
            "worth",
            expr="margin * (1 - rate) / nullif(rate, 0)",
            metrics=[{"name": "margin", "alias": None}, {"name": "loss_rate", "alias": "rate"}],
        ),
        metric("typical", numerator={"name": "median"}, denominator={"name": "opening"}),
    )
}


def test_counts_add_up_and_a_balance_is_the_last() -> None:
    assert parts_of("worth", METRICS) == {
        "margin": "any_value(margin) filter (where later = 0)",
        "lost": "sum(lost)",
        "opening": "sum(opening)",
    }


def test_the_formula_is_asked_of_the_sums() -> None:
    """12 a month, of 80 then 120 customers 5 and 3 lost: 12 × 0.96 ÷ 0.04 = 288."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"select {formula('worth', METRICS)} "
            "from (select 12 as margin, 80 + 120 as opening, 5 + 3 as lost)"
        ).fetchall()
    assert rows[0][0] == pytest.approx(288)


def test_what_does_not_add_up_is_refused_by_name() -> None:
    with pytest.raises(SemanticError, match="median does not add up over months"):
        parts_of("typical", METRICS)


def test_a_quotient_over_months_is_that_of_its_months_parts(demo_home: Path) -> None:
    """From the published parts of each period, in Python; what has a balance in it is left out."""
    target = demo_home / "target"
    metrics = read_semantics(target / "semantic_manifest.json").metrics
    specs = {
        spec.metric_id: spec
        for spec in load_registry(target / "manifest.json")
        if is_windowed(spec)
        and spec.numerator
        and spec.denominator
        and {spec.numerator, spec.denominator} == parts_of(spec.metric_id, metrics).keys()
    }
    assert len(specs) > 15
    with duckdb.connect(str(demo_home / "serving/drivewheel.duckdb"), read_only=True) as published:
        rows = published.execute(
            "select metric_id, grain, dimension, dimension_value, "
            "year(period_start) * 12 + month(period_start), coalesce(numerator, 0), "
            "coalesce(denominator, 0), judged_value, judged_state "
            "from governance.metric_values "
            "where grain in ('month', 'quarter') and judged_over != 'period'"
        ).fetchall()
    parts: dict[Period, dict[int, tuple[float, float]]] = defaultdict(dict)
    for *key, month, upper, lower, _, _ in rows:
        parts[tuple(key)][month] = (upper, lower)
    compared: Counter[str] = Counter()
    for *key, month, _, _, value, state in rows:
        if key[0] not in specs or state != "ok":
            continue
        step = GRAINS[key[1]]
        starts = range(month - MONTHS[specs[key[0]].judged_over] + step, month + 1, step)
        summed = [parts[tuple(key)].get(each, (0, 0)) for each in starts]
        expected = sum(upper for upper, _ in summed) / sum(lower for _, lower in summed)
        assert value == pytest.approx(expected, rel=1e-9), (key, month)
        compared[key[1]] += 1
    assert min(compared[grain] for grain in GRAINS) > 300
