"""`drivewheel …`: thin; what it does lives elsewhere, imported when it is asked for.

Exit codes: 0 refreshed and published; 1 a blocking check failed and nothing was published;
2 wrong usage or unusable input, with the remedy; 3 the engine, a model or the machine failed.
"""

from __future__ import annotations

import datetime as dt
import os
import shlex
import socket
import subprocess
import sys
from contextlib import closing
from importlib.metadata import entry_points
from pathlib import Path
from urllib.parse import urlsplit

import click

from orchestration.act.commands import act
from orchestration.company import CompanyError
from orchestration.dev.commands import dev
from orchestration.garbage import leave
from orchestration.options import (
    BROKEN,
    DECIDED_BY,
    DECIDED_WHY,
    HOME,
    JSON,
    LANDING,
    chosen_settings,
    echo_json,
    published_settings,
)
from orchestration.pages.commands import LOOPBACK, pages, serve, share
from orchestration.report import commands as report
from orchestration.settings import Settings, keep_private

COMMANDS = "drivewheel.commands"


class _Explained(click.Group):
    """Commands that end with one line and a remedy where the machine is at fault.

    Packages that are installed beside this one add commands by an entry point of the group
    `drivewheel.commands`.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Our own commands and those of guests."""
        guests = (entry.name for entry in entry_points(group=COMMANDS))
        return sorted({*super().list_commands(ctx), *guests})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command of ours; else of a guest, imported now."""
        if command := super().get_command(ctx, cmd_name):
            return command
        guests = entry_points(group=COMMANDS, name=cmd_name)
        return next((guest.load() for guest in guests), None)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a pipe that is closed early is nobody's fault."""
        from orchestration.failures import explain

        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            raise SystemExit(1) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except CompanyError as error:
            raise click.UsageError(str(error)) from error
        except Exception as error:
            told = explain(error)
            if told is None:
                raise
            click.echo(f"Error: {told}", err=True)
            raise SystemExit(BROKEN) from None


@click.group(cls=_Explained, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="drivewheel", message="%(package)s %(version)s")
def main() -> None:
    """A metrics warehouse for companies that sell subscriptions."""
    keep_private()


for command in (dev, act, serve, share, pages, *report.COMMANDS):
    main.add_command(command)


@main.command()
@LANDING
@HOME
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Day to compute through.")
@click.option("--full", is_flag=True, help="Full refresh: build also what is unchanged.")
def run(landing: Path | None, home: Path | None, as_of: object, full: bool) -> None:
    """Refresh: load what is new, check, build, check again, publish."""
    from orchestration.run import run_refresh

    day = None if as_of is None else f"{as_of:%Y-%m-%d}"
    settings = chosen_settings(landing=landing, home=home, as_of=day, full=full or None)
    if not settings.landing_dir.is_dir():
        raise click.UsageError(
            f"{settings.landing_dir}: no such folder; put your exports under "
            "<landing>/<source>/<object>/, or write some with `drivewheel demo`"
        )
    leave(run_refresh(settings))


@main.command()
@HOME
@click.argument("metric")
@click.option("--period", help="2026-06, 2026-Q2, 2026-W25 or a day; default: the newest.")
@click.option("--slice", "part", help="As segment=smb; default: the total.")
@click.option("--customer", help="Only the rows of this customer.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    help="Rows shown of each part.",
)
@JSON
def trace(
    home: Path | None,
    metric: str,
    period: str | None,
    part: str | None,
    customer: str | None,
    limit: int,
    is_json: bool,
) -> None:
    """Show the rows of the marts that make up a value of METRIC, and its way from the sources."""
    from orchestration.report.trace import Question, read_trace, trace_document
    from orchestration.report.trace_terminal import print_trace
    from orchestration.trace.terms import TraceError

    dimension, _, value = (part or "total=total").partition("=")
    question = Question(metric, period, dimension, value, customer)
    try:
        if is_json:
            traced = read_trace(published_settings(home), question, limit=limit)
            echo_json(trace_document(traced))
            is_right = traced.is_right
        else:
            is_right = print_trace(published_settings(home), question, limit=limit)
    except TraceError as error:
        raise click.UsageError(str(error)) from error
    raise SystemExit(0 if is_right else 1)


@main.command()
@HOME
@LANDING
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Day to build revisions through.")
@click.argument("sides", metavar="A B", nargs=2)
@click.option("--published", is_flag=True, help="Compare what homes have published.")
@click.option(
    "--limit", type=click.IntRange(1), default=20, show_default=True, help="Moved values shown."
)
@click.option("--json", "is_json", is_flag=True, help="Print all of it as JSON.")
def compare(
    home: Path | None,
    landing: Path | None,
    as_of: object,
    sides: tuple[str, str],
    published: bool,
    limit: int,
    is_json: bool,
) -> None:
    """Compare A and B row for row: homes, .duckdb files, git revisions, or `.`, the working tree.

    Revisions and the working tree are built in homes of their own, from the landing folder and
    through the day of the options. Exit codes: 0 equal, 1 not equal, 2 unusable.
    """
    from orchestration.report.compare import comparison_json, print_comparison
    from orchestration.warehouse.compare import ComparisonError
    from orchestration.warehouse.lock import LockedError
    from orchestration.warehouse.sides import compare_sides

    day = None if as_of is None else f"{as_of:%Y-%m-%d}"
    settings = chosen_settings(landing=landing, home=home, as_of=day)
    try:
        comparison = compare_sides(
            sides,
            settings,
            is_published=published,
            on_progress=lambda said: click.echo(said, err=True),
        )
    except (ComparisonError, LockedError) as error:
        raise click.UsageError(str(error)) from error
    if is_json:
        click.echo(comparison_json(comparison))
    else:
        print_comparison(comparison, sides, limit=limit)
    raise SystemExit(0 if comparison.is_equal else 1)


@main.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def init(folder: Path) -> None:
    """Write a company's FOLDER: targets, plan, owners, maps, all commented out.

    What is there already stays as it is.
    """
    from orchestration.company.begin import begin_company

    written, kept = begin_company(folder)
    beside = f", {len(kept)} were there and stay as they are" if kept else ""
    click.echo(
        f"wrote {len(written)} files to {folder}{beside}\n"
        f"begin with {folder / 'company.yml'} and {folder / 'metric_targets.csv'}, then\n"
        f"  export DRIVEWHEEL_COMPANY={shlex.quote(str(folder.resolve()))}\n"
        "  drivewheel run"
    )


@main.command()
@HOME
@DECIDED_BY
@DECIDED_WHY
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
def accept(home: Path | None, by: str, why: str, files: tuple[str, ...]) -> None:
    """Accept each FILE that gate 1 has refused, or that a SOURCE/OBJECT is stale.

    The next run builds with it; staleness is accepted until the object delivers again. Who
    decided and why is kept, and `drivewheel trace` shows it.
    """
    from orchestration.landing.manifest import accept_file

    _decide(home, files, accept_file, "accepted", by=by, why=why)


@main.command()
@HOME
@DECIDED_BY
@DECIDED_WHY
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
def withdraw(home: Path | None, by: str, why: str, files: tuple[str, ...]) -> None:
    """Remove each loaded FILE's rows; a replacement of the same name may then land.

    Who decided and why is kept, and `drivewheel trace` shows it.
    """
    from orchestration.landing.manifest import withdraw_file

    _decide(home, files, withdraw_file, "withdrawn", by=by, why=why)


def _decide(
    home: Path | None, files: tuple[str, ...], decision: object, done: str, *, by: str, why: str
) -> None:
    """Apply an operator's decision under the lock, so that it never meets a run."""
    from orchestration.landing.errors import LandingError
    from orchestration.landing.manifest import Operator, ensure_meta
    from orchestration.warehouse.connect import open_warehouse
    from orchestration.warehouse.lock import LockedError, hold_warehouse

    settings = chosen_settings(home=home)
    if not settings.warehouse_path.exists():
        raise click.UsageError(f"{settings.warehouse_path}: nothing has been loaded yet")
    try:
        with (
            hold_warehouse(
                settings, holder=f"drivewheel {done} {' '.join(files)}", on_wait=click.echo
            ),
            open_warehouse(settings) as connection,
        ):
            ensure_meta(connection)
            for file in files:
                path = decision(  # type: ignore[operator]
                    connection, file, operator=Operator(by, why), now=dt.datetime.now(dt.UTC)
                )
                click.echo(f"{path}: {done}; `drivewheel run` builds accordingly")
    except (LandingError, LockedError) as error:
        raise click.UsageError(str(error)) from error


@main.command()
@HOME
@click.option(
    "--to",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; default <home>/backups/warehouse-<time>.duckdb.",
)
def backup(home: Path | None, target: Path | None) -> None:
    """Copy all that this home knows to a file: loads, decisions, hash key, what was published."""
    from orchestration.warehouse.backup import BackupError, back_up
    from orchestration.warehouse.lock import LockedError

    try:
        path = back_up(
            chosen_settings(home=home), target, now=dt.datetime.now(dt.UTC), on_wait=click.echo
        )
    except (BackupError, LockedError) as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"wrote {path} ({path.stat().st_size / 1e6:,.1f} MB); `drivewheel restore` reads it")


@main.command()
@HOME
@click.argument("source", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
def restore(home: Path | None, source: Path) -> None:
    """Put a backup in the warehouse's place; what is published stays until the next run."""
    from orchestration.warehouse.backup import BackupError
    from orchestration.warehouse.backup import restore as put_back
    from orchestration.warehouse.lock import LockedError

    try:
        loads, replaced = put_back(chosen_settings(home=home), source, on_wait=click.echo)
    except (BackupError, LockedError) as error:
        raise click.UsageError(str(error)) from error
    kept = f"; the one before it is kept as {replaced}" if replaced else ""
    click.echo(f"restored {loads} loads from {source}{kept}. `drivewheel run` builds from them")


@main.command()
@HOME
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=3000,
    show_default=True,
    help="Port on the loopback address.",
)
def ui(home: Path | None, port: int) -> None:
    """Start the Dagster UI on this home, beside it the pages and what its checks link to."""
    from orchestration.instance import prepare_instance_dir
    from orchestration.settings import PROJECT_DIR, environment_of_children

    settings = chosen_settings(home=home)
    _serve_pages(settings)
    dagster_home = str(prepare_instance_dir(settings))
    os.environ.update(environment_of_children(settings), DAGSTER_HOME=dagster_home)
    click.echo(
        f"the Dagster UI: http://127.0.0.1:{port}. To have it refresh by itself, switch on the "
        "schedule daily_refresh (every morning at five) or the sensor landing_files (when a file "
        f"has landed), once, at http://127.0.0.1:{port}/automation"
    )
    # Not in the checkout, whose dagster.yaml is for those who start Dagster there themselves.
    os.chdir(settings.home_dir)
    arguments = ["-m", "dagster", "dev", "-w", str(PROJECT_DIR / "workspace.yaml")]
    # The command that Dagster would have instead is a package of its own.
    quiet = ["-W", "ignore:Function `dev_command` is superseded"]
    os.execv(  # noqa: S606
        sys.executable,
        [sys.executable, *quiet, *arguments, "-h", "127.0.0.1", "-p", str(port)],
    )


def _serve_pages(settings: Settings) -> None:
    """Serve the pages where `pages_url` says, if that is this machine.

    A process of its own in the UI's group, so that it ends with it.
    """
    url = urlsplit(settings.pages_url)
    if url.hostname not in LOOPBACK or url.port is None:
        return
    with closing(socket.socket()) as probe:
        if probe.connect_ex(("127.0.0.1", url.port)) == 0:
            click.echo(
                f"{settings.pages_url} is taken; links of checks lead there nevertheless. "
                "Set DRIVEWHEEL_PAGES_URL to a free one"
            )
            return
    served = ["serve", "--home", str(settings.home_dir), "--port", str(url.port)]
    # Beside the UI runs are at work, which want the machine: nothing is rendered ahead.
    subprocess.Popen([sys.executable, "-m", "orchestration", *served, "--no-ahead"])
