"""Commands that read what is published: thin; each says it on the terminal or in another form."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from orchestration.options import HOME, published_settings
from orchestration.report.forms import in_forms, say

MONTH = click.option(
    "--period", type=click.DateTime(["%Y-%m"]), help="A month, as 2026-05; default: the newest."
)
LIMIT = click.option("--limit", type=click.IntRange(1), default=20, show_default=True)


@click.command()
@HOME
@click.option(
    "--week", help="A week as it was first told, as 2026-W26; default: what is known now."
)
@click.option(
    "--pdf", type=click.Path(dir_okay=False, path_type=Path), help="Print its page to this file."
)
@in_forms("json", "csv", "html")
def scorecard(home: Path | None, week: str | None, pdf: Path | None, form: str | None) -> None:
    """Print the executive scorecard of the published version, or what was told of a week."""
    from orchestration.pages import addresses
    from orchestration.report.scorecard import print_scorecard, read_scorecard
    from orchestration.report.weeks import NoSuchWeekError, print_week, read_week

    settings = published_settings(home)
    page = addresses.week(week) if week else addresses.HOME
    try:
        found = read_week(settings, week) if week else read_scorecard(settings)
        if pdf:
            from orchestration.pages.alone import PrintError, print_pdf

            try:
                print_pdf(settings, page, pdf)
            except PrintError as error:
                raise click.UsageError(str(error)) from error
            click.echo(f"printed {pdf}")
            return
        say(
            form,
            found,
            show=lambda: print_week(settings, week) if week else print_scorecard(settings),
            settings=settings,
            page=page,
        )
    except NoSuchWeekError as error:
        raise click.UsageError(str(error)) from error


@click.command()
@HOME
@click.option(
    "--grain", type=click.Choice(["month", "quarter", "year"]), default="month", show_default=True
)
@click.option("--period", type=click.DateTime(["%Y-%m", "%Y-%m-%d", "%Y"]), help="Its first day.")
@in_forms("json", "csv", "html")
def board(home: Path | None, grain: str, period: dt.datetime | None, form: str | None) -> None:
    """Print the board lens of a month, quarter or year, the newest by default."""
    from orchestration.pages import addresses
    from orchestration.report.board import NothingToShowError, print_board, read_board

    settings = published_settings(home)
    start = period.date() if period else None
    try:
        rows = read_board(settings, grain=grain, period_start=start)
    except NothingToShowError as error:
        raise click.UsageError(str(error)) from error
    say(
        form,
        rows,
        show=lambda: print_board(settings, grain=grain, period_start=start),
        settings=settings,
        page=addresses.board(grain, rows[0]["period_start"]),
    )


@click.command()
@HOME
@click.argument("node", default="company")
@in_forms("json", "csv", "html")
def tree(home: Path | None, node: str, form: str | None) -> None:
    """Print the tree of scores beneath NODE: the company, a family or a metric."""
    from orchestration.pages import addresses
    from orchestration.report.tree import NoSuchNodeError, print_tree, read_tree

    settings = published_settings(home)
    try:
        rows = read_tree(settings, node)
    except NoSuchNodeError as error:
        raise click.UsageError(str(error)) from error
    say(
        form,
        rows,
        show=lambda: print_tree(settings, node),
        settings=settings,
        page=addresses.TREE,
    )


@click.command()
@HOME
@click.argument("metric")
@click.option("--period", type=click.DateTime(["%Y-%m"]), help="As 2026-06; default: the newest.")
@in_forms("json", "html")
def why(home: Path | None, metric: str, period: dt.datetime | None, form: str | None) -> None:
    """Say who moved METRIC, what was known of them, and what is open about it."""
    from orchestration.pages import addresses
    from orchestration.report.why import NothingKnownError, print_why, read_why

    settings = published_settings(home)
    start = period.date() if period else None
    try:
        found = read_why(settings, metric, start)
    except NothingKnownError as error:
        raise click.UsageError(str(error)) from error
    say(
        form,
        found,
        show=lambda: print_why(settings, metric, start),
        settings=settings,
        page=addresses.metric(metric),
    )


@click.command()
@HOME
@LIMIT
@in_forms("json", "csv", "html")
def customers(home: Path | None, limit: int, form: str | None) -> None:
    """List customers who may leave, what says so, and the open step that is worth most."""
    from orchestration.pages import addresses
    from orchestration.report.customers import print_at_risk, read_at_risk

    settings = published_settings(home)
    say(
        form,
        read_at_risk(settings)[:limit],
        show=lambda: print_at_risk(settings, limit=limit),
        settings=settings,
        page=addresses.AT_RISK,
    )


@click.command()
@HOME
@click.option("--write", is_flag=True, help="Write the proposed weights to the company's folder.")
@in_forms("json", "csv")
def health(home: Path | None, write: bool, form: str | None) -> None:
    """Print what the health score weighs, what is shown of it, and weights by that."""
    from orchestration.report.health import (
        NothingProposedError,
        print_health,
        read_proposals,
        write_weights,
    )

    settings = published_settings(home)
    say(form, read_proposals(settings), show=lambda: print_health(settings), settings=settings)
    if write:
        try:
            path = write_weights(settings)
        except NothingProposedError as error:
            raise click.UsageError(str(error)) from error
        click.echo(f"wrote {path}; `drivewheel run` takes it", err=form is not None)


@click.command()
@HOME
@click.option("--contradicted", is_flag=True, help="Only what the numbers contradict.")
@LIMIT
@in_forms("json", "csv")
def learning(home: Path | None, contradicted: bool, limit: int, form: str | None) -> None:
    """Tell what was tried, what came of it, and where what is said of it is contradicted."""
    from orchestration.report.learning import print_learning, read_learning

    settings = published_settings(home)
    say(
        form,
        read_learning(settings, contradicted=contradicted)[:limit],
        show=lambda: print_learning(settings, contradicted=contradicted, limit=limit),
        settings=settings,
    )


@click.command()
@HOME
@click.argument("function", required=False)
@MONTH
@in_forms("json", "csv", "html")
def leadership(
    home: Path | None, function: str | None, period: dt.datetime | None, form: str | None
) -> None:
    """Print what the functions of the company are measured by, or one FUNCTION."""
    from orchestration.pages import addresses
    from orchestration.report.lists import NothingListedError, print_measured, read_leadership

    settings = published_settings(home)
    try:
        rows = read_leadership(settings, function, period.date() if period else None)
    except NothingListedError as error:
        raise click.UsageError(str(error)) from error
    say(
        form,
        rows,
        show=lambda: print_measured(rows),
        settings=settings,
        page=addresses.function(function) if function else addresses.LEADERSHIP,
    )


@click.command()
@HOME
@MONTH
@in_forms("json", "csv", "html")
def technical(home: Path | None, period: dt.datetime | None, form: str | None) -> None:
    """Print what services and teams are measured by."""
    from orchestration.pages import addresses
    from orchestration.report.lists import NothingListedError, print_measured, read_technical

    settings = published_settings(home)
    try:
        rows = read_technical(settings, period.date() if period else None)
    except NothingListedError as error:
        raise click.UsageError(str(error)) from error
    say(
        form,
        rows,
        show=lambda: print_measured(rows),
        settings=settings,
        page=addresses.TECHNICAL,
    )


@click.command()
@HOME
@click.option("--all", "is_all", is_flag=True, help="Also those that are over.")
@in_forms("json", "csv")
def breaches(home: Path | None, is_all: bool, form: str | None) -> None:
    """List guardrails that are breached, the critical ones first."""
    from orchestration.report.lists import print_breaches, read_breaches

    settings = published_settings(home)
    rows = read_breaches(settings, is_open=not is_all)
    say(form, rows, show=lambda: print_breaches(rows), settings=settings)


@click.command()
@HOME
@in_forms("json", "csv")
def experiments(home: Path | None, form: str | None) -> None:
    """Print what came of experiments, and what was decided."""
    from orchestration.report.lists import print_experiments, read_experiments

    settings = published_settings(home)
    rows = read_experiments(settings)
    say(form, rows, show=lambda: print_experiments(rows), settings=settings)


@click.command()
@HOME
@click.argument("search", default="")
@in_forms("json", "csv", "html")
def metrics(home: Path | None, search: str, form: str | None) -> None:
    """List metrics with what they mean: all, or those that SEARCH is found in."""
    from orchestration.pages import addresses
    from orchestration.report.lists import print_metrics, read_metrics

    settings = published_settings(home)
    rows = read_metrics(settings, search)
    say(
        form,
        rows,
        show=lambda: print_metrics(rows),
        settings=settings,
        page=addresses.METRICS,
    )


# In the order of the README; what is added here is a command of `drivewheel`.
COMMANDS = (
    scorecard,
    board,
    leadership,
    technical,
    tree,
    why,
    customers,
    health,
    breaches,
    experiments,
    learning,
    metrics,
)
