"""`make pictures`: the pictures of the README, of whatever the home has published."""

from __future__ import annotations

import base64
import sys
from pathlib import Path

from orchestration.pages.app import build_app
from orchestration.settings import PROJECT_DIR, Settings, load_settings
from tests.pages.browser import Browser, find_browser
from tests.pages.server import serve_app

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
    folder.mkdir(exist_ok=True)
    with serve_app(build_app(settings)) as url, Browser.started(program) as browser:
        for name, (page, width, height) in PICTURES.items():
            browser.open(f"{url}/{page}", width=width, height=height)
            taken = browser.ask("Page.captureScreenshot", format="png")
            (folder / name).write_bytes(base64.b64decode(taken["data"]))


if __name__ == "__main__":
    take_pictures(load_settings(), FOLDER)
