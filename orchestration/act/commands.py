"""`drivewheel act …`: thin; what it does is imported when it is asked for."""

from __future__ import annotations

import datetime as dt
import getpass
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestration.options import HOME, JSON, LANDING, echo_json, published_settings
from orchestration.settings import Settings

if TYPE_CHECKING:
    from orchestration.act.acts import Author

# As macros/codes.sql has them; a test holds them equal.
OUTCOMES = ("worked", "partly", "no_effect", "worse")
LESSONS = ("keep", "drop", "change_playbook", "change_target", "look_earlier")
CONCLUSIONS = ("no_change", "intervene", "experiment", "change_target", "change_metric")
DECISIONS = ("scale", "pivot", "stop")
NEXT = (
    "`drivewheel act list` knows it at once, the published version with the refresh that computes "
    "through today"
)


@dataclass(frozen=True)
class Acting:
    """Where somebody acts, and who."""

    settings: Settings
    author: Author

    def on_step(self, step: str, what: str, **said: object) -> None:
        """Record what was said of a step, and tell it."""
        from orchestration.act.acts import act_on_step

        path, row = act_on_step(self.settings, step, self.author, said)
        click.echo(f"{row['intervention_id'][:8]} {row['step']}: {what}\n{path}\n{NEXT}")


def _acting(command: Callable[..., None]) -> Callable[..., None]:
    """Ask where, by whom and why, and tell what cannot be acted on."""

    @LANDING
    @HOME
    @click.option("--by", default=getpass.getuser, show_default="you", help="Who acts.")
    @click.option("--why", help="In your words.")
    @wraps(command)
    def acting(
        landing: Path | None, home: Path | None, by: str, why: str | None, **said: object
    ) -> None:
        from orchestration.act.acts import ActError, Author

        settings = published_settings(home, landing)
        # Times of the landing are in UTC and say no zone.
        author = Author(by, dt.datetime.now(dt.UTC).replace(tzinfo=None), why)
        try:
            command(Acting(settings, author), **said)
        except ActError as error:
            raise click.UsageError(str(error)) from error

    return acting


@click.group()
def act() -> None:
    """Acknowledge, assign, snooze and close steps, hold reviews, decide experiments.

    Each act is a small new file in <landing>/governance, with who, when and why; a step is named
    by the beginning of its id, which `drivewheel act list` shows.
    """


@act.command("list")
@LANDING
@HOME
@click.option("--owner", help="Only the steps of this role.")
@click.option("--waiting", is_flag=True, help="The steps that wait, instead of those open.")
@click.option("--limit", type=click.IntRange(1), default=10, show_default=True)
@JSON
def act_list(
    landing: Path | None,
    home: Path | None,
    owner: str | None,
    waiting: bool,
    limit: int,
    is_json: bool,
) -> None:
    """List open steps, what is expected to return most first, with what was recorded since."""
    from orchestration.act.acts import list_open, list_waiting, tell_waiting, told

    settings = published_settings(home, landing)
    rows = list_waiting(settings) if waiting else list_open(settings)
    rows = [row for row in rows if owner in (None, row["owner_role"])]
    if is_json:
        echo_json(rows[:limit])
        return
    for line in told(rows, limit=limit):
        click.echo(line)
    if len(rows) > limit:
        click.echo(f"and {len(rows) - limit} more (--limit)")
    if not rows:
        click.echo("no step waits" if waiting else "no step is open")
    if not waiting and (behind := tell_waiting(list_waiting(settings))):
        click.echo(f"besides: {behind} (--waiting)")


@act.command()
@click.argument("step")
@_acting
def acknowledge(acting: Acting, step: str) -> None:
    """Say that somebody is at STEP."""
    acting.on_step(step, "acknowledged", acted_at=acting.author.at)


@act.command()
@click.argument("step")
@click.argument("role")
@_acting
def assign(acting: Acting, step: str, role: str) -> None:
    """Give STEP to another ROLE."""
    acting.on_step(step, f"assigned to {role}", owner_role=role)


@act.command()
@click.argument("step")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Due on this day.")
@_acting
def snooze(acting: Acting, step: str, until: dt.datetime) -> None:
    """Have STEP due later."""
    acting.on_step(step, f"due on {until:%Y-%m-%d}", due_on=until.date())


@act.command()
@click.argument("step")
@click.option("--outcome", type=click.Choice(OUTCOMES), required=True, help="As you see it.")
@click.option("--lesson", type=click.Choice(LESSONS), help="What is done otherwise from now on.")
@_acting
def close(acting: Acting, step: str, outcome: str, lesson: str | None) -> None:
    """Close STEP with what came of it."""
    at = acting.author.at
    acting.on_step(step, f"closed, {outcome}", closed_at=at, outcome=outcome, lesson=lesson)


@act.command()
@click.argument("metric")
@click.option("--conclusion", type=click.Choice(CONCLUSIONS), required=True)
@_acting
def review(acting: Acting, metric: str, conclusion: str) -> None:
    """Say that the review of METRIC that has been due longest was held today."""
    from orchestration.act.acts import hold_review

    path, row = hold_review(acting.settings, metric, acting.author, conclusion)
    click.echo(f"review {row['review_id']} of {metric}: held, {conclusion}\n{path}\n{NEXT}")


@act.command()
@click.argument("experiment")
@click.option("--outcome", type=click.Choice(DECISIONS), required=True)
@click.option("--owner", default="unknown", help="The role whose decision it is.")
@_acting
def decide(acting: Acting, experiment: str, outcome: str, owner: str) -> None:
    """Decide EXPERIMENT."""
    from orchestration.act.acts import decide_experiment

    path = decide_experiment(acting.settings, experiment, acting.author, outcome, owner_role=owner)
    click.echo(f"experiment {experiment}: {outcome}\n{path}\n{NEXT}")
