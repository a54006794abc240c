"""What a carrier's name and its tracking code may look like."""

from __future__ import annotations

import re

LONGEST_CARRIER = 60
LONGEST_CODE = 40
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./-]*")


def tidy_carrier(text: str) -> str | None:
    """The name without needless blanks; None when it cannot be one."""
    name = " ".join(text.split())
    return name if 0 < len(name) <= LONGEST_CARRIER and name.isprintable() else None


def tidy_tracking_code(text: str) -> str | None:
    """The code in capitals (UPU S10 and the large carriers write it so); empty stays empty, None is no code."""
    code = " ".join(text.split()).upper()
    if not code:
        return ""
    return code if len(code) <= LONGEST_CODE and _CODE.fullmatch(code) else None
