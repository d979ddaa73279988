"""Headless Chromium, asked through its own protocol (DevTools) as a person would use it."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

# A page of ours is there in a tenth of it.
PATIENCE_SECONDS = 30


def find_browser() -> str | None:
    """Debian's Chromium, where there is one."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@dataclass
class Browser:
    """One tab."""

    socket: ClientConnection
    problems: list[str] = field(default_factory=list)
    loads: int = 0
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @classmethod
    @contextmanager
    def started(cls, program: str) -> Iterator[Browser]:
        """A browser with an empty profile; it ends with the block."""
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            # Root may not have the sandbox, and only pages of our own are opened.
            options = ["--no-sandbox"] if os.geteuid() == 0 else []
            process = subprocess.Popen(
                [
                    program,
                    "--headless=new",
                    "--disable-gpu",
                    "--remote-debugging-port=0",
                    f"--user-data-dir={profile}",
                    *options,
                    "about:blank",
                ],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            try:
                port = _port(Path(profile) / "DevToolsActivePort")
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
                    tabs = json.load(answer)
                address = next(tab for tab in tabs if tab["type"] == "page")
                with connect(address["webSocketDebuggerUrl"], max_size=None) as socket:
                    browser = cls(socket)
                    for domain in ("Page", "Runtime", "Log", "Network"):
                        browser.ask(f"{domain}.enable")
                    yield browser
            finally:
                process.terminate()
                process.wait()

    def ask(self, method: str, **parameters: object) -> dict[str, Any]:
        """What a method of the protocol answers; what the page complains of is kept."""
        number = next(self._ids)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            told = json.loads(self.socket.recv(timeout=PATIENCE_SECONDS))
            self._listen(told)
            if told.get("id") == number:
                assert "error" not in told, (method, told)
                return dict(told["result"])

    def open(self, url: str, *, width: int = 1440, height: int = 900) -> None:
        """Open an address, and wait until it is there."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        self._and_wait("Page.navigate", url=url)

    def click(self, text: str) -> None:
        """Click on the first link or button that is called so, and wait for where it leads."""
        found = self.run(
            "(() => { const all = [...document.querySelectorAll('main a, main button')];"
            f"const it = all.find(e => e.textContent.trim() === {json.dumps(text)});"
            "if (it) it.scrollIntoView({block: 'center'}); "
            "const box = it && it.getClientRects()[0];"
            "return it && [box.x + Math.min(box.width, 40) / 2, box.y + box.height / 2]; })()"
        )
        assert found, f"no link and no button {text!r} on {self.address}"
        place = {"x": found[0], "y": found[1], "button": "left", "clickCount": 1}
        self.ask("Input.dispatchMouseEvent", type="mousePressed", **place)
        self._and_wait("Input.dispatchMouseEvent", type="mouseReleased", **place)

    def fill(self, name: str, text: str, *, within: str = "form") -> None:
        """Type into a field of a form."""
        self.run(
            f"document.querySelector({json.dumps(f'{within} [name={name}]')})"
            f".value = {json.dumps(text)}"
        )

    def run(self, script: str) -> Any:
        """What a script gives on the page."""
        answer = self.ask(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    @property
    def address(self) -> str:
        """Where it is."""
        return str(self.run("location.href"))

    @property
    def text(self) -> str:
        """What a person reads there."""
        return str(self.run("document.body.innerText"))

    def _and_wait(self, method: str, **parameters: object) -> None:
        # A page may be there before the browser answers that it has been clicked.
        before = self.loads
        self.ask(method, **parameters)
        while self.loads == before:
            self._listen(json.loads(self.socket.recv(timeout=PATIENCE_SECONDS)))

    def _listen(self, told: dict[str, Any]) -> None:
        method, parameters = told.get("method"), told.get("params", {})
        if method == "Page.loadEventFired":
            self.loads += 1
        if method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.problems.append(parameters["entry"]["text"])
        if method == "Runtime.exceptionThrown":
            self.problems.append(parameters["exceptionDetails"]["text"])
        if method == "Network.requestWillBeSent":
            url = parameters["request"]["url"]
            if not re.match(r"(http://127\.0\.0\.1|about:|data:|file:)", url):
                self.problems.append(f"asks {url}")


def _port(file: Path) -> int:
    """Where the browser listens; it writes it down once it does."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if file.exists() and (lines := file.read_text().splitlines()):
            return int(lines[0])
        time.sleep(0.05)
    raise TimeoutError("the browser has not started")
