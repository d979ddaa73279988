"""The same pages as a folder of files: the application is asked for each of them."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING, Any

from orchestration.pages.app import build_app
from orchestration.pages.routes import all_pages
from orchestration.pages.site import STATIC, Site
from orchestration.warehouse.publish import GROUP_ONLY, READ_ONLY, READABLE

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.settings import Settings

OK = 200
GROUP_FOLDER = 0o750
# DuckDB answers several at once; Python renders one after the other.
AT_ONCE = 4


class ExportError(Exception):
    """A page could not be made; the message says which."""


def export_pages(settings: Settings, folder: Path) -> int:
    """Write every page of a home's published version to a folder; gives how many.

    The folder is written beside its place and put there when it is whole; what stood there
    before is gone then.

    Raises:
        ExportError: the folder holds something that is no site of ours, or a page failed.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / "static/pages.css").exists():
        message = f"{folder}: holds other files; name a folder that is empty or not there yet"
        raise ExportError(message)
    beside = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    pages = list(all_pages(Site(settings)))
    asyncio.run(_write_all(build_app(settings, is_server=False), pages, beside))
    shutil.copytree(STATIC, beside / "static")
    _open_to_readers(beside, is_named=settings.show_names)
    before = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(before, ignore_errors=True)
    if folder.exists():
        folder.rename(before)
    beside.rename(folder)
    shutil.rmtree(before, ignore_errors=True)
    return len(pages)


def _open_to_readers(folder: Path, *, is_named: bool) -> None:
    """As what is published: for everybody, or where companies are named for the group alone."""
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            path.chmod(GROUP_FOLDER if is_named else READABLE)
        else:
            path.chmod(GROUP_ONLY if is_named else READ_ONLY)


async def _write_all(app: Any, pages: list[str], folder: Path) -> None:  # noqa: ANN401
    at_once = asyncio.Semaphore(AT_ONCE)

    async def write(page: str) -> None:
        async with at_once:
            status, content = await _ask(app, page)
        if status != OK:
            message = f"{page}: answered with {status}; `drivewheel serve` shows why"
            raise ExportError(message)
        path = folder / page
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    await asyncio.gather(*map(write, pages))


async def _ask(app: Any, page: str) -> tuple[int, bytes]:  # noqa: ANN401
    """Ask the application for a page in this process, as a server would."""
    status, content = 500, b""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status, content
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            content += message.get("body", b"")

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": f"/{page}",
        "raw_path": f"/{page}".encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1")],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    await app(scope, receive, send)
    return status, content
