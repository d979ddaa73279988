"""What stands beside the pages at the same address: Data Docs of the checks, dbt's of the models.

Both are read as files of the home that the last run left; the pages are of what is published.
"""

from __future__ import annotations

import datetime as dt
from importlib.resources import files
from typing import TYPE_CHECKING

from starlette.responses import FileResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles

from orchestration.project.manifest import MANIFEST

if TYPE_CHECKING:
    from starlette.types import Scope

    from orchestration.settings import Settings

CHECKS, MODELS = "checks", "models"
# Pages of the checks carry their own style, dbt's one page its scripts too; nothing is loaded from
# elsewhere by either.
_CHECKS_CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
)
_MODELS_CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'unsafe-eval'; "
    "img-src 'self' data:; font-src data:; connect-src 'self'; base-uri 'self'; "
    "frame-ancestors 'none'"
)


class Documentation:
    """Files of a home's documentation as answers."""

    def __init__(self, settings: Settings) -> None:
        """Of a home; what it does not have yet is answered as missing."""
        self.settings = settings
        self._checks = StaticFiles(directory=settings.docs_dir, html=True, check_dir=False)

    async def checks(self, path: str, scope: Scope) -> Response:
        """A page of the Data Docs.

        Raises:
            HTTPException: 404, where there is none.
        """
        answer = await self._checks.get_response(path or "index.html", scope)
        answer.headers["content-security-policy"] = _CHECKS_CSP
        return answer

    def models(self, path: str) -> Response | None:
        """A file of dbt's documentation site; None where there is none.

        dbt's catalogue holds sizes and types from the database, for which it would be asked
        while a run writes to it: the site is shown without.
        """
        headers = {"content-security-policy": _MODELS_CSP}
        if path in ("", "index.html"):
            page = files("dbt.task.docs").joinpath("index.html")
            return FileResponse(str(page), headers=headers)
        manifest = self.settings.target_dir / MANIFEST
        if path == MANIFEST and manifest.exists():
            return FileResponse(manifest, headers=headers)
        if path == "catalog.json":
            now = f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
            told = {"metadata": {"generated_at": now}, "nodes": {}, "sources": {}, "errors": None}
            return JSONResponse(told, headers=headers)
        if path.startswith(("${", "{{")):
            # Icons that dbt's page asks for by names that were never filled in.
            return Response(status_code=204, headers=headers)
        return None
