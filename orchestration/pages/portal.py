"""Links by which a customer opens its own page: signed, for one customer, until a day.

Nothing is kept at the server: a link holds its last day and a signature over that day and the
customer, whose id is not in it. Whoever sets another token makes all links void.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDER = "shared"
# Days for which a link holds where nobody says.
DAYS = 30
_LINK = re.compile(r"^(\d{4}-\d{2}-\d{2})-([0-9a-f]{64})$")


def sign_link(token: str, customer_id: str, until: dt.date) -> str:
    """The address of a customer's own page, relative to the server.

    Args:
        token: What the server was started with (`DRIVEWHEEL_PAGES_TOKEN`).
        customer_id: Whose page.
        until: The last day, by UTC, on which the link opens it.
    """
    return f"{FOLDER}/{until}-{_signature(token, customer_id, until)}"


def customer_of(
    token: str, link: str, customers: Iterable[str], *, today: dt.date | None = None
) -> str | None:
    """Whose page a link opens; None where its day is over or nobody has signed it.

    Args:
        token: What the server was started with.
        link: The last part of the address.
        customers: Everybody who may have one.
        today: By UTC.
    """
    found = _LINK.match(link)
    if found is None:
        return None
    try:
        until = dt.date.fromisoformat(found[1])
    except ValueError:
        return None
    if until < (today or dt.datetime.now(dt.UTC).date()):
        return None
    signed = [
        customer
        for customer in customers
        if hmac.compare_digest(found[2], _signature(token, customer, until))
    ]
    return signed[0] if signed else None


def _signature(token: str, customer_id: str, until: dt.date) -> str:
    key = hmac.new(token.encode(), b"a customer's own page", hashlib.sha256).digest()
    return hmac.new(key, f"{until}|{customer_id}".encode(), hashlib.sha256).hexdigest()
