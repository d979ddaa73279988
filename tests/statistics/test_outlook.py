"""The outlook on simulated customers: it finds a cause, and neither the future nor chance."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from orchestration.statistics import outlook
from orchestration.statistics.hazards import Regression, expit, fit_logistic
from orchestration.statistics.outlook import Foretold, Known, Readout, foretell, read_out

MONTH, MONTHS, CUSTOMERS = 30, 24, 500
NEVER = 10**6


def company(*, effect: float) -> Known:
    """Customers whose use decides on their leaving by `effect` logits a standard deviation."""
    draw = np.random.default_rng(11)
    use = draw.normal(size=CUSTOMERS)
    rows: list[tuple[int, int, float, float, int]] = []
    for customer in range(CUSTOMERS):
        begins = int(draw.integers(0, MONTHS // 2))
        leaves = NEVER
        for month in range(begins, MONTHS):
            if draw.random() < expit(np.array(-3.4 - effect * use[customer])):
                leaves = MONTH * month + int(draw.integers(1, MONTH))
                break
        for month in range(begins, MONTHS):
            if MONTH * month < leaves:
                shown = use[customer] + 0.3 * draw.normal()
                rows.append((customer, MONTH * month, shown, draw.normal(), leaves))
    customers, days, shown, noise, leaves_on = (
        np.array(column) for column in zip(*rows, strict=True)
    )
    as_of = int(days.max())
    never = np.full(len(days), NEVER)
    return Known(
        customers=customers,
        days=days,
        segments=customers % 2,
        is_month_end=np.ones(len(days), bool),
        is_today=days == as_of,
        as_of=as_of,
        values=np.column_stack([shown, noise]),
        names=("use", "noise"),
        next_on={"churn": leaves_on, "downgrade": never, "expansion": never},
    )


def churn(known: Known) -> dict[tuple[int, int | None], Foretold]:
    return {(told.horizon, told.fold): told for told in foretell(known) if told.outcome == "churn"}


def read(known: Known, horizon: int) -> Readout:
    """All folds of a horizon together, of days that are over."""
    told = [
        part
        for (days, fold), part in churn(known).items()
        if days == horizon and fold is not None and part.is_modelled
    ]
    rows = np.concatenate([part.rows for part in told])
    is_over = known.days[rows] + horizon <= known.as_of
    came = known.next_on["churn"][rows] <= known.days[rows] + horizon
    return read_out(
        np.concatenate([part.probability for part in told])[is_over],
        np.concatenate([part.base_rate for part in told])[is_over],
        came[is_over].astype(float),
        customers=known.customers[rows][is_over],
        folds=np.repeat([part.fold or 0 for part in told], [len(part.rows) for part in told])[
            is_over
        ],
    )


@pytest.mark.parametrize("horizon", [30, 90, 180])
def test_a_cause_gives_skill_and_is_the_reason(horizon: int) -> None:
    known = company(effect=1.0)
    readout = read(known, horizon)
    assert readout.verdict == "skilled"
    assert (readout.auc or 0) > 0.65
    today = churn(known)[horizon, None]
    likeliest = int(today.probability.argmax())
    assert today.reasons[likeliest][0] == "use"
    assert today.lower is not None and today.upper is not None
    assert (today.lower <= today.probability).all()
    assert (today.probability <= today.upper).all()


@pytest.mark.parametrize("horizon", [30, 90, 180])
def test_without_a_cause_there_is_no_skill(horizon: int) -> None:
    assert read(company(effect=0.0), horizon).verdict == "no_skill"


def test_outcomes_of_others_give_no_skill() -> None:
    """What came is dealt anew among the customers of each month: nothing can foretell it."""
    known = company(effect=1.0)
    draw = np.random.default_rng(17)
    after = known.next_on["churn"] - known.days
    for day in np.unique(known.days):
        of_day = np.flatnonzero(known.days == day)
        after[of_day] = after[draw.permutation(of_day)]
    dealt = replace(known, next_on={**known.next_on, "churn": known.days + after})
    for horizon in (30, 90, 180):
        assert read(dealt, horizon).verdict == "no_skill"


def test_what_comes_after_a_fold_begins_is_not_known_in_it() -> None:
    """Whoever leaves later than the fold's first day, leaves half a year later still: the same."""
    known = company(effect=1.0)
    folds = sorted({fold for _, fold in churn(known) if fold is not None})
    for fold in folds[1::2]:
        left = known.next_on["churn"]
        later = replace(
            known, next_on={**known.next_on, "churn": np.where(left > fold, left + 180, left)}
        )
        for horizon in (30, 90, 180):
            then, now = churn(known)[horizon, fold], churn(later)[horizon, fold]
            assert (then.probability == now.probability).all()
            assert (then.base_rate == now.base_rate).all()


def test_what_comes_after_today_is_not_known_today() -> None:
    known = company(effect=1.0)
    left = known.next_on["churn"]
    later = replace(
        known, next_on={**known.next_on, "churn": np.where(left > known.as_of, NEVER, left)}
    )
    for horizon in (30, 90, 180):
        then, now = churn(known)[horizon, None], churn(later)[horizon, None]
        assert (then.probability == now.probability).all()


def test_a_longer_while_is_never_less_probable() -> None:
    told = churn(company(effect=1.0))
    for shorter, longer in itertools.pairwise((30, 90, 180)):
        assert (told[shorter, None].probability <= told[longer, None].probability).all()


def test_what_hardly_ever_came_is_told_by_its_rate() -> None:
    """Nobody ever paid less: no model, and a probability that nobody needs to fear."""
    told = [part for part in foretell(company(effect=1.0)) if part.outcome == "downgrade"]
    assert told
    assert not any(part.is_modelled for part in told)
    assert all((part.probability == 0).all() for part in told)


def test_a_year_comes_before_what_is_foretold() -> None:
    folds = [fold for _, fold in churn(company(effect=1.0)) if fold is not None]
    assert min(folds) == 12 * MONTH


def test_an_outcome_that_is_told_of_three_times_weighs_as_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A loss lies in the stretch of 30 days of one month end, of 60 of two, of 90 of three.

    The logarithm of a likelihood that is three times as large is held as far by a prior whose
    variance is a third.
    """
    priors = []

    def fit(*arguments: Any, prior: float) -> Regression:
        priors.append(prior)
        return fit_logistic(*arguments, prior=prior)

    monkeypatch.setattr(outlook, "fit_logistic", fit)
    churn(company(effect=1.0))
    assert {round(1 / prior**2) for prior in priors} == {100, 200, 300}
    draw = np.random.default_rng(3)
    use, came = draw.normal(size=(200, 1)), (draw.random(200) < 0.3).astype(float)
    once = fit_logistic(use, came, np.arange(200), prior=0.1)
    thrice = fit_logistic(
        np.tile(use, (3, 1)), np.tile(came, 3), np.tile(np.arange(200), 3), prior=0.1 / 3**0.5
    )
    assert thrice.effects[1] == pytest.approx(once.effects[1], rel=1e-4)


def test_skill_is_counted_as_brier_did() -> None:
    """0.2, 0.6 for what did not come and came: (0.04 + 0.16) ÷ 2 against (0.25 + 0.25) ÷ 2."""
    readout = read_out(
        np.array([0.2, 0.6]),
        np.array([0.5, 0.5]),
        np.array([0.0, 1.0]),
        customers=np.array([0, 1]),
        folds=np.zeros(2),
    )
    assert readout.brier == pytest.approx(0.1)
    assert readout.skill == pytest.approx(1 - 0.1 / 0.25)
    # The gains are 0.21 and 0.09: 0.15 on average, with an error of √(2 × 0.06²) ÷ 2.
    error = np.sqrt(2 * 0.06**2) / 2
    assert readout.skill_lower == pytest.approx((0.15 - 1.6448536 * error) / 0.25)
    assert readout.lift == 2
    assert readout.verdict == "too_few"
