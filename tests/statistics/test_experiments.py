"""Effects worked out by hand, or published by those who found the method."""

from __future__ import annotations

import duckdb
import pytest

from orchestration.statistics.experiments import (
    compare_changes,
    compare_means,
    compare_rates,
    sample_ratio_p_value,
)
from orchestration.statistics.materialize import materialize_estimates


def shares(hits: int, size: int) -> list[float]:
    return [1.0] * hits + [0.0] * (size - hits)


def test_the_interval_of_two_shares_is_newcombes() -> None:
    # Newcombe (1998), example a, method 10: 56 of 70 against 48 of 80.
    estimate = compare_rates(shares(56, 70), shares(48, 80))
    assert estimate.effect == pytest.approx(0.2)
    assert estimate.lower == pytest.approx(0.0524, abs=5e-5)
    assert estimate.upper == pytest.approx(0.3339, abs=5e-5)
    assert estimate.relative_effect == pytest.approx(0.8 / 0.6 - 1)
    assert estimate.p_value < 0.05


def test_equal_shares_show_nothing_and_nobody_has_no_ratio() -> None:
    estimate = compare_rates(shares(0, 10), shares(0, 10))
    assert (estimate.effect, estimate.p_value) == (0, 1)
    assert estimate.relative_effect is None
    assert estimate.lower < 0 < estimate.upper


def test_more_customers_show_a_smaller_effect() -> None:
    few = compare_rates(shares(5, 10), shares(5, 10)).detectable_effect
    many = compare_rates(shares(200, 400), shares(200, 400)).detectable_effect
    assert few is not None
    assert many is not None
    # Cohen's h of 2.8016 × √(2 ÷ 400) = 0.1981 from a half: sin²(π/4 + 0.09905) − 0.5.
    assert many == pytest.approx(0.0984, abs=5e-5)
    # Of ten h is 2.8016 × √(2 ÷ 10) = 1.2529.
    assert few == pytest.approx(0.4749, abs=5e-5)


def test_the_interval_of_two_means_is_welchs() -> None:
    # Means 1 and 11, variances 2 and 2: standard error √2, two degrees of freedom, t 4.3027.
    estimate = compare_means([0, 2], [10, 12])
    assert estimate.effect == pytest.approx(-10)
    assert estimate.lower == pytest.approx(-10 - 4.30265 * 2**0.5, abs=1e-4)
    assert estimate.upper == pytest.approx(-10 + 4.30265 * 2**0.5, abs=1e-4)
    assert estimate.relative_effect == pytest.approx(-10 / 11)


def test_a_difference_in_differences_takes_off_what_moved_both() -> None:
    # The arm went from 15 to 18, control up by 2: without the treatment it would be at 17.
    estimate = compare_changes([(10, 12), (20, 24)], [(10, 11), (30, 33)], is_randomised=False)
    assert estimate.method == "difference_in_differences"
    assert (estimate.arm_value, estimate.control_value, estimate.effect) == (18, 17, 1)


def test_means_without_any_spread_have_an_effect_and_no_interval_around_it() -> None:
    estimate = compare_means([3, 3], [2, 2])
    assert (estimate.effect, estimate.lower, estimate.upper, estimate.p_value) == (1, 1, 1, 0)
    assert estimate.detectable_effect is None


def test_an_arm_of_one_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="arms of 1 and 2"):
        compare_means([1], [1, 2])


def test_a_sample_ratio_is_judged_by_the_planned_split() -> None:
    # (60 − 50)² ÷ 50 × 2 = 4 at one degree of freedom.
    even = {"a": 0.5, "control": 0.5}
    assert sample_ratio_p_value({"a": 60, "control": 40}, even) == pytest.approx(0.0455, abs=5e-5)
    assert sample_ratio_p_value({"a": 60, "control": 40}, {"a": 0.6, "control": 0.4}) == 1
    assert sample_ratio_p_value({"a": 60}, even) is None
    assert sample_ratio_p_value({"a": 60, "other": 40}, even) is None


def test_arms_that_chance_did_not_make_are_compared_by_changes_only() -> None:
    connection = duckdb.connect()
    connection.execute(
        "create table experiments as "
        "select 'e' as experiment_id, 'control' as control_arm, false as is_randomised"
    )
    connection.execute(
        "create table outcomes as select 'e' as experiment_id, * from (values "
        "('churn', 'rate', 'a', null, 1, false), ('churn', 'rate', 'a', null, 0, false), "
        "('churn', 'rate', 'control', null, 0, false), "
        "('churn', 'rate', 'control', null, 0, false), "
        "('mrr', 'change', 'a', 10, 12, false), ('mrr', 'change', 'a', 20, 24, false), "
        "('mrr', 'change', 'a', 20, null, true), "
        "('mrr', 'change', 'control', 10, 11, false), ('mrr', 'change', 'control', 30, 33, false)) "
        "as rows (metric_id, kind, arm, value_before, value_after, is_pending)"
    )
    rows = materialize_estimates(
        connection,
        outcomes=connection.table("outcomes"),
        experiments=connection.table("experiments"),
    )
    assert rows.project(
        "metric_id, arm, arm_count, control_count, pending_count, method, effect"
    ).fetchall() == [("mrr", "a", 2, 2, 1, "difference_in_differences", 1.0)]


@pytest.mark.parametrize(("hits", "control_hits"), [(30, 40), (40, 30), (40, 40)])
def test_where_everybody_converts_the_ratio_has_no_interval_and_the_difference_has(
    hits: int, control_hits: int
) -> None:
    arm, control = (
        [1.0] * hits + [0.0] * (40 - hits),
        [1.0] * control_hits + [0.0] * (40 - control_hits),
    )
    found = compare_rates(arm, control)
    assert found.relative_effect == pytest.approx(hits / control_hits - 1)
    assert (found.relative_lower, found.relative_upper) == (None, None)
    assert found.lower <= (hits - control_hits) / 40 <= found.upper
