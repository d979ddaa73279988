"""What `make run` does: a company if there is none, a refresh, its scorecard."""

from __future__ import annotations

from drivewheel_demo.demo import write_demo
from orchestration.garbage import leave
from orchestration.report.scorecard import print_scorecard
from orchestration.run import run_refresh
from orchestration.settings import keep_private, load_settings


def main() -> int:
    """Refresh from the landing folder, writing the demo company where there is no data."""
    keep_private()
    settings = load_settings()
    landing = settings.landing_dir
    if not landing.is_dir() or not any(landing.iterdir()):
        print(f"no landing data in {landing}: simulating a company", flush=True)
        summary = write_demo(landing)
        print(f"wrote {sum(summary.rows.values()):,} rows in {len(summary.files)} files")
    return run_refresh(settings, when_published=print_scorecard)


if __name__ == "__main__":
    leave(main())
