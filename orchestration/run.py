"""A refresh started from the command line: the same Dagster job as in the UI.

The terminal shows what ops say and nothing else; everything that libraries print goes to a
log file in the home folder.
"""

from __future__ import annotations

import datetime as dt
import gc
import logging
import os
import shlex
import signal
import sys
import time
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from expectations.declared import USABLE, VERDICTS
from expectations.runner import tell_row
from orchestration.company import CompanyError
from orchestration.failures import explain
from orchestration.garbage import collect_seldom
from orchestration.instance import prepare_instance_dir
from orchestration.warehouse.dbt_ahead import dbt_ahead, finish_parsing
from orchestration.warehouse.dbt_project import broken_nodes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    import dagster as dg

    from orchestration.settings import Settings

REFRESHED, CHECK_FAILED, UNUSABLE, BROKEN, STOPPED = 0, 1, 2, 3, 130
INTERRUPTED = "DagsterExecutionInterruptedError"
WAS_STOPPED = (
    "it was stopped by a signal: nothing was published, readers keep the last version, and files "
    "that were loaded whole stay loaded. Run again when it suits"
)
# Of one log; as many again are kept of the one before.
LOG_BYTES = 10_000_000
UNUSABLE_INPUT = ("LandingError", "NothingToBuildError", "ContractError", "LockedError")
# Publishing was asked for by itself, and the gates have not passed for what is built.
REFUSED = ("Failure",)
DBT_FAILED = "DagsterDbtCliRuntimeError"
DELIVER_AGAIN = (
    "remedy: put the corrected file in its place, or remove it; or take it as it is, without the "
    "rows that were quarantined (`drivewheel accept FILE`; on a stale source `drivewheel accept "
    "SOURCE/OBJECT`; both with `--why REASON`), and run again"
)
LOOK_AT_ROWS = (
    "remedy: the files were loaded and are kept; look at the rows above and at what they are made "
    "of. Where a file is wrong, `drivewheel withdraw FILE --why REASON` and deliver it right; else "
    "a model or a definition is wrong"
)
NOT_THE_FILES = (
    "this is no fault of your files, and nothing is to be delivered again: the engine, a model or "
    "the machine failed (memory, disk). What is loaded stays loaded; run again when it is mended"
)

NOTHING_BEGUN = (
    "nothing was begun, and readers keep the last version; correct the company's folder and run "
    "again"
)

# `history/runs` is where Dagster's own storage keeps events too.


def run_refresh(
    settings: Settings,
    *,
    when_published: Callable[[Settings, IO[str]], None] | None = None,
) -> int:
    """Run the job and say how it went; gives the process's exit code."""
    started = time.monotonic()
    log_path = settings.home_dir / "logs" / "run.log"
    log_path.parent.mkdir(parents=True, exist_ok=True)
    if log_path.exists() and log_path.stat().st_size > LOG_BYTES:
        log_path.replace(log_path.with_name("run.log.1"))
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, _stop)
    unchanged = None
    with _to_log(log_path) as terminal:
        terminal.write(f"refreshing {settings.home_dir} from {settings.landing_dir}\n")
        progress = _attach_progress(terminal, started)
        try:
            unchanged = _look(settings, progress)
            if unchanged:
                code, message = REFRESHED, unchanged
            else:
                with dbt_ahead(settings):
                    code, message = _execute(settings)
        except _StoppedError:
            code, message = STOPPED, WAS_STOPPED
        except CompanyError as error:
            code, message = UNUSABLE, f"{error}\n{NOTHING_BEGUN}"
        except Exception as error:
            told = explain(error)
            if told is None:
                terminal.write(f"{traceback.format_exc()}everything that was said: {log_path}\n")
                raise
            code, message = BROKEN, told
        if message:
            terminal.write(f"{message}\n")
        if code == REFRESHED and when_published:
            when_published(settings, terminal)
        seconds = time.monotonic() - started
        terminal.write(_closing(settings, code, log_path, seconds, is_refreshed=not unchanged))
        terminal.flush()
    return code


class _StoppedError(BaseException):
    """A signal asked the run to end; no handler of exceptions takes it for a failure."""


def _stop(signum: int, _: FrameType | None) -> None:
    raise _StoppedError(signum)


def _look(settings: Settings, progress: logging.Logger) -> str | None:
    """What there is to say where nothing is new; None where there is something to do.

    Another run that holds the lock is waited for by the job, which says so.
    """
    from orchestration.company.folder import read_declared
    from orchestration.landing.discover import unknown_folders
    from orchestration.warehouse.unchanged import try_lock_and_look

    contracts = read_declared(settings).contracts
    seen = try_lock_and_look(settings, contracts, now=dt.datetime.now(dt.UTC))
    if seen is None:
        return None
    progress.info(seen.told)
    if seen.unchanged_since is None or settings.full:
        return None
    for warning in unknown_folders(settings.landing_dir, contracts):
        progress.warning(warning)
    _tell_what_was_not_sent(settings, progress)
    unchanged = (
        f"nothing new: no new file, the same code, as of {seen.unchanged_since}; what is "
        f"published stays ({settings.serving_path.resolve().parent.name}). "
        "`drivewheel run --full` builds everything all the same"
    )
    return "\n".join([unchanged, *_quarantined(settings)])


def _tell_what_was_not_sent(settings: Settings, progress: logging.Logger) -> None:
    """Try notices again that did not go out, or go to an address that is new."""
    from orchestration.notices.tell import tell
    from orchestration.warehouse.connect import open_warehouse
    from orchestration.warehouse.lock import hold_warehouse

    with (
        hold_warehouse(settings, holder="notices", on_wait=progress.info),
        open_warehouse(settings) as connection,
    ):
        told = tell(connection, settings, now=dt.datetime.now(dt.UTC))
    for title in told.sent:
        progress.info(f"notified: {title}")
    for failure in told.failures:
        progress.error(f"not sent, the next run tries again: {failure}")


def _execute(settings: Settings) -> tuple[int, str]:
    os.environ["DAGSTER_HOME"] = str(prepare_instance_dir(settings))
    # What is imported and defined stays to the end; the collector would look through all of it.
    gc.disable()
    import dagster as dg

    from orchestration.definitions import defs
    from orchestration.defs.automation import JOB_NAME
    from orchestration.defs.dagster_internals import create_runs_as_the_ui
    from orchestration.defs.publish import PUBLISH_KEY
    from orchestration.warehouse.dbt_project import DbtParseError

    finish_parsing()
    try:
        definitions = defs()
    except DbtParseError as error:
        return UNUSABLE, str(error)
    collect_seldom()
    with dg.DagsterInstance.get() as instance:
        create_runs_as_the_ui(instance)
        result = definitions.resolve_job_def(JOB_NAME).execute_in_process(
            instance=instance, raise_on_error=False
        )
    published = any(
        event.asset_key == PUBLISH_KEY for event in result.get_asset_materialization_events()
    )
    if published:
        # Nothing takes back what is published: what fails after it is told beside it.
        failed = [] if result.success else _failures(result)[0]
        return REFRESHED, "\n".join([*_quarantined(settings), *failed])
    return _explain(settings, result)


# Of a file that was read, why it was refused stands in the check of its object.
_WAITING = f"""
select files.path, coalesce(files.reason, max_by(checks.detail, checks.checked_at), 'refused')
from raw_meta.files as files
left join raw_meta.gate_results as checks
    on checks.check_name = '{USABLE}' and checks.asset = files.source || '/' || files.object
where files.status in ('pending', 'failed')
group by files.path, files.reason
order by files.path
"""


def _quarantined(settings: Settings) -> list[str]:
    """The files without which the refresh went on, and what can be done about them."""
    from orchestration.warehouse.connect import open_warehouse

    with open_warehouse(settings) as connection:
        waiting = connection.execute(_WAITING).fetchall()
    if not waiting:
        return []
    files = "1 file is" if len(waiting) == 1 else f"{len(waiting)} files are"
    return [
        f"{files} quarantined, and everything else was refreshed without:",
        *(f"  {path}: {reason}" for path, reason in waiting),
        DELIVER_AGAIN,
    ]


def _explain(settings: Settings, result: dg.ExecuteInProcessResult) -> tuple[int, str]:
    """Why nothing was published: what broke first, else failed checks, else the failed step."""
    lines = ["nothing was published; readers keep the last version"]
    failures, classes = _failures(result)
    # Of a step that failed before dbt began, what dbt left behind is an earlier run's.
    broken = broken_nodes(settings) if DBT_FAILED in classes else []
    if broken:
        first, *others = broken
        lines.append(str(first))
        if others:
            named = ", ".join(node.name for node in others)
            lines.append(f"  {len(others)} more failed: {named}")
        return BROKEN, "\n".join([*lines, NOT_THE_FILES])
    checks = [
        evaluation
        for evaluation in result.get_asset_check_evaluations()
        if not evaluation.passed
        and evaluation.blocking
        and evaluation.severity.name == "ERROR"
        # That a gate has let something not pass is said by what it is.
        and evaluation.check_name not in VERDICTS.values()
    ]
    for evaluation in checks:
        asset = "/".join(evaluation.asset_key.path)
        lines.append(f"check {evaluation.check_name} on {asset} failed")
        told = evaluation.metadata
        lines += [f"  {told['detail'].value}"] if "detail" in told else []
        rows: Any = told["rows"].value if "rows" in told else []
        lines += [f"  {tell_row(row)}" for row in rows]
    if checks:
        at_the_door = any(check.check_name == USABLE for check in checks)
        return CHECK_FAILED, "\n".join([*lines, DELIVER_AGAIN if at_the_door else LOOK_AT_ROWS])
    if INTERRUPTED in classes:
        return STOPPED, WAS_STOPPED
    lines += failures
    if any(name in UNUSABLE_INPUT for name in classes):
        return UNUSABLE, "\n".join(lines)
    if any(name in REFUSED for name in classes):
        return CHECK_FAILED, "\n".join(lines)
    return BROKEN, "\n".join([*lines, NOT_THE_FILES])


def _failures(result: dg.ExecuteInProcessResult) -> tuple[list[str], list[str]]:
    """What failed steps say, and the classes of the errors at their roots."""
    failures = [event for event in result.all_events if event.is_step_failure]
    # Without one the run failed before its first step: the warehouse was not to be had.
    failures = failures or [event for event in result.all_events if event.is_run_failure]
    told = [_tell(event) for event in failures]
    return [line for line, _ in told], [name for _, name in told]


def _tell(event: dg.DagsterEvent) -> tuple[str, str]:
    """What a failure says to people, and the class of the error at its root."""
    if event.is_step_failure:
        data = event.step_failure_data
        error, said = data.error, data.user_failure_data and data.user_failure_data.description
    else:
        error, said = event.job_failure_data.error, None
    while error is not None and error.cause is not None:
        error = error.cause
    cls_name = (error.cls_name if error else None) or ""
    # The message is for people; which class said it is not.
    said = said or (error.message.split(f"{cls_name}: ", 1)[-1] if error else "")
    return f"{event.step_key or 'the run'}: {said}".strip(), cls_name


def _closing(
    settings: Settings, code: int, log_path: Path, seconds: float, *, is_refreshed: bool
) -> str:
    docs = settings.docs_dir / "index.html"
    if code != REFRESHED:
        found = f"what was found: {docs}\n" if code == CHECK_FAILED and docs.exists() else ""
        return f"{found}stopped after {seconds:.0f} s; everything that was said: {log_path}\n"
    drivewheel = Path(sys.executable).with_name("drivewheel")
    if drivewheel.is_relative_to(Path.cwd()):
        drivewheel = drivewheel.relative_to(Path.cwd())
    home = f" --home {shlex.quote(str(settings.home_dir))}"
    served = f"{drivewheel} serve{home}"
    pages = str(settings.pages_to / "index.html") if settings.pages_to else served
    return (
        f"{'refreshed' if is_refreshed else 'looked'} in {seconds:.0f} s\n"
        f"\nwhere to look next\n"
        f"  pages       {pages}\n"
        f"  scorecard   {drivewheel} scorecard{home}\n"
        f"  why         {drivewheel} why METRIC{home}\n"
        f"  open steps  {drivewheel} act list{home}\n"
        f"  Dagster UI  {drivewheel} ui{home}\n"
        f"  checks      {docs}\n"
        f"  BI tools    {settings.serving_path} (DuckDB, open it read-only)\n"
        f"  dictionary  select * from governance.dim_metrics\n"
        f"  log         {log_path}\n"
    )


def _attach_progress(terminal: IO[str], started: float) -> logging.Logger:
    class Elapsed(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            meta = getattr(record, "dagster_meta", None) or {}
            text = meta.get("orig_message") or record.getMessage()
            return f"{time.monotonic() - started:6.1f} s  {text}"

    handler = logging.StreamHandler(terminal)
    handler.setFormatter(Elapsed())
    handler.addFilter(_is_said_by_an_op)
    logger = logging.getLogger("drivewheel.progress")
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(logging.INFO)
    return logger


def _is_said_by_an_op(record: logging.LogRecord) -> bool:
    """Dagster logs its own events through the same logger; they are for the UI."""
    meta = getattr(record, "dagster_meta", None)
    if meta is None:
        # Said to this logger itself: a run that waits for the lock.
        return True
    is_own = not meta.get("dagster_event") and bool(meta.get("step_key"))
    return is_own and not str(meta.get("orig_message")).startswith("Dependencies for step")


@contextmanager
def _to_log(log_path: Path) -> Iterator[IO[str]]:
    """The terminal for us, and the process's output for the log: also what C code prints.

    Never put back: DuckDB speaks of leaked objects when the interpreter ends.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    terminal = os.fdopen(os.dup(1), "w", buffering=1)
    log = log_path.open("a")
    os.dup2(log.fileno(), 1)
    os.dup2(log.fileno(), 2)
    yield terminal
