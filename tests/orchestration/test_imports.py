"""What a process of Dagster's does without: dbt, which runs in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

from orchestration.settings import PROJECT_DIR

ASK = """
import sys
import orchestration.defs.dbt
from dagster_shared.libraries import DagsterLibraryRegistry
told = {name: found for name, found in DagsterLibraryRegistry.get().items() if "dbt-" in name}
print(any(name.split(".")[0] == "dbt" for name in sys.modules), told)
import dbt.version
"""


def test_dagster_imports_no_dbt_and_says_which_one_runs() -> None:
    told = subprocess.run(
        [sys.executable, "-c", ASK], cwd=PROJECT_DIR, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == f"False {{'dbt-core': '{version('dbt-core')}'}}"
