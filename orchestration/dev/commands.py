"""`drivewheel dev …`: thin; what it does is imported when it is asked for."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestration.options import BROKEN, HOME, LANDING, chosen_settings
from orchestration.settings import PROJECT_DIR

if TYPE_CHECKING:
    from orchestration.dev.rebuild import Rebuilt


@click.group()
def dev() -> None:
    """What a change does, before any run: for whoever writes models and metrics."""


@dev.command("run")
@LANDING
@HOME
@click.option(
    "--limit", type=click.IntRange(1), default=20, show_default=True, help="Moved values shown."
)
@click.option("--watch", "is_watching", is_flag=True, help="Stay, and build what you save.")
@click.option("--when-told", "is_told", is_flag=True, hidden=True)
def dev_run(
    landing: Path | None, home: Path | None, limit: int, *, is_watching: bool, is_told: bool
) -> None:
    """Build what you changed, and what descends from it, on a copy; print which values moved.

    The copy lies in <home>/dev; the home and what is published stay as they are.
    """
    from orchestration.dev.rebuild import NothingBuiltError, Rebuild
    from orchestration.dev.watch import wait_until_told, watch
    from orchestration.report.compare import print_values
    from orchestration.warehouse.dbt_project import DbtParseError

    settings = chosen_settings(landing=landing, home=home)
    if is_watching:
        watch(settings, limit=limit)
        return
    rebuild = Rebuild(settings)
    try:
        with wait_until_told(rebuild.copy) if is_told else nullcontext():
            started = time.monotonic()
            with rebuild.begin(on_progress=click.echo):
                _tell_built(rebuild.build_values())
                moved = rebuild.moved()
                seconds = time.monotonic() - started
                click.echo(f"{len(moved):,} values of metrics moved, told after {seconds:.1f} s")
                print_values(moved, limit=limit)
                _tell_built(rebuild.build_rest())
    except (DbtParseError, NothingBuiltError) as error:
        raise click.UsageError(str(error)) from error


def _tell_built(rebuilt: Rebuilt) -> None:
    if rebuilt.broken:
        click.echo("\n".join(map(str, rebuilt.broken)), err=True)
        raise SystemExit(BROKEN)
    told = ", ".join(rebuilt.built) or "nothing"
    click.echo(f"built {told}; {rebuilt.skipped_count} more that it reaches are as they were")


@dev.command("impact")
@HOME
@LANDING
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
def dev_impact(home: Path | None, landing: Path | None, names: tuple[str, ...]) -> None:
    """Say what descends from each NAME: a model, a table, SOURCE.OBJECT or a metric."""
    from orchestration.dev.impact import NoSuchNodeError, find_impact

    settings = chosen_settings(home=home, landing=landing)
    for name in names:
        try:
            found = find_impact(settings, name)
        except NoSuchNodeError as error:
            raise click.UsageError(str(error)) from error
        click.echo(
            f"{name}: {len(found.models)} models, {len(found.metrics)} metrics, "
            f"{found.targets} targets, {len(found.incentives)} incentive plans"
        )
        for kind in ("models", "metrics", "audiences", "incentives"):
            if listed := getattr(found, kind):
                click.echo(f"  {kind}: {', '.join(listed)}")


@dev.command("test")
@LANDING
@HOME
@click.argument("names", metavar="[NAME...]", nargs=-1)
def dev_test(landing: Path | None, home: Path | None, names: tuple[str, ...]) -> None:
    """Ask the tests that matter for what you changed since the last commit, or for each NAME.

    dbt's tests of it and of what reads it, on the copy of `dev run`; the laws; and the files
    of tests that name it.
    """
    from orchestration.dev import proofs
    from orchestration.dev.rebuild import NothingBuiltError, Rebuild
    from orchestration.warehouse.dbt_project import DbtParseError

    settings = chosen_settings(landing=landing, home=home)
    try:
        asked = proofs.find_proofs(settings, names or proofs.changed_files())
        click.echo(f"changed: {', '.join(asked.changed) or 'nothing'}")
        passed = True
        if asked.nodes:
            with Rebuild(settings).begin(on_progress=click.echo) as rebuild:
                _tell_built(rebuild.build_rest())
                click.echo(f"dbt: tests of {', '.join(asked.nodes)} and of what reads them")
                passed = proofs.ask_dbt(rebuild.copy, asked.nodes)
    except (DbtParseError, NothingBuiltError, proofs.NoCheckoutError) as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"pytest: {' '.join(asked.files)}")
    passed = proofs.ask_pytest(asked.files) and passed
    raise SystemExit(0 if passed else 1)


@dev.group("new")
def dev_new() -> None:
    """Begin a source, a model or a metric; what only you can know is left to be filled in."""


MODELS = click.option(
    "--to",
    "models",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=PROJECT_DIR / "dbt_project/models",
    help="Folder of models: the project's, or `models` of a company's folder.",
)


@dev_new.command("source")
@MODELS
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def dev_new_source(file: Path, models: Path) -> None:
    """Declare the object of a landing FILE, and write the staging model that reads it."""
    from orchestration.dev.scaffold import begin_source

    _begun(lambda: begin_source(file, models))


@dev_new.command("model")
@MODELS
@HOME
@click.option("--reads", required=True, help="The model that it selects from.")
@click.argument("name")
def dev_new_model(name: str, reads: str, home: Path | None, models: Path) -> None:
    """Write a model: NAME is int_<subject>__<participle>, or <family>.fct_<plural> for a mart.

    Of a subject without a model yet say the folder too: <folder>.int_<subject>__<participle>.
    """
    from orchestration.dev.scaffold import begin_model

    warehouse = chosen_settings(home=home).warehouse_path
    _begun(lambda: begin_model(name, reads, warehouse, models))


@dev_new.command("metric")
@MODELS
@click.option("--of", required=True, help="fact.aggregation(column), as fct_tickets.sum(minutes).")
@click.argument("name")
def dev_new_metric(name: str, of: str, models: Path) -> None:
    """Add a metric to the fact that has its column."""
    from orchestration.dev.scaffold import begin_metric

    _begun(lambda: [begin_metric(name, of, models)])


def _begun(begin: Callable[[], list[Path]]) -> None:
    from orchestration.dev.scaffold import ScaffoldError

    try:
        written = begin()
    except ScaffoldError as error:
        raise click.UsageError(str(error)) from error
    click.echo("\n".join(f"wrote {path}" for path in written))
    click.echo("fill in what only you know, then `drivewheel dev run`")
