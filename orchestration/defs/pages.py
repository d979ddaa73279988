"""The pages as files, an asset behind publishing: what cannot be written takes nothing back."""

import dagster as dg

from orchestration.defs.publish import PUBLISH_KEY
from orchestration.defs.raw import OWNERS
from orchestration.defs.resources import WarehouseLock

PAGES_KEY = dg.AssetKey("pages")


def build_pages() -> dg.AssetsDefinition:
    """The asset that a web server without Python shows."""

    @dg.asset(
        key=PAGES_KEY,
        deps=[PUBLISH_KEY],
        group_name="publish",
        owners=OWNERS,
        description=(
            "The pages of the published version as files in the folder that DRIVEWHEEL_PAGES_TO "
            "names; without one none are written, and `drivewheel serve` shows them."
        ),
    )
    def pages(context: dg.AssetExecutionContext, lock: WarehouseLock) -> dg.MaterializeResult[None]:
        # Jinja and the application are imported where pages are asked for.
        from orchestration.pages.export import ExportError, export_pages

        settings = lock.settings
        if settings.pages_to is None:
            context.log.debug("no pages are written: DRIVEWHEEL_PAGES_TO names no folder")
            return dg.MaterializeResult(metadata={"pages": 0})
        try:
            count = export_pages(settings, settings.pages_to)
        except ExportError as error:
            raise dg.Failure(description=str(error), allow_retries=False) from error
        first = settings.pages_to / "index.html"
        context.log.info(f"wrote {count} pages; open {first}")
        return dg.MaterializeResult(
            metadata={"pages": count, "folder": dg.MetadataValue.path(first)}
        )

    return pages
