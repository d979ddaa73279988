"""How well a bridge would have been told at the end of each month, and how sure it is today.

The walk goes forward: which losses are taken, whether the bridge is taken before each metric's own
history, and how wide its intervals are is told by what had come true by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from orchestration.statistics.bridges import LOSSES, MOVEMENTS, Array, Bridge, tell_bridge
from orchestration.statistics.forecasts import (
    COVERAGE,
    FEWEST_TO_CALIBRATE,
    FEWEST_TO_CHOOSE,
    WIDTH,
    Forecast,
    Goal,
    measure_scale,
    share_within,
    walk,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orchestration.statistics.bridges import Book

# Who has seen no year knows no yearly terms.
FEWEST_MONTHS = 13
SEASON = 12
# Months ahead by which it is judged, however many are told: a due day that comes nearer changes
# nothing that was told before.
JUDGED_AHEAD = 6
MODELS = {"rates": "bridge", "outlook": "bridge_outlook"}
BALANCES = {"mrr": 1.0, "arr": 12.0}
NET = "net_new_arr"
# Where nothing is foretold, of rates of exchange, 0 is.
FX = "fx_mrr"
METRICS = (*BALANCES, NET, *(f"{name}_mrr" for name in MOVEMENTS), FX)
_SIGNED = {NET, FX}


@dataclass(frozen=True)
class Told:
    """A forecast of one of METRICS; whether the bridge is what is told then."""

    metric_id: str
    is_taken: bool
    forecast: Forecast


def walk_bridges(book: Book, fx: Array, ahead: int, goals: Mapping[str, Goal]) -> Iterator[Told]:
    """What each month's end would have told by the bridge, and what the newest tells.

    Args:
        book: The company's months.
        fx: By month, what moved rates of exchange did to MRR.
        ahead: Months that are told each time, JUDGED_AHEAD at least.
        goals: What is to be reached, of metrics that have a target.

    Returns:
        Forecasts in order of what was known; none before as many have come true as intervals ask
        for.
    """
    actual = _measure(book, fx)
    balance = actual["mrr"]
    months = len(balance)
    beside = {
        name: _by_history(actual[name], kind)
        for name, kind in (("mrr", "logarithm"), (NET, "plain"))
    }
    tried: dict[str, list[tuple[int, int, float]]] = {losses: [] for losses in LOSSES}
    missed: dict[str, list[tuple[int, float]]] = {name: [] for name in METRICS}
    races: list[tuple[int, list[float]]] = []
    for place in range(FEWEST_MONTHS - 1, months):
        bridges = {
            losses: bridge
            for losses in LOSSES
            if (bridge := tell_bridge(book, place, ahead, losses)) is not None
        }
        losses = _choose(tried, place) if "outlook" in bridges else "rates"
        values = _values(bridges[losses])
        is_taken = is_nearer(races, place)
        for name in METRICS:
            over = [miss for due, miss in missed[name] if due <= place]
            if len(over) < FEWEST_TO_CALIBRATE or balance[place] <= 0:
                continue
            grown = np.sqrt(np.arange(1, ahead + 1)) if name in BALANCES else np.ones(ahead)
            margins = float(np.quantile(over, COVERAGE)) * balance[place] * grown
            within: list[float] | list[None] = [None] * ahead
            if name in goals and place == months - 1:
                within = share_within(values[name], margins / WIDTH, np.array, goals[name])
            floor = -np.inf if name in _SIGNED else 0.0
            scale = measure_scale(actual[name][: place + 1], SEASON)
            for step in range(ahead):
                due = place + step + 1
                yield Told(
                    name,
                    is_taken,
                    Forecast(
                        known_count=place + 1,
                        ahead=step + 1,
                        model=MODELS[losses],
                        value=float(values[name][step]),
                        lower=float(max(values[name][step] - margins[step], floor)),
                        upper=float(values[name][step] + margins[step]),
                        scale=scale,
                        probability=within[step],
                        actual=float(actual[name][due]) if due < months else None,
                    ),
                )
        for step in range(min(JUDGED_AHEAD, months - 1 - place)):
            due = place + step + 1
            for told, bridge in bridges.items():
                off = abs(bridge.moved["churned"][step] - actual["churned_mrr"][due])
                tried[told].append((place, due, off))
            for name in METRICS:
                off = abs(values[name][step] - actual[name][due])
                root = np.sqrt(step + 1) if name in BALANCES else 1.0
                if balance[place] > 0:
                    missed[name].append((due, off / root / balance[place]))
            ends = []
            for name, told_by_history in beside.items():
                ends += [
                    abs(values[name][step] - actual[name][due]),
                    abs(told_by_history[place + 1, step + 1] - actual[name][due]),
                ]
            races.append((due, ends))


def _measure(book: Book, fx: Array) -> dict[str, Array]:
    """By metric, what came in each month."""
    balance = book.closing.sum(axis=1)
    moved = {f"{name}_mrr": book.moved[name].sum(axis=1) for name in MOVEMENTS}
    opened = np.concatenate([[0.0], balance[:-1]])
    scaled = {name: factor * balance for name, factor in BALANCES.items()}
    return scaled | {NET: 12 * (balance - opened)} | moved | {FX: fx}


def _values(bridge: Bridge) -> dict[str, Array]:
    """By metric, what is told of each month ahead."""
    scaled = {name: factor * bridge.closing for name, factor in BALANCES.items()}
    moved = {f"{name}_mrr": bridge.moved[name] for name in MOVEMENTS}
    net = {NET: 12 * (bridge.closing - bridge.opening)}
    return scaled | net | moved | {FX: np.zeros(len(bridge.closing))}


def _by_history(values: Array, kind: str) -> dict[tuple[int, int], float]:
    """What the metric's own history tells, by periods that are known and periods ahead."""
    told = walk(values, JUDGED_AHEAD, kind=kind, season=SEASON, goal=Goal())
    return {(each.known_count, each.ahead): each.value for each in told}


def _choose(tried: dict[str, list[tuple[int, int, float]]], place: int) -> str:
    """The losses that came nearer in months that both told; rates while that is open."""
    over = {
        losses: {(origin, due): off for origin, due, off in rows if due <= place}
        for losses, rows in tried.items()
    }
    both = sorted(set(over["rates"]) & set(over["outlook"]))
    if len(both) < FEWEST_TO_CHOOSE:
        return "rates"
    means = {
        losses: round(float(np.mean([rows[key] for key in both])), 9)
        for losses, rows in over.items()
    }
    return "outlook" if means["outlook"] < means["rates"] else "rates"


def is_nearer(races: list[tuple[int, list[float]]], place: int) -> bool:
    """Whether neither MRR nor its change was told worse by the bridge than by its own history.

    Args:
        races: Month that was told, and how far off MRR was by the bridge and by its history, and
            its change by either; in the reporting currency.
        place: The newest known month.
    """
    over = [ends for due, ends in races if due <= place]
    if len(over) < FEWEST_TO_CHOOSE:
        return False
    means = np.round(np.array(over).mean(axis=0), 9)
    mrr, mrr_beside, net, net_beside = (float(mean) for mean in means)
    return mrr <= mrr_beside and net <= net_beside
