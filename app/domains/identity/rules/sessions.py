"""How long sessions last, and what is kept of a browser."""

from __future__ import annotations

import re
from datetime import timedelta

LIFETIME = timedelta(days=7)
IDLE_LIFETIME = timedelta(hours=12)
PENDING_LIFETIME = timedelta(minutes=5)
SEEN_EVERY = timedelta(minutes=1)
"""A session's last use is noted no more often, so that reading pages writes nothing."""

FAMILIAR_FOR = timedelta(days=30)
KEPT_FOR = timedelta(days=30)

_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def describe_browser(user_agent: str) -> str:
    """`Firefox, Windows` of a User-Agent header; the first word of one that is not known."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser or system:
        return ", ".join(part for part in (browser, system) if part)
    return re.sub(r"[^\w./ -]", "", user_agent.partition(" ")[0])[:60]


def normal_email(text: str) -> str:
    """The one form of an address: ASCII in lower case. Empty for anything else, so that no look-alike fits."""
    candidate = text.strip()
    return candidate.lower() if candidate.isascii() and len(candidate) <= 254 else ""
