"""The warehouse against the oracle: every month, movement and metric, to a cent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from tests.oracles.landing import BILLING
from tests.oracles.mrr import Metrics, Month, Result, compute, read_landing
from tests.oracles.rates import read_fx, read_minor_units
from tests.tables import tables_dir

SEEDS = tables_dir()
CENT = Decimal("0.01")
RATE = Decimal("0.000001")
# The oracle's name of a column, where the warehouse's has more to say.
MONTH_COLUMNS = {
    "opening_mrr": "opening_mrr",
    "closing_mrr": "closing_mrr",
    "opening_list_mrr": "opening_list_mrr",
    "closing_list_mrr": "closing_list_mrr",
    "new": "new_mrr",
    "expansion": "expansion_mrr",
    "contraction": "contraction_mrr",
    "churned": "churned_mrr",
    "reactivation": "reactivation_mrr",
    "fx": "fx_mrr",
    "interruption_count": "interruption_count",
    "opening_mrr_12m": "opening_mrr_12m",
    "retained_mrr_12m": "retained_mrr_12m",
}
# Customers of a source that the oracle does not read are worked out by hand.
ITS_OWN = (
    "where customer_id not in (select customer_id from intermediate.int_billing__customers "
    f"where source_name not in {BILLING})"
)
METRIC_IDS = {
    "mrr": "mrr",
    "arr": "arr",
    "net_new_arr": "net_new_arr",
    "nrr": "nrr",
    "grr": "grr",
    "logo_churn": "logo_churn_rate",
}
RATES = ("nrr", "grr", "logo_churn")


@dataclass(frozen=True)
class Difference:
    """One amount on which the two do not agree; `None` is a row that one of them lacks."""

    customer_id: str
    what: str
    warehouse: object
    oracle: object


@dataclass
class Agreement:
    """How many amounts were compared, by how much they differ at most, and which too much."""

    compared: int = 0
    largest: Decimal = Decimal(0)
    differences: list[Difference] = field(default_factory=list)

    def compare(
        self, customer_id: str, what: str, warehouse: Any, oracle: Any, tolerance: Decimal = CENT
    ) -> None:
        """Take one amount into account."""
        self.compared += 1
        if warehouse is None or oracle is None:
            if warehouse is not oracle:
                self.differences.append(Difference(customer_id, what, warehouse, oracle))
            return
        distance = abs(Decimal(warehouse) - Decimal(oracle))
        self.largest = max(self.largest, distance)
        if distance > tolerance:
            self.differences.append(Difference(customer_id, what, warehouse, oracle))


def ask_oracle(landing: Path, as_of: date) -> Result:
    """What the oracle makes of a landing folder with the project's own rates."""
    return compute(
        read_landing(landing),
        as_of=as_of,
        fx=read_fx(SEEDS / "fx_rates.csv"),
        minor_units=read_minor_units(SEEDS / "currencies.csv"),
    )


def compare_months(connection: duckdb.DuckDBPyConnection, oracle: Result) -> Agreement:
    """Every column of every customer's months; a month that one side lacks is a difference."""
    agreement = Agreement()
    columns = ", ".join(MONTH_COLUMNS.values())
    found = _by_key(
        connection,
        f"select customer_id, month_start, {columns} from revenue_velocity.fct_customer_months "
        f"{ITS_OWN}",
        keys=2,
    )
    expected = {
        (month.customer_id, month.month_start): tuple(_amounts(month)) for month in oracle.months
    }
    for customer, month in sorted(found.keys() | expected.keys()):
        here, there = found.get((customer, month)), expected.get((customer, month))
        if here is None or there is None:
            agreement.compare(customer, f"month {month:%Y-%m}", here, there)
            continue
        if here == there:
            # Most of a hundred thousand amounts, of which nothing need be told one by one.
            agreement.compared += len(here)
            continue
        for column, ours, theirs in zip(MONTH_COLUMNS.values(), here, there, strict=True):
            agreement.compare(customer, f"{column} of {month:%Y-%m}", ours, theirs)
    return agreement


def _amounts(month: Month) -> Iterator[Decimal | int]:
    for column in MONTH_COLUMNS:
        yield getattr(month, column)


def compare_movements(connection: duckdb.DuckDBPyConnection, oracle: Result) -> Agreement:
    """Amount and local amount by customer, day, class, reason and currency; absent ones are 0."""
    agreement = Agreement()
    found = _by_key(
        connection,
        "select customer_id, occurred_on, movement_type, movement_reason, currency, mrr_change, "
        f"mrr_change_local from revenue_velocity.fct_mrr_movements {ITS_OWN}",
        keys=5,
    )
    expected = {
        (m.customer_id, m.occurred_on, m.movement_type, m.movement_reason, m.currency): (
            m.mrr_change,
            m.mrr_change_local,
        )
        for m in oracle.movements
    }
    for key in sorted(found.keys() | expected.keys()):
        what = " ".join(str(part) for part in key[1:])
        for name, ours, theirs in zip(
            ("amount", "local amount"),
            found.get(key, (0, 0)),
            expected.get(key, (0, 0)),
            strict=True,
        ):
            agreement.compare(key[0], f"{name} of {what}", ours, theirs)
    return agreement


def compare_metrics(
    connection: duckdb.DuckDBPyConnection, metrics: Iterable[tuple[date, Metrics]]
) -> Agreement:
    """The company's metrics of every month; money to a cent, rates to a millionth."""
    agreement = Agreement()
    found = _by_key(
        connection,
        "select metric_id, period_start, value from governance.metric_values "
        "where grain = 'month' and dimension = 'total'",
        keys=2,
    )
    for month, values in metrics:
        for name, metric_id in METRIC_IDS.items():
            (value,) = found.get((metric_id, month), (None,))
            agreement.compare(
                "",
                f"{metric_id} of {month:%Y-%m}",
                value,
                getattr(values, name),
                RATE if name in RATES else CENT,
            )
    return agreement


def _by_key(
    connection: duckdb.DuckDBPyConnection, query: str, *, keys: int
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    return {row[:keys]: row[keys:] for row in connection.execute(query).fetchall()}
