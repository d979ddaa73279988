"""Large models are built by themselves, all others side by side."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from orchestration.warehouse.alone import Turns

SECONDS = 20


def test_two_that_are_small_are_at_work_at_once() -> None:
    """Each ends only when the other has begun too."""
    turns, both = Turns(), threading.Barrier(2, timeout=SECONDS)

    def work() -> None:
        with turns.beside_others():
            both.wait()

    with ThreadPoolExecutor(2) as workers:
        for done in [workers.submit(work) for _ in range(2)]:
            done.result(SECONDS)


def test_who_is_alone_waits_for_those_at_work_and_is_not_joined() -> None:
    turns, told = Turns(), list[str]()
    is_at_work, may_end = threading.Event(), threading.Event()

    def small(name: str) -> None:
        with turns.beside_others():
            is_at_work.set()
            assert may_end.wait(SECONDS)
            told.append(name)

    def large() -> None:
        with turns.alone():
            told.append("large begins")
            assert not wait([after], timeout=0.1).done
            told.append("large ends")

    with ThreadPoolExecutor(3) as workers:
        before = workers.submit(small, "before")
        assert is_at_work.wait(SECONDS)
        asked = workers.submit(large)
        deadline = time.monotonic() + SECONDS
        while not turns._waiting:
            assert time.monotonic() < deadline
        after = workers.submit(small, "after")
        may_end.set()
        for done in (before, asked, after):
            done.result(SECONDS)
    assert told == ["before", "large begins", "large ends", "after"]


def test_a_large_one_that_fails_lets_the_next_one_work() -> None:
    turns = Turns()
    with pytest.raises(ZeroDivisionError), turns.alone():
        raise ZeroDivisionError
    with turns.beside_others():
        pass
    with turns.alone():
        pass
