"""`company.yml`: what a company is, in a few lines, each of which may be left out."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orchestration.company import CompanyError
from orchestration.files import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

FILE = "company.yml"


class Business(StrEnum):
    """What is sold, which decides what the core of the metrics is."""

    SAAS = "saas"
    SERVICES = "services"
    HYBRID = "hybrid"


class Windows(BaseModel):
    """Days, and answers, from which something counts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    activation_window_days: int | None = Field(
        default=None,
        ge=1,
        le=366,
        description="Days after provisioning in which a first value event activates a customer.",
    )
    conversion_window_days: int | None = Field(
        default=None,
        ge=1,
        le=366,
        description="Days in which a trial that pays counts as converted.",
    )
    fewest_answers: int | None = Field(
        default=None,
        ge=1,
        description="Answers of employees below which a group of them tells nothing.",
    )


class Profile(BaseModel):
    """What `company.yml` says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    business: Business = Field(
        default=Business.SAAS,
        description="saas, services or hybrid: which metrics are the core (core_metrics.csv).",
    )
    reporting_currency: str | None = Field(
        default=None,
        pattern="^[a-z]{3}$",
        description="Currency of all money that is shown, as eur; rates are then your own.",
    )
    discount_rate: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="What a year of waiting costs, as 0.1: LTV is then what it is worth today.",
    )
    show_names: bool = Field(
        default=False,
        description="Whether pages and notices may call companies by name.",
    )
    company_name: str | None = Field(
        default=None,
        max_length=100,
        description="What customers call you, on the page that is shared with them.",
    )
    windows: Windows = Field(
        default_factory=Windows, description="Days, and answers, from which something counts."
    )

    def variables(self) -> dict[str, str]:
        """What the models are told, as variables of the environment; empty as shipped."""
        chosen = {
            "business": self.business.value,
            "reporting_currency": self.reporting_currency,
            "discount_rate": self.discount_rate,
            **self.windows.model_dump(),
        }
        return {
            f"DRIVEWHEEL_{name.upper()}": "" if value is None else str(value)
            for name, value in chosen.items()
        }


def read_profile(folder: Path) -> Profile:
    """What a folder's `company.yml` says; all defaults where it is left out.

    Raises:
        CompanyError: every field that cannot be used, with its remedy.
    """
    path = folder / FILE
    if not path.exists():
        return Profile()
    try:
        said = read_yaml(path) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        told = " ".join(str(error).split())
        raise CompanyError([f"{path}: is no YAML; correct it. {told}"]) from error
    if not isinstance(said, dict):
        raise CompanyError([f"{path}: write lines of the form `business: saas`"])
    try:
        return Profile(**said)
    except ValidationError as error:
        raise CompanyError([_told(path, each) for each in error.errors()]) from error


def _told(path: Path, error: object) -> str:
    """One field that cannot be used."""
    found: dict = error  # type: ignore[type-arg,assignment]
    name = ".".join(map(str, found["loc"]))
    if found["type"] == "extra_forbidden":
        place = Windows if name.startswith("windows.") else Profile
        known = ", ".join(place.model_fields)
        return f"{path}: nothing is called {name}; there are {known}"
    return f"{path}: {name} is {found['input']!r}: {found['msg']}"
