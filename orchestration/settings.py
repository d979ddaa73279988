"""The only reader of the environment.

Everything that a person may set is a field here, as `DRIVEWHEEL_<FIELD>` in the
environment or in `.env`. All state lives below `home`; the paths are derived, never set.
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PROJECT_DIR = Path(__file__).resolve().parent.parent
# Of DuckDB, where a home says nothing else; `profiles.yml` says it too.
MEMORY_LIMIT = "3GB"
HASH_KEY_BYTES = 32
PERSONS_FILE = "persons.duckdb"
# In a landing folder: no source, but whose it is.
COMPANY_FOLDER = "company"
STAGING_DIR = PROJECT_DIR / "dbt_project/models/staging"


class Settings(BaseSettings):
    """Where things are and how much of the machine may be used."""

    model_config = SettingsConfigDict(
        env_prefix="DRIVEWHEEL_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    home: Path = Field(
        default=PROJECT_DIR / ".drivewheel",
        description="Folder of the warehouse, the published files, runs and logs.",
    )
    landing: Path | None = Field(
        default=None, description="Folder of landing files; default <home>/landing."
    )
    company: Path | None = Field(
        default=None,
        description="Folder of the company's own choices (`drivewheel init`); default "
        "<landing>/company, where there is one.",
    )
    as_of: dt.date | None = Field(
        default=None, description="Day through which metrics are computed."
    )
    full: bool = Field(default=False, description="Full refresh: build also what is unchanged.")
    keep_versions: int = Field(
        default=3, ge=1, description="Published versions kept, the current one included."
    )
    keep_runs: int = Field(
        default=30, ge=1, description="Runs kept in Dagster's history, with events and logs."
    )
    memory_limit: str = Field(
        default=MEMORY_LIMIT,
        description="DuckDB's memory_limit, beyond which it spills to disk; the process that "
        "builds takes up to 0.8 GiB beside it.",
    )
    threads: int = Field(default=2, ge=1, description="DuckDB's threads, and up to two of dbt's.")
    engine: Literal["duckdb", "spark"] = Field(
        default="duckdb", description="Who computes SQL models: DuckDB, or Spark (`make spark`)."
    )
    spark_master: str | None = Field(
        default=None,
        description="Spark's master beyond one process, as spark://host:7077: its workers see "
        "<home>; default: on this machine, on `threads` threads, set for small tables.",
    )
    lake: str | None = Field(
        default=None,
        description="Folder or URL (file://, s3://) of raw tables as Parquet, which Spark reads; "
        "default <home>/lake.",
    )
    hash_key: str | None = Field(
        default=None,
        repr=False,
        description="Key of person hashes, 32 bytes or more; default: made once, in <home>.",
    )
    show_names: bool = Field(
        default=False,
        description="Whether pages and notices call companies by name, from the second file.",
    )
    lock_timeout_seconds: int = Field(
        default=3600, ge=0, description="How long a run waits for another to end."
    )

    docs_url: str | None = Field(
        default=None,
        description="Where browsers find the Data Docs; default: beside the pages, as "
        "<pages_url>/checks.",
    )
    pages_url: str = Field(
        default="http://127.0.0.1:3002",
        description="Where browsers find the pages; `drivewheel ui` serves them there.",
    )
    pages_to: Path | None = Field(
        default=None,
        description="Folder in which each refresh leaves the pages as files; default: none is.",
    )
    pages_token: str | None = Field(
        default=None,
        repr=False,
        description="What somebody shows who acts on the pages, 32 characters or more; default: "
        "the pages are read-only.",
    )
    pages_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Names, separated by spaces, under which other machines reach the pages.",
    )
    notify: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        repr=False,
        description="Apprise addresses of notices, separated by spaces; default: files in <home>.",
    )

    @field_validator("hash_key", "pages_token")
    @classmethod
    def _require_length(cls, value: str | None) -> str | None:
        """A short key can be guessed, and with it who is behind a hash, or who acts."""
        if value is not None and len(value.encode()) < HASH_KEY_BYTES:
            message = (
                f"is shorter than {HASH_KEY_BYTES} bytes, so that it could be guessed; make one "
                "with `openssl rand -hex 32`, and keep it"
            )
            raise ValueError(message)
        return value

    @field_validator("notify", "pages_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Addresses may hold commas, never spaces."""
        return tuple(value.split()) if isinstance(value, str) else value

    @property
    def notices_dir(self) -> Path:
        """Folder of notices where there is no address."""
        return self.home_dir / "notices"

    @property
    def pages_dir(self) -> Path:
        """Folder of the pages as files."""
        return self.home_dir / "pages/site"

    @property
    def checks_url(self) -> str:
        """Where browsers find the Data Docs."""
        return (self.docs_url or f"{self.pages_url.rstrip('/')}/checks").rstrip("/")

    @property
    def docs_dir(self) -> Path:
        """Folder of the Data Docs: what the gates found, as pages."""
        return self.home_dir / "data_docs"

    @property
    def landing_dir(self) -> Path:
        """Folder that holds <source>/<object>/<files>."""
        return (self.landing or self.home / "landing").resolve()

    @property
    def lake_location(self) -> str:
        """Folder, absolute, or URL of raw tables as Parquet."""
        if self.lake and "://" in self.lake:
            return self.lake
        return str(Path(self.lake).resolve() if self.lake else self.home_dir / "lake")

    @property
    def company_dir(self) -> Path | None:
        """Folder of the company's own choices; None where everything is as shipped."""
        if self.company:
            return self.company.resolve()
        beside = self.landing_dir / COMPANY_FOLDER
        return beside if beside.is_dir() else None

    @property
    def home_dir(self) -> Path:
        """The home folder, absolute."""
        return self.home.resolve()

    @property
    def warehouse_path(self) -> Path:
        """The DuckDB file that only the pipeline opens."""
        return self.home_dir / "warehouse.duckdb"

    @property
    def serving_dir(self) -> Path:
        """Folder of the published versions and the symlink to the current one."""
        return self.home_dir / "serving"

    @property
    def serving_path(self) -> Path:
        """The symlink that BI tools open, read-only."""
        return self.serving_dir / "drivewheel.duckdb"

    @property
    def persons_path(self) -> Path:
        """The file of names beside the current version, which few may read."""
        return self.serving_path.resolve().with_name(PERSONS_FILE)

    @property
    def dagster_dir(self) -> Path:
        """Dagster's own storage."""
        return self.home_dir / "dagster"

    @property
    def target_dir(self) -> Path:
        """Dbt's artifacts."""
        return self.home_dir / "target"

    @property
    def lock_path(self) -> Path:
        """The file lock that a whole run holds."""
        return self.home_dir / "run.lock"


def keep_private() -> None:
    """Have this process, and those that it starts, write for their owner alone.

    Names, amounts and the key of the hashes are in the warehouse, its log and what is logged;
    publishing opens to others what is for them.
    """
    os.umask(0o077)


def load_settings() -> Settings:
    """Settings from the environment and `.env`."""
    return Settings()


def environment_of_children(settings: Settings) -> dict[str, str]:
    """What is set, for processes that run in another folder: they see no `.env` of this one.

    They find this code too, wherever it is installed.
    """
    chosen = {
        name: getattr(settings, name)
        for name in settings.model_fields_set
        if name not in ("notify", "pages_token", "pages_hosts")
    }
    chosen |= {"home": settings.home_dir, "landing": settings.landing_dir}
    if settings.company:
        chosen["company"] = settings.company.resolve()
    if settings.pages_to:
        chosen["pages_to"] = settings.pages_to.resolve()
    if settings.notify:
        chosen["notify"] = " ".join(settings.notify)
    path = [str(PROJECT_DIR), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        f"DRIVEWHEEL_{name.upper()}": str(value)
        for name, value in chosen.items()
        if value is not None
    } | {"PYTHONPATH": os.pathsep.join(path)}


def environment_of_a_copy(settings: Settings, *, home: Path, code: Path) -> dict[str, str]:
    """The environment of a process that runs `code` in another home, and tells nobody."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("DRIVEWHEEL_")
    }
    chosen = {
        "DRIVEWHEEL_HOME": str(home),
        "DRIVEWHEEL_LANDING": str(settings.landing_dir),
        "DRIVEWHEEL_THREADS": str(settings.threads),
        "DRIVEWHEEL_MEMORY_LIMIT": settings.memory_limit,
        "PYTHONPATH": str(code),
    }
    if settings.as_of:
        chosen["DRIVEWHEEL_AS_OF"] = str(settings.as_of)
    if settings.company_dir:
        chosen["DRIVEWHEEL_COMPANY"] = str(settings.company_dir)
    if settings.hash_key:
        chosen["DRIVEWHEEL_HASH_KEY"] = settings.hash_key
    return inherited | chosen
