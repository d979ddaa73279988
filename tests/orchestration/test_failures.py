"""Whoever does something wrong, or has a machine that fails, reads one line and a remedy."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from orchestration.failures import explain
from orchestration.landing.manifest import ensure_meta
from orchestration.report.trace import parse_period
from orchestration.settings import Settings
from orchestration.trace.terms import TraceError
from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.publish import publish
from tests.orchestration.homes import GOOD_ROWS, Home
from tests.orchestration.test_publish import tell

HOLD = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.readline()
"""


def drivewheel(*arguments: str, **environment: str) -> tuple[int, str]:
    """Exit code of a command, and all that it said."""
    ended = subprocess.run(
        [sys.executable, "-m", "orchestration", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home that has published one table."""
    settings = Settings(home=tmp_path, _env_file=None)
    tell(settings)
    with open_warehouse(settings) as connection:
        ensure_meta(connection)
        connection.execute("create schema audiences; create table audiences.board_lens as select 1")
        publish(connection, settings, "1")
    return tmp_path


@pytest.mark.parametrize("period", ["2026-13", "2026-W60", "0000-01", "June", "2026-Q5"])
def test_a_period_that_is_none_is_told_how_one_is_written(period: str) -> None:
    with pytest.raises(TraceError, match="no period; write 2026-06, 2026-Q2"):
        parse_period(period)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("trace", "grr", "--limit", "0"), "--limit"),
        (("withdraw", "nowhere.csv", "--why", "wrong"), "no such file was ever loaded"),
    ],
)
def test_wrong_usage_is_told_in_one_line(home: Path, arguments: tuple[str, ...], said: str) -> None:
    command, *rest = arguments
    code, told = drivewheel(command, "--home", str(home), *rest)
    assert (code, said in told, "Traceback" in told) == (2, True, False), told


def test_a_key_that_could_be_guessed_is_refused_with_the_command_that_makes_one() -> None:
    code, told = drivewheel("run", DRIVEWHEEL_HASH_KEY="hunter2")
    assert code == 2
    assert "DRIVEWHEEL_HASH_KEY: is shorter than 32 bytes" in told
    assert "openssl rand -hex 32" in told
    assert "hunter2" not in told


def test_a_published_file_that_is_broken_is_published_anew(home: Path) -> None:
    version = (home / "serving" / "drivewheel.duckdb").resolve()
    version.unlink()
    version.write_text("no database")
    code, told = drivewheel("scorecard", "--home", str(home))
    assert (code, "Traceback" in told) == (3, False), told
    assert "drivewheel.duckdb: is no DuckDB database" in told
    assert "drivewheel run --full" in told


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        (
            'The file "/h/serving/1/persons.duckdb" exists, but it is not a valid DuckDB database '
            "file!",
            "drivewheel run --full",
        ),
        (
            'Cannot open file "/h/serving/1/persons.duckdb": Permission denied',
            "unset DRIVEWHEEL_SHOW_NAMES",
        ),
    ],
    ids=["broken", "of others"],
)
def test_names_that_cannot_be_read_are_told_apart(said: str, advice: str) -> None:
    explained = explain(duckdb.IOException(f"IO Error: {said}"))
    assert explained
    assert advice in explained


def test_a_broken_warehouse_is_restored(home: Path) -> None:
    (home / "warehouse.duckdb").write_text("no database")
    (home / "landing").mkdir()
    for command in (("run",), ("accept", "x.csv", "--why", "right")):
        code, told = drivewheel(*command, "--home", str(home))
        assert (code, "Traceback" in told) == (3, False), told
        assert "drivewheel restore" in told


def test_who_opened_the_published_file_for_writing_is_named(home: Path) -> None:
    version = (home / "serving" / "drivewheel.duckdb").resolve()
    version.chmod(0o644)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(version)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        assert writer.stdout
        writer.stdout.readline()
        code, told = drivewheel("scorecard", "--home", str(home))
        assert (code, "Traceback" in told) == (3, False), told
        assert f"PID {writer.pid}" in told
        assert "read_only=True" in told
        writer.communicate("\n")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_home_that_cannot_be_written_is_named(home: Path) -> None:
    home.chmod(0o500)
    (home / "landing").mkdir(exist_ok=True)
    code, told = drivewheel("run", "--home", str(home))
    home.chmod(0o700)
    assert (code, "Traceback" in told) == (3, False), told
    assert "may not be written by this user" in told


def test_a_run_that_is_stopped_says_so_and_leaves_nothing_behind(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.land("periods.csv", *GOOD_ROWS)
    with subprocess.Popen(
        [sys.executable, "-m", "orchestration", "run", "--home", str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stdout
        said = run.stdout.readline()
        time.sleep(1)
        run.send_signal(signal.SIGTERM)
        said += run.stdout.read()
    assert run.returncode == 130, said
    assert "stopped by a signal: nothing was published" in said
    assert "Traceback" not in said


def test_what_is_not_published_is_its_owner_s_alone(tmp_path: Path) -> None:
    """Names and the key of hashes are in the warehouse; readers pass through to what is public."""
    code, told = drivewheel(
        "demo",
        "--home",
        str(tmp_path / "home"),
        "--customers",
        "3",
        "--months",
        "3",
        "--events-per-day",
        "5",
    )
    assert code == 0, told
    settings = Settings(home=tmp_path / "home", _env_file=None)
    tell(settings)
    with open_warehouse(settings) as connection:
        connection.execute("create schema core; create table core.t as select 1 as a")
        publish(connection, settings, "1")
    modes = {
        path: stat.S_IMODE(path.stat().st_mode)
        for path in (
            settings.home_dir,
            settings.warehouse_path,
            settings.serving_path,
            settings.serving_path.resolve().parent,
            settings.serving_dir,
        )
    }
    assert list(modes.values()) == [0o711, 0o600, 0o444, 0o755, 0o755], modes
    assert all(
        stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in settings.landing_dir.rglob("*")
    )


def test_make_run_keeps_what_it_writes_to_its_owner_too(home: Path) -> None:
    """It is no command of `drivewheel`; its first write is the log, here of a broken warehouse."""
    (home / "warehouse.duckdb").write_text("no database")
    (home / "landing" / "a").mkdir(parents=True)
    ended = subprocess.run(
        [sys.executable, "-m", "drivewheel_demo.welcome"],
        env=os.environ | {"DRIVEWHEEL_HOME": str(home)},
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 3
    assert stat.S_IMODE((home / "logs" / "run.log").stat().st_mode) == 0o600


def test_the_version_is_told() -> None:
    code, told = drivewheel("--version")
    assert (code, told.split()[0]) == (0, "drivewheel")
