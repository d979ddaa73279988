"""The smallest customer of some: whose landing rows are fewest, and which they are."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

Rows = dict[str, list[dict[str, str]]]
# Rows of these say whose they are by one of these columns; the first that has a value counts.
OWNERS = ("customer_id", "property_stripe_customer_id")
# Found through a row that is a customer's: column there, object, column here.
REFERENCES = (
    ("invoice_id", "stripe.invoice", "id"),
    ("price_id", "stripe.price", "id"),
    ("plan_id", "stripe.plan", "id"),
    ("coupon_id", "stripe.coupon", "id"),
)


class LandedRows:
    """The rows of a landing folder's CSV files, by customer."""

    def __init__(self, landing: Path) -> None:
        self.objects: Rows = defaultdict(list)
        for path in sorted(landing.glob("*/*/*.csv")):
            with path.open(newline="") as file:
                name = f"{path.parent.parent.name}.{path.parent.name}"
                self.objects[name] += [
                    {column: value for column, value in row.items() if value}
                    for row in csv.DictReader(file)
                ]
        self.owner_of: dict[str, str] = {
            row["id"]: row["customer_id"] for row in self.objects["stripe.subscription"]
        }
        self.own: dict[str, Rows] = defaultdict(lambda: defaultdict(list))
        for name, rows in self.objects.items():
            for row in rows:
                if owner := self._owner(name, row):
                    self.own[owner][name].append(row)

    def _owner(self, name: str, row: dict[str, str]) -> str | None:
        for column in OWNERS:
            if column in row:
                return row[column]
        if name == "stripe.customer":
            return row["id"]
        return self.owner_of.get(row.get("subscription_id", ""))

    def count(self, customer_id: str) -> int:
        """How many rows are a customer's own."""
        return sum(len(rows) for rows in self.own[customer_id].values())

    def smallest(self, customers: Iterable[str]) -> str:
        """The customer with the fewest rows of its own."""
        return min(set(customers), key=lambda key: (self.count(key), key))

    def of(self, customer_id: str) -> Rows:
        """A customer's own rows, and those that they refer to."""
        found: Rows = {name: list(rows) for name, rows in self.own[customer_id].items()}
        for column, name, key in REFERENCES:
            named = {row[column] for rows in found.values() for row in rows if column in row}
            rows = [row for row in self.objects[name] if row[key] in named]
            if rows:
                found[name] = rows
        return found

    def describe(self, customer_id: str) -> str:
        """The rows, one per line, below the objects."""
        lines = [f"{customer_id}: {self.count(customer_id)} rows of its own"]
        for name, rows in sorted(self.of(customer_id).items()):
            lines.append(f"  {name}")
            lines += [f"    {_brief(row)}" for row in rows]
        return "\n".join(lines)


def _brief(row: dict[str, str]) -> str:
    return " ".join(f"{column}={value}" for column, value in row.items())
