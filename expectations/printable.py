"""Text from files and their names as people may be shown it."""

from __future__ import annotations

import os


def printable(text: str) -> str:
    """The text with whatever is no printable UTF-8 escaped: it steers neither terminal nor page."""
    decoded = os.fsencode(text).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in decoded)
