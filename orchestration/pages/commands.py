"""`drivewheel serve`, `drivewheel pages` and `drivewheel share`: thin."""

from __future__ import annotations

from pathlib import Path

import click

from orchestration.options import HOME, LANDING, chosen_settings, published_settings
from orchestration.pages.portal import DAYS

PORT = 3002
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@click.command()
@LANDING
@HOME
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True)
@click.option(
    "--ahead/--no-ahead",
    default=True,
    show_default=True,
    help="Render pages before somebody asks, while nobody does.",
)
def serve(landing: Path | None, home: Path | None, host: str, port: int, *, ahead: bool) -> None:
    """Serve the pages of the published version: scorecards, metrics, customers, steps.

    Beside them what the checks found (/checks/) and how the models are made (/models/).
    Read-only, unless DRIVEWHEEL_PAGES_TOKEN is set: who shows it may act on steps. Another HOST
    than this machine's own needs it, and then every page does.
    """
    import uvicorn

    from orchestration.pages.app import build_app

    settings = chosen_settings(home=home, landing=landing)
    is_far = host not in LOOPBACK
    if is_far and settings.pages_token is None:
        raise click.UsageError(
            f"{host} is reached from other machines: set DRIVEWHEEL_PAGES_TOKEN to a secret of "
            "32 characters or more (`openssl rand -hex 32`), which every reader then shows"
        )
    app = build_app(
        settings,
        token=settings.pages_token,
        hosts=(*settings.pages_hosts, host) if is_far else (),
        renders_ahead=ahead,
    )
    click.echo(
        f"the pages: http://{host}:{port}"
        + ("" if settings.pages_token else " (read-only; DRIVEWHEEL_PAGES_TOKEN lets people act)")
    )
    uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False)


@click.command()
@HOME
@click.option(
    "--to",
    "target",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write; default <home>/pages/site.",
)
def pages(home: Path | None, target: Path | None) -> None:
    """Write the same pages as a folder of files that a browser opens without a server."""
    from orchestration.pages.export import ExportError, export_pages

    settings = published_settings(home)
    folder = target or settings.pages_dir
    try:
        count = export_pages(settings, folder)
    except ExportError as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"wrote {count} pages; open {folder / 'index.html'}")


@click.command()
@HOME
@click.argument("customer")
@click.option(
    "--to",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write, .html (a page to read), .csv or .json; default CUSTOMER.html.",
)
@click.option("--link", "is_link", is_flag=True, help="Print a link to the page instead.")
@click.option(
    "--days",
    type=click.IntRange(1, 366),
    default=DAYS,
    show_default=True,
    help="Days for which the link holds.",
)
def share(
    home: Path | None, customer: str, target: Path | None, *, is_link: bool, days: int
) -> None:
    """Write what CUSTOMER may see of itself, and of nobody else, to a file to be sent.

    Or, with --link, print an address at which `drivewheel serve` shows it to whoever has it.
    """
    from orchestration.report.share import ShareError, link_scorecard, share_scorecard

    try:
        if is_link:
            address, until = link_scorecard(published_settings(home), customer, days)
            click.echo(f"{address}\nopens the page of {customer}, and nothing else, until {until}")
            return
        path, count = share_scorecard(published_settings(home), customer, target)
    except ShareError as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"wrote {count} measures of {customer} to {path}")
