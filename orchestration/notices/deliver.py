"""Sending a notice to one address, or writing it to a file where there is none."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from orchestration.files import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.notices.compose import Notice

# What stands for the home folder among addresses.
FILES = "files"


class NotSentError(Exception):
    """A notice that did not go out; the message says to whom and why, without passwords."""


def send(notice: Notice, address: str) -> None:
    """Send a notice through apprise.

    Raises:
        NotSentError: the address is none that apprise knows, or what it stands for refused.
    """
    # Half a second, which only homes with addresses pay.
    import apprise

    channel = apprise.Apprise()
    if not channel.add(address):
        scheme = address.split("://", 1)[0] if "://" in address else "no scheme"
        message = f"an address of DRIVEWHEEL_NOTIFY ({scheme}) is none that apprise knows"
        raise NotSentError(message)
    with apprise.LogCapture(level=logging.WARNING) as said:
        is_sent = channel.notify(
            title=notice.title, body=notice.body, body_format=apprise.NotifyFormat.TEXT
        )
        reasons = " ".join(said.getvalue().split())
    if not is_sent:
        message = f"{channel[0].url(privacy=True)}: {reasons or 'it was refused'}"
        raise NotSentError(message)


def write(notice: Notice, folder: Path) -> Path:
    """Write a notice to a file of its own, complete or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{notice.name}.txt"
    return write_whole(path, f"{notice.title}\n\n{notice.body}\n")
