"""Pages rendered before somebody asks: one after the other, while the server has nothing to do."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from orchestration.pages.routes import all_pages, render_page
from orchestration.pages.site import KEPT

if TYPE_CHECKING:
    from orchestration.pages.site import Site

# A reader who waits goes first: nothing is rendered ahead within so many seconds of a request.
QUIET_SECONDS = 0.3
# How often it is looked whether another version is published.
LOOK_SECONDS = 5.0
# As a page is asked for by who has not signed in.
AS_READER = {"who": "", "form_token": "", "problem": ""}


class Ahead:
    """Renders the pages of each version that is published, on a thread of its own."""

    def __init__(self, site: Site) -> None:
        """Nothing is rendered until `start`."""
        self._site = site
        self._last_request = 0.0
        self._done: str | None = None
        self._ends = threading.Event()

    def start(self) -> None:
        """Begin; it ends with the process, or with `stop`."""
        threading.Thread(target=self._run, name="pages ahead", daemon=True).start()

    def stop(self) -> None:
        """Render nothing more."""
        self._ends.set()

    def requested(self) -> None:
        """Somebody asks for a page: wait."""
        self._last_request = time.monotonic()

    def _run(self) -> None:
        while not self._ends.is_set():
            if self._site.settings.serving_path.exists():
                version = self._site.version().name
                if version != self._done and self._render(version):
                    self._done = version
            self._ends.wait(LOOK_SECONDS)

    def _render(self, version: str) -> bool:
        """Whether all pages that are kept were rendered before another version came."""
        for number, page in enumerate(list(all_pages(self._site))):
            while time.monotonic() - self._last_request < QUIET_SECONDS:
                if self._ends.wait(QUIET_SECONDS):
                    return False
            if self._ends.is_set() or self._site.version().name != version or number >= KEPT:
                return number >= KEPT
            try:
                render_page(self._site, page, **AS_READER)
            except Exception:
                # Whoever asks for the page is told; the others are rendered nevertheless.
                logging.getLogger(__name__).exception("%s could not be rendered ahead", page)
        return True
