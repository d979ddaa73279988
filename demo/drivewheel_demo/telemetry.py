"""Requests by minute, drawn in bulk: counts, failures and cumulative latency buckets.

Sparse: a row is one account's minute on one endpoint. Accounts ask as they use the product;
while a service fails or is slow, so do the requests made then.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, add_months, at, random_stream
from drivewheel_demo.company import Customer
from drivewheel_demo.incidents import Incident
from drivewheel_demo.rows import Delivery
from drivewheel_demo.subscriptions import Subscription
from drivewheel_demo.usage import Usage

NAMES = tuple(story.SERVICES)
Columns = tuple[np.ndarray, ...]  # account, service, minute from the first on, how bad
MINUTES_PER_DAY, LATE_MINUTES = 1440, 33 * 1440
EARLY = 270  # minutes after midnight: nobody works yet
SHAPE = 4.0  # of the log-logistic latencies: the 95th percentile is 2.1 times the median
SLOW_FACTOR, FAILING_SHARE, USUAL_FAILING_SHARE = 7.0, 0.45, 0.0008
ROWS_PER_TOUCHED = 4


def deliver_requests(
    out: Delivery,
    customers: tuple[Customer, ...],
    usage: Usage,
    incidents: list[Incident],
    subscriptions: list[Subscription],
    *,
    horizon: Horizon,
    seed: int,
    events_per_day: int,
) -> None:
    """A table of all rollups with the minute at which each can be seen."""
    first = max(0, horizon.index(first_day(horizon)))
    rng = random_stream(seed, "telemetry")
    written = horizon.index(horizon.end_on) + 1
    total = float(usage.weight[:, first:written].sum())
    if not total or not events_per_day:
        return
    rows = events_per_day * story.TELEMETRY_SHARE * (written - first) / total
    counts = rng.poisson(usage.weight[:, first:] * rows)
    account, day = np.nonzero(counts)
    repeats = counts[account, day]
    account, day = np.repeat(account, repeats), np.repeat(day, repeats)
    service = rng.choice(len(NAMES), account.size, p=[s.share for s in story.SERVICES.values()])
    of_day = np.clip(rng.normal(840, 190, account.size), 0, MINUTES_PER_DAY - 1).astype(np.int64)
    minute = day * MINUTES_PER_DAY + of_day
    account, service, minute, bad = _bad_release(
        rng, customers, usage, (account, service, minute), horizon, first
    )
    for incident in incidents:
        if not incident.is_bad_release:
            begins, ends = _minutes(incident, horizon, first)
            hit = (NAMES.index(incident.service) == service) & (begins <= minute) & (minute < ends)
            bad = np.where(hit, 2 if incident.is_outage else 1, bad)
    drawn: Columns = (account, service, minute, bad)
    if horizon.tells(story.SLOW_TRIALS):
        drawn = _slow_trials(drawn, subscriptions, horizon, first)
    order = np.lexsort(drawn[:3])
    out.bulk["telemetry.request_rollup"] = _table(
        rng,
        usage,
        tuple(column[order] for column in drawn),
        start=horizon.start + timedelta(days=first),
        left=usage.left[:, first:],
    )


def first_day(horizon: Horizon) -> date:
    """Telemetry begins with the first of so many months."""
    month = at(horizon.end_on.replace(day=1))
    return max(horizon.start, add_months(month, 1 - story.TELEMETRY_MONTHS).date())


def _minutes(incident: Incident, horizon: Horizon, first: int) -> tuple[int, int]:
    start = at(horizon.start + timedelta(days=first))
    return tuple(
        int((moment - start).total_seconds() // 60) for moment in (incident.starts, incident.ends)
    )  # type: ignore[return-value]


def _bad_release(
    rng: np.random.Generator,
    customers: tuple[Customer, ...],
    usage: Usage,
    drawn: tuple[np.ndarray, np.ndarray, np.ndarray],
    horizon: Horizon,
    first: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The named customers fail in the odd minutes of the release; all else is as usual."""
    account, service, minute = drawn
    bad = np.zeros(account.size, dtype=np.int64)
    begins = (story.BAD_RELEASE.starts - horizon.start).days - first
    if not 0 <= begins < horizon.days - first or not horizon.tells(story.BAD_RELEASE):
        return account, service, minute, bad
    start = begins * MINUTES_PER_DAY + 9 * 60
    length = story.BAD_RELEASE_HOURS * 60
    inside = (NAMES[0] == np.array(NAMES)[service]) & (minute >= start) & (minute < start + length)
    minute = np.where(inside, minute // 2 * 2, minute)
    there = usage.users[:, begins + first] > 0
    named = np.array([story.is_touched_by_bad_release(c.number) for c in customers])
    touched = np.repeat(np.flatnonzero(there & named), ROWS_PER_TOUCHED)
    when = start + 1 + 2 * rng.integers(0, length // 2 - 1, touched.size)
    return (
        np.concatenate([account, touched]),
        np.concatenate([service, np.zeros(touched.size, dtype=service.dtype)]),
        np.concatenate([minute, when]),
        np.concatenate([bad, np.full(touched.size, 2)]),
    )


def _slow_trials(
    drawn: Columns, subscriptions: list[Subscription], horizon: Horizon, first: int
) -> Columns:
    """A slow minute a day for those whom the story names, when hardly anybody else is there."""
    added = [
        (
            sub.customer_number - 1,
            NAMES.index("web"),
            day * MINUTES_PER_DAY + EARLY + number % 120,
            1,
        )
        for number, sub in enumerate(subscriptions)
        if sub.trial_end and story.is_slowed_in_trial(sub.customer_number, sub.start.date())
        for day in range(
            (sub.start.date() - horizon.start).days - first + 1,
            (sub.start.date() - horizon.start).days - first + 1 + story.SLOW_TRIAL_DAYS,
        )
        if 0 <= day < horizon.days - first
    ]
    rows = np.array(added, dtype=np.int64).reshape(-1, 4)
    return tuple(np.concatenate([column, rows[:, n]]) for n, column in enumerate(drawn))


def _table(
    rng: np.random.Generator, usage: Usage, drawn: Columns, *, start: date, left: np.ndarray
) -> pa.Table:
    account, service, minute, bad = drawn
    size = account.size
    endpoint = rng.integers(0, len(story.ENDPOINTS), size)
    # One row per service, endpoint, account and minute.
    key = ((minute * 8 + service) * 4 + endpoint) * 100_000 + account
    keep = np.sort(np.unique(key, return_index=True)[1])
    account, service, minute, bad = account[keep], service[keep], minute[keep], bad[keep]
    endpoint, size = endpoint[keep], keep.size
    requests = 20 + (60 * rng.lognormal(0, 0.6, size)).astype(np.int64)
    failing = np.where(bad == 2, FAILING_SHARE, USUAL_FAILING_SHARE)
    median = np.array([s.median_ms for s in story.SERVICES.values()])[service]
    median = median * np.exp(0.15 * rng.standard_normal(size)) * np.where(bad > 0, SLOW_FACTOR, 1)
    columns: dict[str, pa.Array] = {
        "service": pa.array(NAMES).take(pa.array(service)),
        "endpoint": pa.array(story.ENDPOINTS).take(pa.array(endpoint)),
        "account_id": pa.array(usage.accounts).take(pa.array(account)),
        "minute": _timestamps(start, minute),
        "count": pa.array(requests),
        "errors": pa.array(rng.binomial(requests, failing)),
    }
    for bound in story.LATENCY_BUCKETS_MS:
        share = 1 / (1 + (median / bound) ** SHAPE)
        columns[f"le_{bound}"] = pa.array(np.round(requests * share).astype(np.int64))
    # Where use falls requests are left out of those drawn, but for the bad ones that are told of.
    is_left = (rng.random(size) < left[account, minute // MINUTES_PER_DAY]) | (bad > 0)
    return _deliveries(rng, pa.table(columns), minute, start, is_left)


def _deliveries(
    rng: np.random.Generator,
    table: pa.Table,
    minute: np.ndarray,
    start: date,
    is_left: np.ndarray,
) -> pa.Table:
    """Some come late, some come twice; the columns that begin with _ are not written."""
    chosen = rng.permutation(table.num_rows)
    sizes = story.DIRT["late_rollups"], story.DIRT["duplicate_rollups"]
    is_late = np.zeros(table.num_rows, dtype=bool)
    is_late[chosen[: sizes[0]]] = True
    again = np.sort(chosen[sizes[0] : sum(sizes)])
    again = again[is_left[again]]
    once = np.flatnonzero(is_left)
    parts = (
        (table.take(pa.array(once)), (minute + LATE_MINUTES * is_late)[once], is_late[once], False),
        (
            table.take(pa.array(again)),
            minute[again] + LATE_MINUTES,
            np.zeros(again.size, bool),
            True,
        ),
    )
    return pa.concat_tables(
        [
            part.append_column("_seen_at", _timestamps(start, seen))
            .append_column("_late_rollups", pa.array(late))
            .append_column("_duplicate_rollups", pa.array(np.full(seen.size, repeated)))
            for part, seen, late, repeated in parts
        ]
    )


def _timestamps(start: date, minute: np.ndarray) -> pa.Array:
    micros = int(np.datetime64(at(start), "us").astype(np.int64)) + minute * 60_000_000
    return pa.array(micros).cast(pa.timestamp("us"))
