"""What can be compared: homes, DuckDB files, and what code makes of a landing folder.

Code is a revision or the working tree (`.`), run in a home of its own: the checkout's own
`python -m orchestration run`, by the same interpreter. It sees no `.env` and no addresses of
notices.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from orchestration.settings import PROJECT_DIR, environment_of_a_copy
from orchestration.warehouse.compare import Comparison, ComparisonError, compare_files
from orchestration.warehouse.lock import hold_warehouse

if TYPE_CHECKING:
    from collections.abc import Callable

    from orchestration.settings import Settings

LINES_SHOWN = 20


def compare_sides(
    sides: tuple[str, str],
    settings: Settings,
    *,
    is_published: bool = False,
    on_progress: Callable[[str], None],
) -> Comparison:
    """Compare two sides, each a home, a DuckDB file, a revision or the working tree.

    Args:
        sides: As a person names them.
        settings: For code: landing folder (else the home's) and day.
        is_published: Whether homes and code show what they have published, as they do beside
            a file, and not their warehouse.
        on_progress: Told what is being built, and who is waited for.

    Raises:
        ComparisonError: a side is nothing that could be compared.
        LockedError: a run held a home for too long.
    """
    is_published = is_published or any(_is_file(side) for side in sides)
    with tempfile.TemporaryDirectory(prefix="drivewheel-compare-") as folder, ExitStack() as held:
        homes = [
            _home_of(side, settings, Path(folder) / name, on_progress=on_progress)
            for side, name in zip(sides, "ab", strict=True)
        ]
        if not is_published:
            # In one order, so that two comparisons never wait for each other.
            for home in sorted({home.resolve() for home in homes}):
                held.enter_context(
                    hold_warehouse(
                        settings.model_copy(update={"home": home}),
                        holder="drivewheel compare",
                        on_wait=on_progress,
                    )
                )
        return compare_files(
            *(_file_of(home, is_published=is_published) for home in homes),
            threads=settings.threads,
            memory_limit=settings.memory_limit,
        )


def _is_file(side: str) -> bool:
    return Path(side).is_file()


def _home_of(
    side: str, settings: Settings, folder: Path, *, on_progress: Callable[[str], None]
) -> Path:
    """The home that a side names, or that its code fills; a file stands for itself."""
    path = Path(side)
    if path.is_file() or (path / "warehouse.duckdb").exists() or (path / "serving").is_dir():
        return path
    is_tree = path.is_dir() and path.resolve() == PROJECT_DIR
    code = PROJECT_DIR if is_tree else _check_out(side, folder / "code")
    on_progress(f"building {settings.landing_dir} by {side}")
    _run_code(code, folder / "home", _settings_of_code(settings))
    return folder / "home"


def _file_of(home: Path, *, is_published: bool) -> Path:
    if home.is_file():
        return home
    file = home / ("serving/drivewheel.duckdb" if is_published else "warehouse.duckdb")
    if not file.exists():
        raise ComparisonError(f"{file}: is not there; run `drivewheel run --home {home}` first")
    return file


def _settings_of_code(settings: Settings) -> Settings:
    """Settings under which both sides hash persons alike: by the home's key, if it has one."""
    if settings.hash_key:
        return settings
    # Of a home of its own, which nobody publishes; long enough to be a key.
    key = "compared" * 4
    if settings.warehouse_path.exists():
        with (
            hold_warehouse(settings, holder="drivewheel compare", on_wait=lambda _: None),
            duckdb.connect(str(settings.warehouse_path), read_only=True) as connection,
        ):
            row = connection.execute("select hash_key from raw_meta.settings").fetchone()
            key = row[0] if row else key
    return settings.model_copy(update={"hash_key": key})


def _check_out(revision: str, folder: Path) -> Path:
    """Write a revision's files into a folder; gives it.

    Raises:
        ComparisonError: git knows no such revision.
    """
    archive = subprocess.run(
        ["git", "archive", "--format=tar", f"{revision}^{{tree}}"],
        cwd=PROJECT_DIR,
        capture_output=True,
        check=False,
    )
    if archive.returncode != 0:
        raise ComparisonError(
            f"{revision}: no home, no .duckdb file and no revision of {PROJECT_DIR}: "
            f"{archive.stderr.decode().strip()}"
        )
    folder.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        tar.extractall(folder, filter="data")
    return folder


def _run_code(code: Path, home: Path, settings: Settings) -> None:
    """Refresh a new home by the code of a checkout.

    Args:
        code: The checkout.
        home: Where to; must not exist.
        settings: Landing folder, day and hash key, and how much of the machine may be used.

    Raises:
        ComparisonError: the run did not publish; with what it said last.
    """
    home.mkdir(parents=True)
    ended = subprocess.run(
        [sys.executable, "-m", "orchestration", "run"],
        # Not the checkout, whose `.env` may hold addresses of notices.
        cwd=home,
        env=environment_of_a_copy(settings, home=home, code=code),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        said = "\n".join(ended.stdout.splitlines()[-LINES_SHOWN:])
        raise ComparisonError(
            f"{code}: its run has published nothing, so there is nothing to compare:\n{said}"
        )
