"""The company's folder, laid over what is shipped: the tables that dbt then reads.

A table of which the folder has a file is the company's own, whole; every other is the shipped
one of `seeds/`. Both, and the company's own models, are written into a folder that is named by
their content and kept in the checkout (tables in the home where that cannot be written), so that
homes of one company share what was parsed, and nothing changes under a build that reads it.
dbt writes what it compiles beside its target by a model's path in the project: of a model that
lies elsewhere it would write over the model itself.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.company import CompanyError
from orchestration.company.profile import FILE as PROFILE_FILE
from orchestration.company.profile import Profile, read_profile
from orchestration.company.tables import (
    DECLARATIONS,
    Content,
    Table,
    check_references,
    load_tables,
    nearest,
    read_table,
)
from orchestration.files import keep_newest
from orchestration.landing.contract import Declared, load_declared
from orchestration.settings import PROJECT_DIR, STAGING_DIR

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orchestration.settings import Settings

SHIPPED_DIR = PROJECT_DIR / "seeds"
KEPT_DIR = PROJECT_DIR / ".drivewheel" / "company"
KEPT_STATES = 20
# Own models and sources, in folders as those of `dbt_project/models`.
MODELS = "models"
TABLES = "seeds"


@dataclass(frozen=True)
class Company:
    """What a company decided, checked: each row fits its table, and names what is there."""

    profile: Profile
    tables: Mapping[str, Table]
    contents: Mapping[str, Content]
    tables_dir: Path
    models_dir: Path | None
    own_models_dir: Path | None
    state: str

    @property
    def owner_roles(self) -> list[str]:
        """The roles that own something, in the order of their table."""
        return [row.cells["owner_role"] for row in self.contents["owners"].rows]

    @property
    def holidays(self) -> list[dt.date]:
        """Days on which nobody works."""
        rows = self.contents["holidays"].rows
        return [dt.date.fromisoformat(row.cells["holiday_on"]) for row in rows]

    def environment(self) -> dict[str, str]:
        """The variables by which dbt finds it: all of them, for a process may have older ones."""
        return {
            "DRIVEWHEEL_SEEDS": _in_project(self.tables_dir),
            "DRIVEWHEEL_OWNER_ROLES": ",".join(self.owner_roles),
            "DRIVEWHEEL_MODELS": _in_project(self.models_dir) if self.models_dir else "",
            **self.profile.variables(),
        }

    def told(self, path: str) -> str:
        """A file as its writer knows it, of one that dbt names."""
        if self.models_dir and self.own_models_dir:
            return path.replace(_in_project(self.models_dir), str(self.own_models_dir))
        return path


def read_company(settings: Settings) -> Company:
    """The company of a home: its folder, or what is shipped where it has none.

    Raises:
        CompanyError: every row and field that cannot be used, with file, row and remedy.
    """
    folder = settings.company_dir
    if settings.company is not None and not settings.company.is_dir():
        raise CompanyError(
            [
                f"{settings.company}: no such folder, which DRIVEWHEEL_COMPANY names; make it "
                "with `drivewheel init`, or name another"
            ]
        )
    stamps = tuple(_stamps(folder)) if folder else ()
    return _read(folder, stamps, settings.home_dir)


def read_declared(settings: Settings) -> Declared:
    """What sources declare: the project's, and the company's own where it has some.

    Raises:
        LandingError: what cannot be used, all faults of all files, each with its remedy.
    """
    own = settings.company_dir and settings.company_dir / MODELS / "staging"
    return load_declared(STAGING_DIR, *([own] if own and own.is_dir() else []))


def _stamps(folder: Path) -> Iterator[tuple[str, int, int]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            status = path.stat()
            yield str(path), status.st_size, status.st_mtime_ns


@lru_cache(maxsize=8)
def _read(folder: Path | None, _: tuple[tuple[str, int, int], ...], home: Path) -> Company:
    tables = load_tables(SHIPPED_DIR)
    contents = {
        name: read_table(SHIPPED_DIR / table.file_name, table) for name, table in tables.items()
    }
    problems = [problem for content in contents.values() for problem in content.problems]
    profile, models_dir = Profile(), None
    own: dict[str, Content] = {}
    if folder:
        own, found = _own_tables(folder, tables)
        problems += found
        contents |= own
        try:
            profile = read_profile(folder)
        except CompanyError as error:
            problems += error.problems
        if profile.reporting_currency and "fx_rates" not in own:
            problems.append(
                f"{folder / PROFILE_FILE}: reporting_currency is {profile.reporting_currency}, and "
                "the shipped rates are in US dollars; bring an fx_rates.csv of your own"
            )
        models_dir = folder / MODELS if (folder / MODELS).is_dir() else None
    if not problems:
        problems = check_references(contents, tables)
    if problems:
        raise CompanyError(problems)
    files = _files(tables, contents, own)
    if models_dir:
        files |= {
            f"{MODELS}/{path.relative_to(models_dir)}": path.read_bytes()
            for path in models_dir.rglob("*")
            if path.is_file()
        }
    kept = _keep(files, home, has_models=models_dir is not None) if own or models_dir else None
    return Company(
        profile=profile,
        tables=tables,
        contents=contents,
        tables_dir=kept / TABLES if kept else SHIPPED_DIR,
        models_dir=kept / MODELS if kept and models_dir else None,
        own_models_dir=models_dir,
        state=_hash_of(files, profile.model_dump_json()),
    )


def _in_project(path: Path) -> str:
    """A path as dbt shows it: within the project where it is one of it."""
    return str(path.relative_to(PROJECT_DIR) if path.is_relative_to(PROJECT_DIR) else path)


def _own_tables(folder: Path, tables: Mapping[str, Table]) -> tuple[dict[str, Content], list[str]]:
    """The tables of a folder that are not left out, by name, and what is wrong with them."""
    own, problems = {}, []
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in (".yml", ".yaml") and path.name != PROFILE_FILE:
            problems.append(f"{path}: nobody reads it; what it says belongs in {PROFILE_FILE}")
        if path.suffix.lower() != ".csv":
            continue
        if path.stem not in tables:
            problems.append(f"{path}: no table is called {path.stem}; {nearest(path.stem, tables)}")
            continue
        content = read_table(path, tables[path.stem])
        problems += content.problems
        if content.is_given:
            own[path.stem] = content
    return own, problems


def _files(
    tables: Mapping[str, Table], contents: Mapping[str, Content], own: Mapping[str, Content]
) -> dict[str, bytes]:
    """The files of all tables by name: the shipped ones as they are, the company's cleaned."""
    files = {f"{TABLES}/{DECLARATIONS}": (SHIPPED_DIR / DECLARATIONS).read_bytes()}
    for name, table in tables.items():
        shipped = SHIPPED_DIR / table.file_name
        files[f"{TABLES}/{table.file_name}"] = (
            _written(table, contents[name]) if name in own else shipped.read_bytes()
        )
    return files


def _written(table: Table, content: Content) -> bytes:
    """A table as dbt expects it: declared columns, commas, no comments."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=[*table.types], lineterminator="\n")
    writer.writeheader()
    writer.writerows(row.cells for row in content.rows)
    return text.getvalue().encode()


def _hash_of(files: Mapping[str, bytes], beside: str = "") -> str:
    digest = hashlib.sha256(beside.encode())
    for name, content in sorted(files.items()):
        digest.update(name.encode() + hashlib.sha256(content).digest())
    return digest.hexdigest()[:16]


def _keep(files: Mapping[str, bytes], home: Path, *, has_models: bool) -> Path:
    """The folder that holds just these files; written where it is not there yet."""
    name = _hash_of(files)
    try:
        return _write(files, KEPT_DIR, name)
    except OSError as error:
        if has_models:
            raise CompanyError(
                [
                    f"{KEPT_DIR}: cannot be written ({error.strerror}), and models of one's own "
                    "are built from there; let the user who runs drivewheel write it"
                ]
            ) from error
        # Tables alone are as well kept in the home.
        return _write(files, home / "company", name)


def _write(files: Mapping[str, bytes], kept: Path, name: str) -> Path:
    folder = kept / name
    if folder.is_dir():
        # The newest are kept: this one is in use again.
        os.utime(folder)
        return folder
    kept.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=kept))
    for file_name, content in files.items():
        path = partial / file_name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    try:
        partial.replace(folder)
    except OSError:
        # Another run was quicker.
        shutil.rmtree(partial)
        if not folder.is_dir():
            raise
    keep_newest(kept, KEPT_STATES)
    return folder
