"""Verdicts on drivers, against published tables and the statistics library."""

from __future__ import annotations

from math import sqrt

import pytest
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.multitest import multipletests

from orchestration.statistics.evidence import (
    Contrast,
    Judgement,
    corrected,
    judge_contrasts,
    two_sided,
)

# A table: of the high side who the outcome came to and who not, and the same of the low side.
Table = tuple[int, int, int, int]
# Bickel, Hammel and O'Connell (1975), Sex bias in graduate admissions: men and women of the six
# largest departments, admitted and not.
BERKELEY: list[Table] = [
    (512, 313, 89, 19),
    (353, 207, 17, 8),
    (120, 205, 202, 391),
    (138, 279, 131, 244),
    (53, 138, 94, 299),
    (22, 351, 24, 317),
]
# Benjamini and Hochberg (1995), section 4.1: as a family, the first three are significant.
P_VALUES = [
    0.0001,
    0.0004,
    0.0019,
    0.0095,
    0.0201,
    0.0278,
    0.0298,
    0.0344,
    0.0459,
    0.3240,
    0.4262,
    0.5719,
    0.6528,
    0.7590,
    1.0000,
]


def of_tables(*tables: Table, halves: tuple[float | None, float | None] | None = None) -> Contrast:
    """The sums over strata of customers who are there once each."""
    weight = excess = variance = 0.0
    for high, high_not, low, low_not in tables:
        highs, lows, came = high + high_not, low + low_not, high + low
        size = highs + lows
        weight += highs * lows / size
        excess += high - highs * came / size
        variance += highs * lows * came * (size - came) / size**2 / (size - 1)
    difference = excess / weight
    first, second = halves or (difference, difference)
    high, high_not, low, low_not = (sum(column) for column in zip(*tables, strict=True))
    return Contrast(
        high + high_not, high, low + low_not, low, weight, excess, variance, first, second
    )


def judge(*tables: Table, halves: tuple[float | None, float | None] | None = None) -> Judgement:
    return judge_contrasts([of_tables(*tables, halves=halves)])[0]


def test_departments_explain_who_is_admitted_at_berkeley() -> None:
    """Of 2,691 men 44.5 % were admitted, of 1,835 women 30.4 %; within departments alike."""
    judged = judge(*BERKELEY)
    assert judged.verdict == "explained_by_adjustment"
    assert (judged.lower or 0) < 0 < (judged.upper or 0)
    # R's mantelhaen.test without correction, on the same table: X² 1.5246.
    assert judged.p_value == pytest.approx(0.2169, abs=5e-5)
    together = [[[a, b], [c, d]] for a, b, c, d in BERKELEY]
    test = StratifiedTable([_transposed(table) for table in together]).test_null_odds()
    assert judged.p_value == pytest.approx(float(test.pvalue), rel=1e-9)


def _transposed(table: list[list[int]]) -> list[list[int]]:
    return [list(row) for row in zip(*table, strict=True)]


def test_what_was_tried_is_corrected_for_as_the_library_does() -> None:
    among = corrected(P_VALUES)
    assert among == pytest.approx(multipletests(P_VALUES, method="holm")[1].tolist())
    assert [rate <= 0.05 for rate in among] == [True] * 3 + [False] * 12
    assert corrected(P_VALUES[::-1]) == among[::-1]
    assert corrected([]) == []


def test_a_difference_that_alike_customers_have_leads() -> None:
    """40 of 100 against 20 of 100 in both strata: 20 points, of which chance makes few."""
    judged = judge((40, 60, 20, 80), (40, 60, 20, 80))
    assert judged.verdict == "leads"
    assert judged.difference == pytest.approx(0.2)
    # 60 of 200 came: 0.3 × 0.7 × 50 × 200 ÷ 199 in each of two strata, over 50 + 50.
    margin = 1.959964 * sqrt(2 * 0.21 * 50 * 200 / 199) / 100
    assert (judged.lower, judged.upper) == pytest.approx((0.2 - margin, 0.2 + margin))


def test_a_difference_of_one_half_of_the_time_leads_nothing() -> None:
    tables = (40, 60, 20, 80), (40, 60, 20, 80)
    assert judge(*tables, halves=(0.45, -0.05)).verdict == "no_difference_shown"
    assert judge(*tables, halves=(0.2, None)).verdict == "no_difference_shown"


def test_who_is_alike_may_differ_the_other_way_round() -> None:
    """Simpson's: of 300 + 100 high ones 50 % came, of the low 40 %; in both strata fewer of high.

    195 of 300 and 5 of 100 against 80 of 100 and 80 of 300.
    """
    judged = judge((195, 105, 80, 20), (5, 95, 80, 220))
    assert judged.difference == pytest.approx((195 / 300 - 0.8 + 0.05 - 80 / 300) / 2)
    assert judged.verdict == "reversed_by_adjustment"


@pytest.mark.parametrize(
    "table",
    [
        (29, 0, 100, 400),  # 29 are too few to be held against anybody
        (0, 40, 12, 988),  # 0.46 of 40 are to be expected: none is no wonder
        (3, 200, 1, 200),  # four outcomes in all
    ],
)
def test_too_few_cases_have_a_state_and_no_number(table: Table) -> None:
    judged = judge(table)
    assert judged.verdict == "too_few"
    assert judged.difference is judged.p_value is judged.corrected_p_value is None


def test_what_few_had_and_came_to_many_of_them_can_be_told() -> None:
    """12 of 47 against 80 of 3,908: one was to be expected, twelve came."""
    assert judge((12, 35, 80, 3828)).verdict == "leads"


def test_the_more_is_tried_the_more_a_difference_must_be() -> None:
    """30 of 100 against 17 of 100: 3 % by chance, which is no wonder among forty tried."""
    clear, nothing = of_tables((30, 70, 17, 83)), of_tables((20, 80, 20, 80))
    assert judge_contrasts([clear])[0].verdict == "leads"
    among = judge_contrasts([clear] + [nothing] * 39)
    assert among[0].verdict == "no_difference_shown"
    assert among[0].p_value == judge_contrasts([clear])[0].p_value
    assert among[0].corrected_p_value == 1  # 0.0306 × 40 is more than all of them


def test_two_standard_errors_are_a_twentieth() -> None:
    assert two_sided(1.959963984540054) == pytest.approx(0.05)
    assert two_sided(-1.959963984540054) == two_sided(1.959963984540054)
