"""Dagster's own folder in a home: its configuration, and a path that its databases can bear."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.landing.errors import LandingError

if TYPE_CHECKING:
    from orchestration.settings import Settings

INSTANCE_CONFIG = """\
event_log_storage:
  module: orchestration.defs.dagster_internals
  class: KeptSqliteEventLogStorage
  config:
    base_dir: {events}
telemetry:
  enabled: false
nux:
  enabled: false
"""


def prepare_instance_dir(settings: Settings) -> Path:
    """Dagster's own folder in the home, with its configuration.

    Its databases are opened by URL, in which some characters of a path mean something else: of a
    home with such a path it is a link to the folder.
    """
    settings.dagster_dir.mkdir(parents=True, exist_ok=True)
    folder = _plain(settings.dagster_dir)
    # Anew each time: a home may have been moved, or made by an older version.
    events = json.dumps(str(folder / "history" / "runs"))
    (folder / "dagster.yaml").write_text(INSTANCE_CONFIG.format(events=events))
    return folder


def _plain(folder: Path) -> Path:
    """The folder, or a link to it, whose path is the same in a URL."""
    if not set("%?#") & set(str(folder)):
        return folder
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    link = Path(tempfile.gettempdir(), f"drivewheel-dagster-{name}")
    with suppress(FileExistsError):
        link.symlink_to(folder)
    # The folder is everybody's: another's link may lead anywhere.
    if link.lstat().st_uid != os.getuid() or link.readlink() != folder:
        raise LandingError(
            f"{link} is not this home's. Remove it, or move the home to a path without %, ? and #."
        )
    return link
