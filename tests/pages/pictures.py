"""`make pictures`: the pictures of the README, of whatever the home has published."""

from __future__ import annotations

import base64
import sys
import threading
from pathlib import Path
from typing import Any

import uvicorn

from orchestration.pages.app import build_app
from orchestration.settings import PROJECT_DIR, Settings, load_settings
from tests.pages.browser import Browser, find_browser

FOLDER = PROJECT_DIR / "pictures"
PICTURES = {
    "executive.png": ("index.html", 1280, 860),
    "metric.png": ("metrics/grr.html", 1280, 860),
    "at-risk.png": ("at-risk.html", 1280, 760),
}


def take_pictures(settings: Settings, folder: Path) -> None:
    """Write every picture to a folder.

    Raises:
        SystemExit: nothing is published, or there is no Chromium here.
    """
    program = find_browser()
    if program is None or not settings.serving_path.exists():
        sys.exit("needs Debian's package `chromium` and a published version: `make run` first")
    server = uvicorn.Server(uvicorn.Config(build_app(settings), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
        sockets: list[Any] = server.servers[0].sockets
        url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
        folder.mkdir(exist_ok=True)
        with Browser.started(program) as browser:
            for name, (page, width, height) in PICTURES.items():
                browser.open(f"{url}/{page}", width=width, height=height)
                taken = browser.ask("Page.captureScreenshot", format="png")
                (folder / name).write_bytes(base64.b64decode(taken["data"]))
    finally:
        server.should_exit = True
        thread.join()


if __name__ == "__main__":
    take_pictures(load_settings(), FOLDER)
