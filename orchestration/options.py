"""What commands have in common: the home, the landing, settings with what the command line says."""

from __future__ import annotations

import getpass
import json
import os
from pathlib import Path

import click
from pydantic import ValidationError

from orchestration.settings import Settings, load_settings

# The exit code where the engine, a model or the machine failed.
BROKEN = 3
JSON = click.option("--json", "is_json", is_flag=True, help="Print it as JSON, for a program.")
HOME = click.option(
    "--home", type=click.Path(file_okay=False, path_type=Path), help="Folder of all state."
)
LANDING = click.option(
    "--landing", type=click.Path(file_okay=False, path_type=Path), help="Folder of landing files."
)

DECIDED_BY = click.option("--by", default=getpass.getuser, show_default="you", help="Who decides.")
DECIDED_WHY = click.option("--why", required=True, help="In your words; it is kept.")


def chosen_settings(**chosen: object) -> Settings:
    """Settings with what the command line says; children of this process see it too."""
    for name, value in chosen.items():
        if value is not None:
            text = str(value.resolve()) if isinstance(value, Path) else str(value)
            os.environ[f"DRIVEWHEEL_{name.upper()}"] = text
    try:
        return load_settings()
    except ValidationError as error:
        told = "; ".join(
            f"DRIVEWHEEL_{'_'.join(map(str, each['loc'])).upper()}: "
            f"{each['msg'].removeprefix('Value error, ')}"
            for each in error.errors()
        )
        raise click.UsageError(f"the settings are not usable: {told}") from error


def published_settings(home: Path | None, landing: Path | None = None) -> Settings:
    """Settings of a home that has published something."""
    settings = chosen_settings(home=home, landing=landing)
    if not settings.serving_path.exists():
        raise click.UsageError(
            f"{settings.serving_path}: nothing is published yet; run `drivewheel run` first"
        )
    return settings


def echo_json(found: object) -> None:
    """Print what was found as JSON; days and moments as ISO 8601."""
    click.echo(json.dumps(found, default=str, indent=1, ensure_ascii=False, allow_nan=False))
