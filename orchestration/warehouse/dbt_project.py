"""The dbt project beside the warehouse: its environment, its manifest, and what it says."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from orchestration.company.folder import read_company, read_declared
from orchestration.company.rules import check_metrics
from orchestration.files import keep_newest, write_whole
from orchestration.landing.declared import told_to_dbt
from orchestration.project.code import digest
from orchestration.project.manifest import MANIFEST, SEMANTICS, read_manifest
from orchestration.project.plain_hashes import plain_hashes
from orchestration.settings import PROJECT_DIR

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from orchestration.project.manifest import Manifest
    from orchestration.settings import Settings

# What the manifest is made of, and what Python models run.
SOURCES = ("dbt_project.yml", "profiles.yml", "dbt_project", "seeds")
PACKAGE = ("orchestration", "expectations", "requirements.txt")
# By states of the project: what dbt parsed, and what was compiled and traced from it.
KEPT_DIR = PROJECT_DIR / ".drivewheel" / "parsed"
# Of several companies and a project that is being changed; some 60 MB each.
KEPT_STATES = 8
STAMP = "parsed_from"
# The folder of the checkout by which a project was parsed.
PARSED_IN = "parsed_in"
# What dbt goes on from where few files have changed.
PARTIAL = "partial_parse.msgpack"
KEPT = (
    MANIFEST,
    SEMANTICS,
    PARSED_IN,
    PARTIAL,
    "parsed.pickle",
    "column_lineage_*.json",
    "metric_lineage_*.json",
    "staged_readings_*.json",
)
# Which grow with what homes have data of, and how deep they are united.
GROWING = {"compiled_queries.json": 1, "traced_columns.json": 1, "compiled_nodes.json": 3}
# Of another state too these serve as far as they fit: each says what it was worked out from.
OF_ANY_STATE = (
    PARSED_IN,
    PARTIAL,
    "compiled_queries.json",
    "traced_columns.json",
    "column_lineage_*.json",
    "metric_lineage_*.json",
    "staged_readings_*.json",
)


class DbtParseError(Exception):
    """The dbt project does not parse; the message is dbt's."""


def dbt_environment(settings: Settings) -> dict[str, str]:
    """The variables that dbt, started by anybody, needs to find this home and its company.

    Raises:
        CompanyError: the company's folder cannot be used.
        LandingError: what sources declare cannot be used.
    """
    return {
        "DRIVEWHEEL_HOME": str(settings.home_dir),
        "DRIVEWHEEL_MEMORY_LIMIT": settings.memory_limit,
        "DRIVEWHEEL_THREADS": str(settings.threads),
        **read_company(settings).environment(),
        "DRIVEWHEEL_SOURCES": _declared_sources(settings),
        "DBT_PROFILES_DIR": str(PROJECT_DIR),
        "DBT_TARGET_PATH": str(settings.target_dir),
        "DBT_LOG_PATH": str(settings.home_dir / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_STATIC_PARSER": "true",
        # What is said stands in the run's log; at debug level it is 9 MB, a tenth of dbt's time.
        "DBT_LOG_LEVEL_FILE": "error",
    }


def _declared_sources(settings: Settings) -> str:
    """What the sources' YAML declares, for the macro `declared`."""
    declared = read_declared(settings)
    # Short: what a variable of the environment may hold has an end.
    return json.dumps(told_to_dbt(declared.sources, declared.objects), separators=(",", ":"))


def prepare_environment(settings: Settings) -> None:
    """Let this process's children see the home."""
    os.environ.update(dbt_environment(settings))


def prepare_manifest(settings: Settings) -> Path:
    """The path of dbt's `manifest.json` in the home, of the project as it is now.

    What a state of the project was parsed to, and what was worked out from it since, is kept
    in the checkout, so that another home, or one that is made anew, does not wait for it.

    Raises:
        DbtParseError: with what dbt said.
        CompanyError: the company's tables do not fit the metrics.
    """
    if not bring_parsed(settings):
        begin_parsing(settings)
        _parse(settings)
        accept_parsed(settings)
    return settings.target_dir / MANIFEST


def begin_parsing(settings: Settings) -> None:
    """Have whoever parses for the home go on from what is known of other states of the project."""
    settings.target_dir.mkdir(parents=True, exist_ok=True)
    _borrow(settings.target_dir)


def prune_partial_parse(target: Path) -> None:
    """Have dbt parse everything where a checkout in another folder has parsed for the home.

    Where a table of a company's lies is kept with what was parsed of it, and a file that has not
    changed is not parsed again: the tables would be read from the other checkout.
    """
    parsed_in = target / PARSED_IN
    if not parsed_in.exists() or parsed_in.read_text() != str(PROJECT_DIR):
        (target / PARTIAL).unlink(missing_ok=True)


def accept_parsed(settings: Settings) -> None:
    """Take what was just parsed for the project as it is now.

    Raises:
        CompanyError: the company's tables do not fit the metrics.
    """
    check_metrics(read_company(settings), settings.target_dir / MANIFEST)
    keep_parsed(settings)
    (settings.target_dir / STAMP).write_text(project_fingerprint(settings))


def bring_parsed(settings: Settings) -> bool:
    """Whether the home holds what the project as it is now was parsed to.

    It is brought from the checkout where another home has left it.
    """
    target, state = settings.target_dir, project_fingerprint(settings)
    stamp, manifest = target / STAMP, target / MANIFEST
    kept = KEPT_DIR / state
    if manifest.exists() and stamp.exists() and stamp.read_text() == state:
        _unite_growing(kept, target)
        return True
    if not (kept / manifest.name).exists():
        return False
    target.mkdir(parents=True, exist_ok=True)
    _copy_kept(kept, target, (*KEPT, *GROWING))
    kept.touch()
    stamp.write_text(state)
    return True


def keep_parsed(settings: Settings) -> None:
    """Keep in the checkout what was parsed and worked out, for the next home."""
    kept = KEPT_DIR / project_fingerprint(settings)
    try:
        kept.mkdir(parents=True, exist_ok=True)
        _copy_kept(settings.target_dir, kept)
        _unite_growing(settings.target_dir, kept)
        keep_newest(KEPT_DIR, KEPT_STATES)
    except OSError:
        # A checkout that may not be written to, or another run that cleans up: nothing is kept,
        # and each home parses for itself.
        return


def project_fingerprint(settings: Settings) -> str:
    """A hash of the project's files, where they are, of what parses them, and of the company.

    Byte for byte, unlike the other states: what dbt parsed holds comments too.
    """
    return _with(_hash_of(SOURCES), settings)


@cache
def code_state() -> str:
    """A hash of the code that decides what a build of the same files and day publishes."""
    return _hash_of((*SOURCES, *PACKAGE), is_plain=True)


@cache
def package_state() -> str:
    """A hash of the code that Python models run."""
    return _hash_of(PACKAGE, is_plain=True)


def build_state(settings: Settings) -> str:
    """A hash of all that decides it, beside files and day: the code, and the company."""
    return _with(code_state(), settings)


def _with(state: str, settings: Settings) -> str:
    state += read_company(settings).state
    return hashlib.sha256(state.encode()).hexdigest()[:16]


@cache
def _hash_of(names: tuple[str, ...], *, is_plain: bool = False) -> str:
    """A hash of files and of what runs them; plain, without comments and layout of code."""
    state = hashlib.sha256()
    for package in ("dbt-core", "dbt-duckdb", "dbt-metricflow", "duckdb"):
        state.update(f"{package}={version(package)}\n".encode())
    paths = (PROJECT_DIR / name for name in names)
    files = sorted(
        file
        for path in paths
        for file in (path.rglob("*") if path.is_dir() else [path])
        if file.is_file() and "__pycache__" not in file.parts
    )
    if is_plain:
        hashes = plain_hashes(files, PROJECT_DIR / ".drivewheel" / "plain_code.json")
    else:
        hashes = [hashlib.sha256(file.read_bytes()).digest() for file in files]
    for file, found in zip(files, hashes, strict=True):
        state.update(f"{file}\n".encode())
        state.update(found)
    return state.hexdigest()[:16]


def _borrow(target: Path) -> None:
    """Begin with what was worked out of the state of the project that was used last.

    Most of a changed project, and of another company's, is the same.
    """
    if (target / MANIFEST).exists() or not KEPT_DIR.is_dir():
        return
    newest = max(KEPT_DIR.iterdir(), key=lambda path: path.stat().st_mtime, default=None)
    if newest is not None:
        _copy_kept(newest, target, OF_ANY_STATE)


def _parse(settings: Settings) -> None:
    prepare_environment(settings)
    result = subprocess.run(
        [sys.executable, "-m", "orchestration.warehouse.dbt_process", "--quiet", "parse"],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        said = read_company(settings).told(f"{result.stdout}{result.stderr}")
        message = f"the dbt project does not parse:\n{said}"
        raise DbtParseError(message)


def _copy_kept(source: Path, target: Path, patterns: Iterable[str] = KEPT) -> None:
    """Copy what is kept where it is missing or another; each file appears whole."""
    for pattern in patterns:
        for file in source.glob(pattern):
            copy = target / file.name
            if not copy.exists() or copy.stat().st_mtime_ns != file.stat().st_mtime_ns:
                partial = copy.with_name(f".{file.name}.{os.getpid()}")
                shutil.copy2(file, partial)
                partial.replace(copy)


def _unite_growing(source: Path, target: Path) -> None:
    """Add to what has grown in a folder what it has grown to in another."""
    for name, depth in GROWING.items():
        ours, theirs = source / name, target / name
        if ours.exists() and not theirs.exists():
            _copy_kept(source, target, [name])
        elif ours.exists() and ours.stat().st_mtime_ns != theirs.stat().st_mtime_ns:
            known, new = json.loads(theirs.read_text()), json.loads(ours.read_text())
            united = _united(known, new, depth)
            if united == new:
                _copy_kept(source, target, [name])
            elif united != known:
                write_whole(theirs, json.dumps(united))


def _united(known: Any, new: Any, depth: int) -> Any:  # noqa: ANN401 - whatever JSON holds
    """What is known and what is new; where they differ, and where it is no mapping, the new."""
    if depth == 0 or not (isinstance(known, dict) and isinstance(new, dict)):
        return new
    both = known.keys() & new.keys()
    if any(known[key] != new[key] and not isinstance(new[key], dict) for key in both):
        # They say of different states that they are theirs.
        return new
    return known | new | {key: _united(known[key], new[key], depth - 1) for key in both}


def incremental_lineage(manifest: Manifest) -> set[str]:
    """The ids of every incremental model, and of every model and seed before one."""
    models = manifest.models
    incremental = [key for key, model in models.items() if model.materialized == "incremental"]
    return manifest.before(*incremental) & models.keys()


def whole_graph(manifest: Manifest) -> set[str]:
    """The ids of everything that a build of all makes."""
    models = manifest.models
    return {key for key, model in models.items() if model.materialized != "ephemeral"}


def incremental_fingerprint(manifest: Manifest) -> str:
    """A hash of everything that decides what incremental models hold.

    That is their code, that of every model and seed before them, and our macros.
    """
    coded = sorted({*incremental_lineage(manifest), *manifest.macros})
    return digest(f"{key}={manifest.coded[key].code_text}" for key in coded)


def built_nodes(target: Path) -> set[str]:
    """The ids of what the dbt invocation that has just ended built."""
    results = json.loads((target / "run_results.json").read_text())["results"]
    return {result["unique_id"] for result in results if result["status"] == "success"}


@dataclass(frozen=True)
class BrokenNode:
    """A model, seed or test that dbt could not build or ask."""

    name: str
    kind: str
    path: str
    message: str

    def __str__(self) -> str:
        """What failed, where it stands and why, for the terminal."""
        verb = "could not be asked" if self.kind == "test" else "failed"
        return f"{self.kind} {self.name} {verb} ({self.path}):\n  {self.message}"


def broken_nodes(settings: Settings) -> list[BrokenNode]:
    """What failed in the dbt invocation that has just ended, in order; not failed tests."""
    target, company = settings.target_dir, read_company(settings)
    path = target / "run_results.json"
    if not path.exists():
        return []
    nodes = read_manifest(target / MANIFEST).nodes
    return [
        BrokenNode(
            name=node.name,
            kind=node.kind,
            path=company.told(node.path),
            message=_first_lines(result["message"] or ""),
        )
        for result in json.loads(path.read_text())["results"]
        if result["status"] in ("error", "runtime error")
        and (node := nodes.get(result["unique_id"]))
    ]


def _first_lines(message: str) -> str:
    """What an engine says first; dbt puts a line about the file before it."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    told = [
        line for line in lines if not line.startswith(("Runtime Error in", "Database Error in"))
    ]
    # Python says what it was last.
    told = told[-1:] if any(line.startswith("Traceback") for line in told) else told
    return "\n  ".join(told[:4])
