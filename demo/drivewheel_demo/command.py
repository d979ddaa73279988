"""`drivewheel demo`: what the demo company adds to the commands of the house."""

from __future__ import annotations

from pathlib import Path

import click

from drivewheel_demo.demo import DemoError, write_demo, write_next_day
from orchestration.options import HOME, LANDING, chosen_settings


@click.command()
@LANDING
@HOME
@click.option("--customers", default=400, show_default=True, help="Customers to simulate.")
@click.option("--months", default=30, show_default=True, help="Months of history.")
@click.option("--events-per-day", default=2000, show_default=True, help="Product events a day.")
@click.option("--seed", default=7, show_default=True, help="Equal seeds give equal files.")
@click.option(
    "--without",
    multiple=True,
    metavar="NAME",
    help="A story of the company that does not happen; may be given repeatedly.",
)
@click.option("--next-day", is_flag=True, help="Write one more day to an existing demo.")
def demo(
    landing: Path | None,
    home: Path | None,
    customers: int,
    months: int,
    events_per_day: int,
    seed: int,
    without: tuple[str, ...],
    next_day: bool,
) -> None:
    """Write the landing files of a simulated company."""
    settings = chosen_settings(landing=landing, home=home)
    try:
        summary = (
            write_next_day(settings.landing_dir)
            if next_day
            else write_demo(
                settings.landing_dir,
                seed=seed,
                customers=customers,
                months=months,
                events_per_day=events_per_day,
                without=without,
            )
        )
    except DemoError as error:
        raise click.UsageError(str(error)) from error
    click.echo(
        f"wrote {sum(summary.rows.values()):,} rows in {len(summary.files)} files "
        f"to {settings.landing_dir}"
    )
