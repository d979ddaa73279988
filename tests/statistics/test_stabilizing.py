"""The scale on which a series is judged, and back again."""

from __future__ import annotations

import numpy as np
import pytest

from orchestration.statistics.stabilizing import FORMS, Form, choose_form


@pytest.mark.parametrize(
    ("values", "kind", "form"),
    [
        ([0.2, 0.4], "share", "share"),
        ([0, 3, 5], "count", "count_root"),
        ([20, 40, 45], "count", "count_logarithm"),
        ([2, 9, 11], "count", "count_root"),
        ([-1, 3], "count", "plain"),
        ([10.0, 2000.0], "amount", "logarithm"),
        ([0.0, 2000.0], "amount", "root"),
        ([-5.0, 2000.0], "amount", "plain"),
        ([0.5, 0.7], "plain", "plain"),
    ],
)
def test_a_series_has_the_scale_of_what_it_is(values: list[float], kind: str, form: str) -> None:
    assert choose_form(np.array(values, float), kind) == form


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_scale_leads_back(form: Form) -> None:
    values = np.array([[0.25, 3.0, 120.0]])
    assert form.back(form.there(values)) == pytest.approx(values)


def test_what_lies_below_nothing_is_nothing() -> None:
    for name in ("root", "count_root"):
        assert FORMS[name].back(np.array([-3.0])).tolist() == [0.0]


def test_a_share_of_more_cases_is_off_by_less() -> None:
    """40 of 100 and 10 of 25: p = 50.5 ÷ 126, √(p (1 - p) ÷ n); a period without cases has none."""
    scales = FORMS["share"].scales
    assert scales
    found = scales(np.array([[0.4, 0.4, np.nan]]), np.array([[100.0, 25.0, 0.0]]))
    share = 50.5 / 126
    assert found[0, :2] == pytest.approx(
        [np.sqrt(share * (1 - share) / 100), np.sqrt(share * (1 - share) / 25)]
    )
    assert found[0, 2] == 1


def test_a_count_is_off_by_its_root() -> None:
    """By √100 of 100, which is a tenth: 0.1 of its logarithm."""
    scales = FORMS["count_logarithm"].scales
    assert scales
    assert scales(np.array([[100.0]]), np.array([[0.0]]))[0, 0] == pytest.approx(0.1)
