"""Product events, drawn in bulk month by month as columns; one row is one delivery of an event."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, at, first_of_month, random_stream
from drivewheel_demo.product import Users
from drivewheel_demo.usage import Usage

EVENTS = (*story.VALUE_EVENTS, *story.OTHER_EVENTS)
LATE_DAYS = 31
MICROS_PER_DAY = 86_400_000_000


@dataclass
class EventSource:
    """Draws months of events; the same month always comes out the same."""

    usage: Usage
    users: Users
    horizon: Horizon
    seed: int
    per_day: int
    added: Callable[[date], pa.Table]
    expected: np.ndarray = field(init=False)
    mix: np.ndarray = field(init=False)
    adopted_on: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        """What does not depend on the month: expected counts, and each account's features."""
        rng = random_stream(self.seed, "features")
        count, kinds = len(self.usage.accounts), len(story.VALUE_EVENTS)
        written = self.horizon.index(self.horizon.end_on) + 1
        total = float(self.usage.weight[:, :written].sum())
        self.expected = self.usage.weight * (self.per_day * written / total if total else 0.0)
        shares = np.array(list(story.VALUE_EVENTS.values()))
        weights = shares * rng.gamma(2.0, 1.0, (count, kinds))
        self.mix = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
        delay = (rng.exponential(60, (count, kinds)) * np.arange(kinds)).astype(int)
        never = rng.random((count, kinds)) < 0.06 * np.arange(kinds)
        delay = np.where(never, 10_000, delay)
        self.adopted_on = self.usage.first_value[:, None] + delay

    def months(self, *, received_from: date, received_to: date) -> Iterator[tuple[date, pa.Table]]:
        """Deliveries by the month in which they were received, both days included."""
        first = first_of_month(received_from.year, received_from.month - 2)
        late: list[pa.Table] = []
        for month in self.horizon.months():
            if month < first or month > received_to:
                continue
            drawn = self._draw(month)
            table = pa.concat_tables([drawn, self.added(month), *late])
            after = _micros(first_of_month(month.year, month.month + 1))
            received = table["received_at"].cast(pa.int64()).to_numpy()
            late = [table.filter(pa.array(received >= after))]
            lower = max(_micros(month), _micros(received_from))
            upper = min(after, _micros(received_to + timedelta(days=1)))
            inside = table.filter(pa.array((received >= lower) & (received < upper)))
            if month >= first_of_month(received_from.year, received_from.month):
                yield month, inside.sort_by([("received_at", "ascending"), ("id", "ascending")])

    def _draw(self, month: date) -> pa.Table:
        rng = random_stream(self.seed, "events", month.year * 100 + month.month)
        first = self.horizon.index(month)
        last = self.horizon.index(first_of_month(month.year, month.month + 1))
        counts = rng.poisson(self.expected[:, first:last])
        account, offset = np.nonzero(counts)
        repeats = counts[account, offset]
        account, day = np.repeat(account, repeats), np.repeat(offset + first, repeats)
        kind = self._kinds(rng, account, day)
        reached, days = self._first_values(first, last)
        account, day = np.concatenate([account, reached]), np.concatenate([day, days])
        kind = np.concatenate([kind, reached % len(story.FIRST_VALUE_EVENTS)])
        slot = self.usage.users[account, day] * rng.random(account.size) ** 1.6
        user = self.users.offset[account] + slot.astype(np.int64)
        hour = np.clip(rng.normal(14, 3.2, account.size), 0, 23.99)
        moment = _micros(self.horizon.start) + day * MICROS_PER_DAY + (hour * 3.6e9).astype(int)
        received = moment + (rng.exponential(4, account.size) * 1e6).astype(int) + 200_000
        # Where use falls events are left out of those drawn: all others stay as they are.
        left = rng.random(account.size) < self.usage.left[account, day]
        left[left.size - reached.size :] = True
        return self._table(rng, month, (account, user, kind, moment, received), left)

    def _kinds(self, rng: np.random.Generator, account: np.ndarray, day: np.ndarray) -> np.ndarray:
        """A value event where the account has adopted its feature by then, else a plain one."""
        values = len(story.VALUE_EVENTS)
        draw = rng.random(account.size)
        kind = np.minimum((draw[:, None] > self.mix[account]).sum(axis=1), values - 1)
        plain = (rng.random(account.size) < 0.3) | (day < self.adopted_on[account, kind])
        return np.where(plain, values + (rng.random(account.size) < 0.35), kind)

    def _first_values(self, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
        """The event by which each account first gets value, on its day, if it is still there."""
        day = self.usage.first_value
        inside = np.flatnonzero((day >= first) & (day < last))
        inside = inside[self.usage.users[inside, day[inside]] > 0]
        return inside, day[inside]

    def _table(
        self,
        rng: np.random.Generator,
        month: date,
        drawn: tuple[np.ndarray, ...],
        left: np.ndarray,
    ) -> pa.Table:
        account, user, kind, moment, received = drawn
        size = account.size
        sequence = pa.array(np.arange(size)).cast(pa.string())
        table = pa.table(
            {
                "id": pc.binary_join_element_wise(
                    f"evt_{month:%Y%m}", pc.utf8_lpad(sequence, 8, "0"), "_"
                ),
                "event": pa.array(EVENTS).take(pa.array(kind)),
                "user_id": pa.array(self.users.ids, pa.string()).take(pa.array(user)),
                "group_id": pa.array(self.usage.accounts).take(pa.array(account)),
                "timestamp": pa.array(moment).cast(pa.timestamp("us")),
                "received_at": pa.array(received),
                "properties": pa.array(['{"surface": "web"}', '{"surface": "api"}']).take(
                    pa.array((rng.random(size) < 0.2).astype(int))
                ),
            }
        )
        months = max(1, len(list(self.horizon.months())) - 1)
        late = -(-story.DIRT["late_events"] // months)
        again = -(-story.DIRT["duplicate_events"] // months)
        chosen = rng.permutation(size)
        is_late = np.zeros(size, dtype=bool)
        is_late[chosen[:late]] = True
        first = received + is_late * (LATE_DAYS * MICROS_PER_DAY)
        second = chosen[late : late + again]
        second = second[left[second]]
        repeated = table.take(pa.array(second))
        once = _delivered(table, first, late=is_late, again=np.zeros(size, dtype=bool))
        return pa.concat_tables(
            [
                once.filter(pa.array(left)),
                _delivered(
                    repeated,
                    received[second] + LATE_DAYS * MICROS_PER_DAY,
                    late=np.zeros(second.size, dtype=bool),
                    again=np.ones(second.size, dtype=bool),
                ),
            ]
        )


def _delivered(
    table: pa.Table, micros: np.ndarray, *, late: np.ndarray, again: np.ndarray
) -> pa.Table:
    """The columns of a delivery; `_late` and `_again` are for counting and not written."""
    column = pa.array(micros).cast(pa.timestamp("us"))
    table = table.set_column(table.column_names.index("received_at"), "received_at", column)
    return table.append_column("_late", pa.array(late)).append_column("_again", pa.array(again))


def _micros(day: date) -> int:
    return int(np.datetime64(at(day), "us").astype(np.int64))
