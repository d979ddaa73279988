"""The register of vendors: what they cost, what they promise, what proves that they are fit."""

from __future__ import annotations

from datetime import date, timedelta

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, at, first_of_month, random_stream
from drivewheel_demo.incidents import vendor_id
from drivewheel_demo.rows import Delivery


def deliver_vendors(out: Delivery, horizon: Horizon, *, seed: int) -> None:
    """Every vendor with a commitment a month and its evidence year by year."""
    rng = random_stream(seed, "vendors")
    for number, (name, category, criticality, spend) in enumerate(story.VENDORS):
        key, begun = vendor_id(number), horizon.start - timedelta(days=200)
        starts, ends = story.VENDOR_STARTS.get(name, begun), story.VENDOR_ENDS.get(name, date.max)
        known = at(max(starts, horizon.start), 6 * 3600)
        vendor = {
            "id": key,
            "name": name,
            "category": category,
            "criticality": criticality,
            "annual_spend": float(spend),
            "started_on": starts,
            "ended_on": None,
            "updated_at": known,
            "is_deleted": False,
        }
        out.add("vendors.vendor", known, vendor)
        if ends < date.max:
            gone = max(known, at(ends, 6 * 3600))
            out.add("vendors.vendor", gone, {**vendor, "ended_on": ends, "updated_at": gone})
        for month in horizon.months():
            due = first_of_month(month.year, month.month + 1) - timedelta(days=1)
            broken = month == story.VENDOR_OUTAGE.starts.replace(day=1) and not number
            broken = broken and horizon.tells(story.VENDOR_OUTAGE)
            row = {
                "id": f"com_{key}_{month:%Y%m}",
                "vendor_id": key,
                "kind": "availability",
                "due_on": due,
                "is_met": None,
                "updated_at": at(month),
                "is_deleted": False,
            }
            met = bool(rng.random() > 0.05) and not broken
            if not starts <= due < ends:
                continue
            out.add("vendors.commitment", at(month), row)
            out.add(
                "vendors.commitment",
                at(due, 64800),
                {**row, "is_met": met, "updated_at": at(due, 64800)},
            )
        _deliver_evidence(
            out, number, findings=[int(f) for f in rng.integers(0, 3, 6)], horizon=horizon
        )


def _deliver_evidence(out: Delivery, number: int, *, findings: list[int], horizon: Horizon) -> None:
    """A report a year; the one that the story names is the vendor's last."""
    expires = story.VENDOR_EVIDENCE.starts
    issued = date(expires.year - 4, expires.month, expires.day) + timedelta(days=37 * number)
    is_last = number == 0 and horizon.tells(story.VENDOR_EVIDENCE)
    for year, found in enumerate(findings):
        on = issued + timedelta(days=365 * year)
        if on > horizon.last or (is_last and on >= expires - timedelta(days=300)):
            break
        ends = on + timedelta(days=365)
        if is_last and ends >= expires - timedelta(days=300):
            ends, found = expires, int(story.VENDOR_EVIDENCE.size)
        out.add(
            "vendors.evidence",
            at(on, 36000),
            {
                "id": f"evi_{vendor_id(number)}_{year}",
                "vendor_id": vendor_id(number),
                "kind": "soc2",
                "issued_on": on,
                "expires_on": ends,
                "open_findings": found,
                "updated_at": at(on, 36000),
                "is_deleted": False,
            },
        )
