"""The discount rate of a company: what lifetime value is worth today."""

from __future__ import annotations

import duckdb
import pytest
from jinja2 import Environment

from orchestration.company.profile import Profile
from orchestration.files import read_yaml
from orchestration.settings import PROJECT_DIR

METRICS = PROJECT_DIR / "dbt_project/models/marts/cost_efficiency/_cost_efficiency__metrics.yml"


def lifetime_value(rate: str, *, opening: int, churned: int) -> float | None:
    """LTV of one customer with a margin of 100 a month, by the metric's own formula."""
    [ltv] = [metric for metric in read_yaml(METRICS)["metrics"] if metric["name"] == "ltv"]
    template = Environment().from_string(ltv["expr"])  # noqa: S701 - SQL is not escaped
    expression = template.render(env_var=lambda _, otherwise: rate or otherwise, var=lambda _: 0)
    columns = f"100.0 as margin, 1 as customers, {opening} as opening, {churned} as churned"
    with duckdb.connect() as connection:
        [(value,)] = connection.execute(f"select {expression} from (select {columns})").fetchall()
    return None if value is None else float(value)


def test_what_a_company_says_reaches_the_formula() -> None:
    assert Profile(discount_rate=0.12).variables()["DRIVEWHEEL_DISCOUNT_RATE"] == "0.12"
    assert Profile().variables()["DRIVEWHEEL_DISCOUNT_RATE"] == ""


@pytest.mark.parametrize(
    ("rate", "opening", "churned", "value"),
    [
        # Half leave in a month: two months.
        ("", 100, 50, 200.0),
        ("0", 100, 50, 200.0),
        # 1.12^(-1/12) = 0.990600.
        ("0.12", 100, 50, 199.0600),
        # Nobody leaves: 60 months, today (1 - 1.12^-5) / (1 - 0.990600) = 0.432573 / 0.0093996.
        ("", 100, 0, 6000.0),
        ("0.12", 100, 0, 4602.03),
    ],
)
def test_months_to_come_are_worth_less_today(
    rate: str, opening: int, churned: int, value: float
) -> None:
    assert lifetime_value(rate, opening=opening, churned=churned) == pytest.approx(value, rel=2e-5)


def test_without_an_opening_nothing_is_known() -> None:
    assert lifetime_value("0.12", opening=0, churned=0) is None
