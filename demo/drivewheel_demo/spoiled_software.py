"""What is wrong with deliveries about software, on purpose; counted by `dirt.count_row`."""

from __future__ import annotations

from datetime import timedelta

from drivewheel_demo import story
from drivewheel_demo.dirt import spread
from drivewheel_demo.rows import Again, Delivery

OFFSET = "+02:00"


def spoil_software(out: Delivery) -> None:
    """Deployments delivered twice and with local times; pull requests that were deleted."""
    deployments = list(out.rows["cicd.deployment"])
    for _, row in spread(deployments[1::2], story.DIRT["offset_deployment_times"]):
        for column in ("started_at", "finished_at"):
            local = row[column] + timedelta(hours=2)
            row[column] = f"{local:%Y-%m-%d %H:%M:%S}{OFFSET}"
    for seen, row in spread(deployments[::2], story.DIRT["duplicate_deployments"]):
        out.add("cicd.deployment", seen + timedelta(days=31), Again(row))
    for seen, row in spread(
        list(out.rows["github.pull_request"]), story.DIRT["deleted_pull_requests"]
    ):
        gone = {**row, "id": f"{row['id']}9", "_fivetran_deleted": True}
        out.add("github.pull_request", seen, gone)
