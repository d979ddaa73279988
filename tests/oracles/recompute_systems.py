"""Availability and incidents recomputed: minute spans, service by service."""

from __future__ import annotations

from datetime import date, datetime, time

from tests.oracles.catalogue import Company, Values, last_day
from tests.oracles.operations import (
    DAY,
    Operations,
    by_service,
    half_arrived,
    overlap_minutes,
    reach_of,
)
from tests.oracles.tally import DAILY, WEEKLY, Reach, answer

METRICS = (
    "availability",
    "error_budget_remaining",
    "incidents",
    "time_to_acknowledge_minutes",
    "time_to_restore_hours",
    "vendor_caused_outage_minutes",
)


def recompute(company: Company) -> Values:
    """Every metric of incidents, for the total and by service or vendor."""
    operations, reach = Operations(company), reach_of(company, "incidents")
    found = _minutes(company, operations, reach) | _vendors(company, operations)
    for metric, rows, finish in (
        (
            "incidents",
            [(i.opened.date(), by_service(i.service), 1) for i in operations.incidents]
            + [(date.min, by_service(s), 0) for s in operations.services],
            sum,
        ),
        (
            "time_to_restore_hours",
            [
                (
                    i.opened.date(),
                    by_service(i.service),
                    ((i.end - i.opened).total_seconds() / 3600, i.restored is not None),
                )
                for i in operations.incidents
            ],
            half_arrived,
        ),
        (
            "time_to_acknowledge_minutes",
            [
                (
                    i.opened.date(),
                    by_service(i.service),
                    (
                        ((i.acknowledged or i.end) - i.opened).total_seconds() / 60,
                        i.acknowledged is not None,
                    ),
                )
                for i in operations.incidents
            ],
            half_arrived,
        ),
    ):
        found |= answer(
            company, metric, rows, finish, grains=DAILY, reach=reach, is_dense=metric == "incidents"
        )
    return found


def _minutes(company: Company, operations: Operations, reach: Reach) -> Values:
    found: Values = {}
    levels = {
        row["service"]: float(row["availability_slo"]) for row in company.seed("service_levels")
    }
    for grain in DAILY:
        for start in company.periods(grain):
            last = min(last_day(grain, start), company.as_of)
            total = [0.0, 0.0, 0.0, 0.0]
            for service in sorted(operations.services):
                parts = _parts(operations, service, (start, last), levels.get(service))
                total = [a + b for a, b in zip(total, parts, strict=True)]
                _put(found, reach, (grain, start, "service", service), parts)
            _put(found, reach, (grain, start, "total", "total"), total)
    return found


def _parts(
    operations: Operations, service: str, days: tuple[date, date], slo: float | None
) -> list[float]:
    """Watched minutes, those of outage, allowed ones, and those of outage that count on them."""
    first = max(days[0], operations.watched_from.get(service, date.max))
    if first > days[1]:
        return [0.0, 0.0, 0.0, 0.0]
    begin, end = datetime.combine(first, time()), datetime.combine(days[1] + DAY, time())
    minutes = (end - begin).total_seconds() / 60
    down = overlap_minutes(operations.outages(service), begin, end)
    return [minutes, down, (1 - slo) * minutes if slo else 0.0, down if slo else 0.0]


def _put(found: Values, reach: Reach, key: tuple[str, date, str, str], parts: list[float]) -> None:
    minutes, down, allowed, counted = parts
    has = reach.has(key[0], key[1])
    found["availability", *key] = 1 - down / minutes if has and minutes else None
    left = 1 - counted / allowed if has and allowed else None
    found["error_budget_remaining", *key] = left


def _vendors(company: Company, operations: Operations) -> Values:
    known = {row["id"] for row in operations.living("vendors.vendor")}
    reach, found = reach_of(company, "incidents", "vendors"), {}
    causes = {(i.service, i.vendor_id) for i in operations.incidents if i.vendor_id}
    spans = [
        (vendor if vendor in known else "unknown", operations.outages(service, vendor))
        for service, vendor in causes
    ]
    for grain in WEEKLY:
        for start in company.periods(grain):
            begin = datetime.combine(start, time())
            end = datetime.combine(min(last_day(grain, start), company.as_of) + DAY, time())
            has = reach.has(grain, start)
            for name in (*known, "unknown", None):
                minutes = sum(
                    overlap_minutes(stretches, begin, end)
                    for vendor, stretches in spans
                    if name in (vendor, None)
                )
                slice_ = ("vendor", name) if name else ("total", "total")
                found["vendor_caused_outage_minutes", grain, start, *slice_] = (
                    minutes if has else None
                )
    return found
