"""Latency, errors and whom they touched recomputed: rollup by rollup, minute by minute."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from tests.oracles.book import Customer
from tests.oracles.build import build_customers
from tests.oracles.catalogue import FIRST_OF_PERIOD, Company, Values
from tests.oracles.life import Life
from tests.oracles.operations import Operations, by_service, reach_of
from tests.oracles.rates import Rates, read_fx, read_minor_units
from tests.oracles.results import month_of
from tests.oracles.tally import DAILY, Dated, answer, last_days
from tests.oracles.whois import Whois

METRICS = (
    "api_latency_p50_ms",
    "api_latency_p95_ms",
    "api_latency_p99_ms",
    "api_error_rate",
    "slow_minutes",
    "affected_customers",
    "affected_arr",
    "lost_conversions",
)
BOUNDS = (25, 50, 100, 250, 500, 1000, 2500, 5000)
FAILING_SHARE, WINDOW, MATURITY_DAYS = Fraction(5, 100), timedelta(days=60), 60
DAY = timedelta(days=1)
Row = dict[str, Any]


@dataclass(frozen=True)
class Trial:
    """Days in trial before the first payment, the last one excluded."""

    starts: date
    ends: date
    has_converted: bool


def recompute(company: Company) -> Values:
    """Every metric of telemetry, for the total and by service."""
    reach = reach_of(company, "telemetry")
    rollups = [
        row
        for row in company.landing.newest("telemetry.request_rollup")
        if row["minute"].date() <= company.as_of
    ]
    rows: list[Dated] = [(r["minute"].date(), by_service(r["service"]), r) for r in rollups]
    found: Values = {}
    for metric, finish in (
        ("api_latency_p50_ms", lambda rs: percentile(rs, 50)),
        ("api_latency_p95_ms", lambda rs: percentile(rs, 95)),
        ("api_latency_p99_ms", lambda rs: percentile(rs, 99)),
        ("api_error_rate", lambda rs: _total(rs, "errors") / _total(rs, "count")),
    ):
        found |= answer(company, metric, rows, finish, grains=DAILY, reach=reach)
    bad = _bad_minutes(company, rollups)
    slow = [
        (minute.date(), by_service(service), 1)
        for (service, minute), is_slow in bad.items()
        if is_slow
    ]
    every = [(date.min, by_service(service), 0) for service in Operations(company).services]
    found |= answer(
        company, "slow_minutes", slow + every, sum, grains=DAILY, reach=reach, is_dense=True
    )
    return found | _touched(company, rollups, bad)


def _total(rows: list[Row], column: str) -> int:
    return sum(row[column] for row in rows)


def percentile(rows: list[Row], rank: int) -> float | None:
    """Linear within the bucket in which the rank is reached; exact, as limits are met exactly."""
    wanted = Fraction(rank, 100) * _total(rows, "count")
    lower, below = 0, 0
    for bound in BOUNDS:
        within = _total(rows, f"le_{bound}")
        if within >= wanted:
            return float(lower + (bound - lower) * (wanted - below) / (within - below))
        lower, below = bound, within
    return float(BOUNDS[-1])


def _bad_minutes(company: Company, rollups: list[Row]) -> dict[tuple[str, datetime], bool]:
    """Service and minute, and whether it was slow (else it was only failing)."""
    slo = {row["service"]: float(row["latency_slo_ms"]) for row in company.seed("service_levels")}
    minutes = defaultdict(list)
    for row in rollups:
        minutes[row["service"], row["minute"]].append(row)
    found = {}
    for (service, minute), rows in minutes.items():
        latency = percentile(rows, 95)
        is_slow = latency is not None and latency > slo.get(service, float("inf"))
        if is_slow or _total(rows, "errors") >= FAILING_SHARE * _total(rows, "count"):
            found[service, minute] = is_slow
    return found


def _touched(company: Company, rollups: list[Row], bad: dict[tuple[str, datetime], bool]) -> Values:
    whois = Whois(company)
    known = {account: whois.find(account, ()) for account in {r["account_id"] for r in rollups}}
    touches = {
        (known[row["account_id"]], row["service"], row["minute"].date())
        for row in rollups
        if (row["service"], row["minute"]) in bad and known[row["account_id"]]
    }
    lives = Lives(company)
    rows = [(day, by_service(service), (customer, day)) for customer, service, day in touches]
    found = answer(
        company,
        "affected_customers",
        rows,
        lambda items: len({c for c, _ in items}),
        grains=DAILY,
        reach=reach_of(company, "telemetry"),
        is_dense=True,
    )
    found |= answer(
        company,
        "affected_arr",
        rows,
        lives.arr,
        grains=DAILY,
        is_dense=True,
        reach=reach_of(company, "telemetry", "billing"),
    )
    return found | _lost(company, rows, lives.trials())


def _lost(company: Company, rows: list[Dated], trials: dict[str, Trial]) -> Values:
    reach = reach_of(company, "telemetry", "billing")
    days: dict[tuple[str, date, str, str], set[tuple[str, date]]] = defaultdict(set)
    for day, slices, item in rows:
        for grain in DAILY:
            for dimension, value in slices:
                days[grain, FIRST_OF_PERIOD[grain](day), dimension, value].add(item)
    slices = {("total", "total"), *((key[2], key[3]) for key in days)}
    found: Values = {}
    for grain, start, last in last_days(company, DAILY):
        for slice_ in slices:
            here = {name: t for name, t in trials.items() if t.starts <= last and t.ends > start}
            touched = {
                customer
                for customer, day in days.get((grain, start, *slice_), ())
                if customer in here and here[customer].starts <= day < here[customer].ends
            }
            others = [t.has_converted for name, t in here.items() if name not in touched]
            came = sum(here[name].has_converted for name in touched)
            lost = len(touched) * sum(others) / len(others) - came if others else 0.0
            has = reach.has(grain, start, MATURITY_DAYS)
            found["lost_conversions", grain, start, *slice_] = lost if has else None
    return found


class Lives:
    """What customers held, and paid for it."""

    def __init__(self, company: Company) -> None:
        self.as_of = company.as_of
        self.rates = Rates(read_fx(company.seeds / "fx_rates.csv"), "usd")
        self.customers: dict[str, Customer] = build_customers(
            company.landing,
            reporting_currency="usd",
            minor_units=read_minor_units(company.seeds / "currencies.csv"),
        )

    def arr(self, touches: list[tuple[str, date]]) -> float:
        """Twelve times what the customers paid on the day before they were first touched."""
        first: dict[str, date] = {}
        for customer, day in touches:
            first[customer] = min(day, first.get(customer, day))
        total = Fraction(0)
        for customer, day in first.items():
            if customer in self.customers:
                for holding in self.customers[customer].on(day - DAY).values():
                    rate = self.rates.opening(holding.currency, month_of(day))
                    total += holding.net_mrr * rate if holding.pays else 0
        return float(12 * total)

    def trials(self) -> dict[str, Trial]:
        """The trial of every customer that had one before it ever paid."""
        found = {}
        for name, customer in self.customers.items():
            life = Life(customer, self.rates, self.as_of)
            paid = min(
                (m.occurred_on for m in life.movements if m.movement_type == "new"),
                default=date.max,
            )
            spans = [
                (day, after)
                for day, after in zip(life.days, [*life.days[1:], date.max], strict=True)
                if day < paid and any(h.state == "trialing" for h in life.held[day].values())
            ]
            if spans:
                starts = min(day for day, _ in spans)
                found[name] = Trial(starts, max(end for _, end in spans), paid <= starts + WINDOW)
        return found
