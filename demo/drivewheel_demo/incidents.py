"""What fails in production, for how long, and who answers: incidents and their log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, at, random_stream
from drivewheel_demo.delivery import Deployment, export_moments
from drivewheel_demo.rows import Delivery

UNKNOWN_SERVICE_ID = "PSVC999"
OPEN_TO_THE_END = timedelta(days=400)


@dataclass(frozen=True)
class Incident:
    """A time in which a service fails or is slow, in truth."""

    service: str
    starts: datetime
    ends: datetime
    is_outage: bool
    vendor: str | None = None
    is_bad_release: bool = False


def simulate_incidents(
    deployments: list[Deployment], horizon: Horizon, *, seed: int
) -> list[Incident]:
    """Caused by bad deployments, by a vendor, and by nothing that anybody knows."""
    rng = random_stream(seed, "incidents")
    found = [_after(rng, deployment) for deployment in deployments if deployment.is_bad]
    for day in range(horizon.days):
        if rng.random() < 1.2 / 30:
            starts = at(horizon.start + timedelta(days=day), 86400 * rng.random())
            minutes = 10 + 40 * float(rng.lognormal(0, 0.8))
            service = str(rng.choice(list(story.SERVICES)))
            found.append(
                Incident(service, starts, _plus(starts, minutes), bool(rng.random() < 0.25))
            )
    # Known to the watch from the first day on.
    starts = at(horizon.start, 7 * 3600)
    found.append(Incident("web", starts, _plus(starts, 25), False))
    starts = at(horizon.end_on - timedelta(days=3), 10 * 3600)
    found.append(Incident("reporting", starts, starts + OPEN_TO_THE_END, False))
    outage = at(story.VENDOR_OUTAGE.starts, 13 * 3600)
    if horizon.start <= outage.date() <= horizon.last and horizon.tells(story.VENDOR_OUTAGE):
        for service in ("api", "integrations"):
            found.append(
                Incident(
                    service,
                    outage,
                    _plus(outage, story.VENDOR_OUTAGE.size),
                    True,
                    vendor=story.VENDORS[0][0],
                )
            )
        # Seen a second time by another alarm: the minutes count once.
        found.append(
            Incident("api", _plus(outage, 30), _plus(outage, 90), True, vendor=story.VENDORS[0][0])
        )
    return sorted(found, key=lambda incident: (incident.starts, incident.service))


def _after(rng: np.random.Generator, deployment: Deployment) -> Incident:
    if deployment.finished_at.date() == story.BAD_RELEASE.starts and deployment.service == "api":
        starts = at(story.BAD_RELEASE.starts, 9 * 3600)
        ends = starts + timedelta(hours=story.BAD_RELEASE_HOURS)
        return Incident("api", starts, ends, True, is_bad_release=True)
    starts = _plus(deployment.finished_at, 10 + 100 * rng.random())
    minutes = min(400.0, 20 + 50 * float(rng.lognormal(0, 0.7)))
    return Incident(deployment.service, starts, _plus(starts, minutes), bool(rng.random() < 0.4))


def deliver_incidents(
    out: Delivery, incidents: list[Incident], horizon: Horizon, *, seed: int
) -> None:
    """Services, incidents as they change, and the log; some of services that nobody knows."""
    rng = random_stream(seed, "pager")
    for number, (service, spec) in enumerate(story.SERVICES.items(), 1):
        row = {
            "id": f"PSVC{number:03d}",
            "name": service,
            "team": spec.team,
            "created_at": at(horizon.start, 3600),
            "_fivetran_deleted": False,
        }
        for moment in export_moments(horizon):
            out.add("pagerduty.service", moment, {**row, "_fivetran_synced": moment})
    ids = {service: f"PSVC{n:03d}" for n, service in enumerate(story.SERVICES, 1)}
    for number, incident in enumerate(incidents, 1):
        _deliver_incident(out, rng, number, incident, ids[incident.service])
    step = max(1, len(incidents) // story.DIRT["unknown_services"])
    for number, incident in enumerate(incidents[::step][: story.DIRT["unknown_services"]], 1):
        starts = _plus(incident.starts, 17)
        stray = Incident("unknown", starts, _plus(starts, 33), False)
        _deliver_incident(out, rng, 9000 + number, stray, UNKNOWN_SERVICE_ID)


def _deliver_incident(
    out: Delivery, rng: np.random.Generator, number: int, incident: Incident, service_id: str
) -> None:
    key = f"PINC{number:05d}"
    acknowledged = _plus(incident.starts, 1 + 5 * float(rng.lognormal(0, 0.8)))
    ends = incident.ends.replace(microsecond=0)
    row = {
        "id": key,
        "service_id": service_id,
        "title": f"{incident.service} alarm {number}",
        "status": "triggered",
        "urgency": "high" if incident.is_outage else "low",
        "priority": "P1" if incident.is_outage else "P3",
        "vendor_id": _vendor_id(incident.vendor),
        "created_at": incident.starts,
        "updated_at": incident.starts,
        "resolved_at": None,
        "is_deleted": False,
    }
    steps = [(incident.starts, "trigger_log_entry"), (acknowledged, "acknowledge_log_entry")]
    if number % 11 == 0 and ends - incident.starts > timedelta(minutes=45):
        # Thought to be over, and was not.
        early = _plus(incident.starts, 30)
        steps += [(early, "resolve_log_entry"), (_plus(early, 5), "trigger_log_entry")]
    steps.append((ends, "resolve_log_entry"))
    status = {"trigger": "triggered", "acknowledge": "acknowledged", "resolve": "resolved"}
    for n, (moment, kind) in enumerate(sorted(step for step in steps if step[0] <= ends)):
        now = status[kind.split("_")[0]]
        out.add(
            "pagerduty.log_entry",
            moment,
            {
                "id": f"{key}L{n}",
                "incident_id": key,
                "type": kind,
                "created_at": moment,
                "agent_id": f"PUSER{number % 6}" if kind != "trigger_log_entry" else None,
            },
        )
        out.add(
            "pagerduty.incident",
            moment,
            {
                **row,
                "status": now,
                "updated_at": moment,
                "resolved_at": moment if now == "resolved" else None,
            },
        )


def vendor_id(number: int) -> str:
    """Id of the vendor at that place of the story's list."""
    return f"ven_{number + 1:03d}"


def _vendor_id(name: str | None) -> str | None:
    names = [vendor[0] for vendor in story.VENDORS]
    return vendor_id(names.index(name)) if name else None


def _plus(moment: datetime, minutes: float) -> datetime:
    return (moment + timedelta(minutes=minutes)).replace(microsecond=0)
