"""When things run: one job that refreshes all, its schedule, and a look at the landing."""

import datetime as dt
import hashlib
import logging
from collections.abc import Iterator

import dagster as dg

from orchestration.defs.dagster_internals import AssetJob
from orchestration.defs.ingest import Contracts
from orchestration.settings import Settings, load_settings
from orchestration.warehouse.unchanged import try_lock_and_look

JOB_NAME = "refresh"


@dg.logger
def progress_logger(init_context: dg.InitLoggerContext) -> logging.Logger:
    """What ops say, one line each; Dagster's own events are in its UI."""
    del init_context
    logger = logging.getLogger("drivewheel.progress")
    logger.setLevel(logging.INFO)
    return logger


def build_job() -> AssetJob:
    """Everything, in one process: the warehouse has one writer."""
    return dg.define_asset_job(
        JOB_NAME,
        selection=dg.AssetSelection.all(),
        executor_def=dg.in_process_executor,
        config={"loggers": {"progress": {}}},
        description="Load what is new, check, build, check again, publish.",
    )


def build_schedule(job: AssetJob, contracts: Contracts) -> dg.ScheduleDefinition:
    """Every morning, when the night's exports have landed; not where nothing has."""

    @dg.schedule(name="daily_refresh", job=job, cron_schedule="0 5 * * *")
    def daily_refresh() -> dg.RunRequest | dg.SkipReason:
        nothing_new = _nothing_new(load_settings(), contracts)
        return dg.SkipReason(nothing_new) if nothing_new else dg.RunRequest()

    return daily_refresh


def _nothing_new(settings: Settings, contracts: Contracts) -> str | None:
    """What there is to say where a run would find nothing to do."""
    if not settings.landing_dir.is_dir() or settings.full:
        return None
    seen = try_lock_and_look(settings, contracts, now=dt.datetime.now(dt.UTC))
    if seen is None or seen.unchanged_since is None:
        return None
    return f"nothing new: {seen.told}, as of {seen.unchanged_since}"


def build_landing_sensor(job: AssetJob, contracts: Contracts) -> dg.SensorDefinition:
    """Asks for a run when files have been added to the landing folder.

    Not for those that a run from the command line has loaded already.
    """

    @dg.sensor(name="landing_files", job=job, minimum_interval_seconds=60)
    def landing_files(
        context: dg.SensorEvaluationContext,
    ) -> Iterator[dg.RunRequest | dg.SkipReason]:
        settings = load_settings()
        landing = settings.landing_dir
        listing = sorted(
            f"{path.relative_to(landing)} {path.stat().st_size} {path.stat().st_mtime_ns}"
            for path in landing.rglob("*")
            if path.is_file() and not path.name.startswith(".")
        )
        seen = hashlib.sha256("\n".join(listing).encode()).hexdigest()
        if not listing:
            yield dg.SkipReason(f"{landing} holds no files")
        elif seen == context.cursor:
            yield dg.SkipReason("nothing new has landed")
        else:
            nothing_new = _nothing_new(settings, contracts)
            yield dg.SkipReason(nothing_new) if nothing_new else dg.RunRequest(run_key=seen)
            context.update_cursor(seen)

    return landing_files
