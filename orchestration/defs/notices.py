"""Notices as an asset behind publishing: what cannot be sent takes nothing back."""

import datetime as dt
from collections.abc import Iterator

import dagster as dg

from orchestration.defs.publish import PUBLISH_KEY
from orchestration.defs.raw import OWNERS
from orchestration.defs.resources import WarehouseLock
from orchestration.notices.tell import tell
from orchestration.warehouse.connect import open_warehouse

NOTICES_KEY = dg.AssetKey("notices")
SENT = dg.AssetCheckSpec(
    name="sent",
    asset=NOTICES_KEY,
    blocking=False,
    description="Every notice went out; what did not is sent by the next run.",
)


def build_notices() -> dg.AssetsDefinition:
    """The asset that tells people of new breaches and, once a week, of everything."""

    @dg.asset(
        key=NOTICES_KEY,
        deps=[PUBLISH_KEY],
        check_specs=[SENT],
        group_name="publish",
        owners=OWNERS,
        description=(
            "New breaches and the weekly digest, once to each address of DRIVEWHEEL_NOTIFY, "
            "or as files in <home>/notices."
        ),
    )
    def notices(
        context: dg.AssetExecutionContext, lock: WarehouseLock
    ) -> Iterator[dg.MaterializeResult[None]]:
        settings = lock.settings
        with open_warehouse(settings) as connection:
            told = tell(connection, settings, now=dt.datetime.now(dt.UTC))
        for title in told.sent:
            context.log.info(f"notified: {title}")
        for failure in told.failures:
            context.log.error(f"not sent, the next run tries again: {failure}")
        yield dg.MaterializeResult(
            metadata={"sent": len(told.sent), "failed": len(told.failures)},
            check_results=[
                dg.AssetCheckResult(
                    check_name=SENT.name,
                    passed=not told.failures,
                    severity=dg.AssetCheckSeverity.WARN,
                    metadata={"failures": "\n".join(told.failures)},
                )
            ],
        )

    return notices
