"""A company of a size at which a promise of foresight can be kept or broken, built in part.

Three thousand customers with few events each, three times fewer than a customer of the demo company
has: no sign needs more. Only what foresight rests on is built, without gates and publishing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from pathlib import Path

from drivewheel_demo import story
from drivewheel_demo.demo import write_demo
from tests.warehouse import build_home

END = dt.date(2026, 6, 30)
CUSTOMERS, EVENTS_PER_DAY = 3_000, 4_500
# What is asked, and all that it is made of.
ASKED = (
    "+driver_evidence +model_readouts +warning_readouts +customer_signals "
    "+int_interventions__customers"
)
# All that can be left out.
CAUSES = tuple(told.name for told in story.STORIES if told.touches)


def build_company(home: Path, *, seed: int, customers: int, without: Collection[str]) -> Path:
    """Write and build it in an empty folder; gives the warehouse."""
    write_demo(
        home / "landing",
        seed=seed,
        customers=customers,
        events_per_day=EVENTS_PER_DAY * customers // CUSTOMERS,
        end_on=END,
        without=tuple(without),
    )
    build_home(home, select=ASKED, as_of=END, is_tested=False)
    return home / "warehouse.duckdb"
