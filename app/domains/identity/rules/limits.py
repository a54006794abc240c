"""How tries are slowed down: a bucket that fills by one with every try and empties by one every so often.

It is kept as one moment, when the bucket is empty again (the generic cell rate algorithm of ITU-T I.371), so that
one conditional upsert both asks and counts. A try that is refused fills nothing: nobody is locked out for ever.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """`burst` tries at once, then one every `every`."""

    burst: int
    every: timedelta


PERSON = Limit(5, timedelta(seconds=30))
ADDRESS = Limit(30, timedelta(seconds=5))
CODE = Limit(10, timedelta(minutes=5))
"""288 codes a day beside the burst: of a million, with three that fit, one in a thousand days."""

CODES_PER_SIGN_IN = 5


def latest_start(limit: Limit, now: datetime) -> datetime:
    """A bucket that is empty again at this moment or before takes one more."""
    return now + limit.every * (limit.burst - 1)


def seconds_to_wait(limit: Limit, empty_at: datetime, now: datetime) -> int:
    """Whole seconds until a full bucket takes one more, at least one."""
    return max(1, -(-(empty_at - latest_start(limit, now)) // timedelta(seconds=1)))


def network_of(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 network of an IPv6 one, which one household has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def person_key(email: str, network: str, *, is_familiar: bool) -> str:
    """A person's bucket. A network from which the person has signed in has one apart: who guesses from elsewhere
    cannot keep the person out."""
    digest = hashlib.sha256(email.encode()).hexdigest()[:32]
    return f"person:{digest}:{network}" if is_familiar else f"person:{digest}"
