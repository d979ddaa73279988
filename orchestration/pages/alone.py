"""A page as one file that can be sent or printed: looks inside, links to where the pages live."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from orchestration.pages.routes import render_page
from orchestration.pages.site import Site

if TYPE_CHECKING:
    from orchestration.settings import Settings

# Printing waits for nothing of elsewhere; a page of ours is on paper in a second or two.
PATIENCE_SECONDS = 60
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
_LINK = re.compile(r'href="(?!#)([^"]*)"')


class PrintError(Exception):
    """Nothing could be printed; the message says the remedy."""


def render_alone(settings: Settings, page: str) -> str:
    """A page as one file: no script, no navigation; links lead to the server.

    Raises:
        NoSuchPageError: there is none at this address.
    """
    html = render_page(Site(settings, is_alone=True), page)
    here = f"{settings.pages_url.rstrip('/')}/{page}"
    return _LINK.sub(lambda link: f'href="{urljoin(here, link[1])}"', html)


def print_pdf(settings: Settings, page: str, target: Path) -> None:
    """Print a page to a PDF, by a browser that runs without a window.

    Raises:
        NoSuchPageError: there is none at this address.
        PrintError: no browser is on this machine, or it did not print.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        message = (
            "no Chromium on this machine, which prints it (Debian's package is `chromium`); "
            "--html writes a page that any browser prints"
        )
        raise PrintError(message)
    html = render_alone(settings, page)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        source = Path(folder) / "page.html"
        source.write_text(html, encoding="utf-8")
        printed = Path(folder) / "page.pdf"
        try:
            ended = subprocess.run(
                [
                    browser,
                    "--headless=new",
                    "--disable-gpu",
                    # Of a file of our own without scripts; root may not have the sandbox.
                    "--no-sandbox",
                    "--no-pdf-header-footer",
                    f"--user-data-dir={folder}/profile",
                    f"--print-to-pdf={printed}",
                    source.as_uri(),
                ],
                capture_output=True,
                text=True,
                timeout=PATIENCE_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise PrintError(f"{browser} did not print within {PATIENCE_SECONDS} s") from error
        if not printed.exists():
            raise PrintError(f"{browser} did not print: {ended.stderr.strip()[-300:]}")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(printed, target)
