"""One run at a time: who holds the lock, who waits for it, and who it never waits for."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.settings import Settings
from orchestration.warehouse.lock import LockedError, hold_lock, hold_warehouse
from tests.orchestration.homes import Home

HOLD = """
import sys, time, pathlib
from orchestration.warehouse.lock import hold_lock
with hold_lock(pathlib.Path(sys.argv[1]), holder="run first", timeout_seconds=0, on_wait=print):
    print("held", flush=True)
    time.sleep(60)
"""
OPEN = """
import sys, time, duckdb
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
time.sleep(float(sys.argv[2]))
"""


@pytest.fixture
def lock_path(tmp_path: Path) -> Path:
    return tmp_path / "run.lock"


@pytest.fixture
def holder(lock_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_run_waits_and_says_for_whom(
    lock_path: Path, holder: subprocess.Popen[str]
) -> None:
    said: list[str] = []
    # Killed, not asked: a child may inherit a mask that blocks the asking.
    threading.Timer(0.5, holder.kill).start()
    begun = time.monotonic()
    with hold_lock(lock_path, holder="run second", timeout_seconds=30, on_wait=said.append):
        assert time.monotonic() - begun > 0.4
        assert said == [f"waiting for run first (process {holder.pid}) to end"]
        assert lock_path.read_text() == f"run second (process {os.getpid()})\n"
    assert lock_path.read_text() == ""


def test_a_time_out_names_the_holder_and_the_remedy(
    lock_path: Path, holder: subprocess.Popen[str]
) -> None:
    with (
        pytest.raises(LockedError) as caught,
        hold_lock(lock_path, holder="run second", timeout_seconds=0, on_wait=print),
    ):
        pytest.fail("two hold the lock")
    assert f"run first (process {holder.pid}) has held the warehouse" in str(caught.value)
    assert "wait for it, or end it, and run again" in str(caught.value)


def test_a_killed_process_leaves_no_lock(lock_path: Path, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    said: list[str] = []
    with hold_lock(lock_path, holder="run second", timeout_seconds=0, on_wait=said.append):
        assert said == []


def test_a_run_waits_for_the_dbt_of_a_killed_one(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, lock_timeout_seconds=30, _env_file=None)
    said: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-c", OPEN, str(settings.warehouse_path), "1"],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "open\n"
        with hold_warehouse(settings, holder="run second", on_wait=said.append):
            assert process.poll() is not None or process.wait(1) == 0
    assert len(said) == 1
    assert said[0].startswith("waiting for another process to close warehouse.duckdb")
    assert str(process.pid) in said[0]


def test_a_warehouse_that_stays_open_elsewhere_is_named(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, lock_timeout_seconds=0, _env_file=None)
    with subprocess.Popen(
        [sys.executable, "-c", OPEN, str(settings.warehouse_path), "60"],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "open\n"
        with (
            pytest.raises(LockedError, match=f"PID {process.pid}"),
            hold_warehouse(settings, holder="run second", on_wait=print),
        ):
            pytest.fail("two have the warehouse open")
        process.kill()


@pytest.mark.parametrize("command", [("run",), ("withdraw", "periods.csv", "--why", "wrong")])
def test_a_command_that_waits_in_vain_says_for_whom_it_waited(
    home: Home, command: tuple[str, ...]
) -> None:
    with hold_lock(home.settings.lock_path, holder="run first", timeout_seconds=0, on_wait=print):
        ended = home.drivewheel(*command, DRIVEWHEEL_LOCK_TIMEOUT_SECONDS="0")
    assert ended.code == 2, ended.terminal
    assert f"run first (process {os.getpid()}) has held the warehouse" in ended.terminal
    assert "wait for it, or end it, and run again" in ended.terminal


def hold_shortly(path: Path, log: Path, name: str) -> None:
    """Hold the lock and say when."""
    with (
        hold_lock(path, holder=name, timeout_seconds=30, on_wait=lambda text: None),
        log.open("a") as file,
    ):
        file.write(f"{name} in\n")
        file.flush()
        time.sleep(0.05)
        file.write(f"{name} out\n")


def test_holders_never_overlap(lock_path: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=hold_shortly, args=(lock_path, log, f"run {number}"))
        for number in range(4)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    lines = log.read_text().splitlines()
    assert len(lines) == 8
    for entered, left in zip(lines[::2], lines[1::2], strict=True):
        assert (entered, left) == (f"{left.removesuffix(' out')} in", left)
