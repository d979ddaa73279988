"""Publishing as an asset: behind every blocking check, whoever starts it."""

import datetime as dt
from collections.abc import Sequence, Set

import dagster as dg

from orchestration.defs.dbt import BUILT_KEY
from orchestration.defs.raw import OWNERS
from orchestration.defs.resources import WarehouseLock
from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.gates import why_not_publishable
from orchestration.warehouse.publications import record_publication
from orchestration.warehouse.publish import publish

PUBLISH_KEY = dg.AssetKey("publish")
A_PART = (
    "this run builds a part of the graph, and the rest may say otherwise; publish by the job "
    "`refresh`, which builds all of it"
)


def build_publish(warehouse: Set[dg.AssetKey]) -> dg.AssetsDefinition:
    """The asset that BI tools read.

    It waits for `built`, on which gates 2 and 3 say whether all is well; a test of dbt that
    fails ends the step that yields it.
    """

    @dg.asset(
        key=PUBLISH_KEY,
        deps=[BUILT_KEY],
        group_name="publish",
        owners=OWNERS,
        kinds={"duckdb"},
        description=(
            "The public schemas as a new version of serving/drivewheel.duckdb, after every "
            "blocking check has passed."
        ),
        freshness_policy=dg.FreshnessPolicy.time_window(
            fail_window=dt.timedelta(hours=36), warn_window=dt.timedelta(hours=26)
        ),
    )
    def publish_serving(
        context: dg.AssetExecutionContext, lock: WarehouseLock
    ) -> dg.MaterializeResult[None]:
        settings = lock.settings
        selected = context.run.asset_selection or frozenset()
        if selected & warehouse and BUILT_KEY not in selected:
            # Nothing says which comes first; and a part would not be published after it either.
            raise dg.Failure(description=_refusal([A_PART]), allow_retries=False)
        with open_warehouse(settings) as connection:
            build_id, reasons = why_not_publishable(connection)
            if build_id is None or reasons:
                raise dg.Failure(description=_refusal(reasons), allow_retries=False)
            published = publish(connection, settings, context.run_id)
            remembered = record_publication(connection, build_id, now=dt.datetime.now(dt.UTC))
        context.log.info(f"published {published.table_count} tables, {published.row_count:,} rows")
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": published.row_count,
                "tables": published.table_count,
                "file": dg.MetadataValue.path(settings.serving_path),
                "pages": dg.MetadataValue.url(f"{settings.pages_url}/"),
                "checks": dg.MetadataValue.url(f"{settings.checks_url}/index.html"),
                "version": published.path.parent.name,
                "build": build_id,
                "values_recorded": remembered,
            }
        )

    return publish_serving


def _refusal(reasons: Sequence[str]) -> str:
    listed = "\n".join(f"- {reason}" for reason in reasons)
    return f"nothing is published, readers keep the last version:\n{listed}"
