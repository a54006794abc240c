"""One-time codes by time (RFC 6238): six digits, steps of 30 seconds, one step of drift on either side."""

from __future__ import annotations

import hmac
from datetime import datetime

import pyotp
from pyotp.totp import TOTP

STEP_S = 30
DRIFT = 1


def new_secret() -> str:
    """160 bits in Base32, as RFC 4226 asks."""
    return pyotp.random_base32()


def setup_uri(secret: str, email: str, issuer: str) -> str:
    """The address that an authenticator scans."""
    return TOTP(secret, interval=STEP_S).provisioning_uri(name=email, issuer_name=issuer)


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The number of the time step whose code this is, or None. Every candidate is compared."""
    given = "".join(code.split())
    if len(given) != 6 or not (given.isascii() and given.isdigit()):
        return None
    generator = TOTP(secret, interval=STEP_S)
    present = int(now.timestamp()) // STEP_S
    found = None
    for step in range(present - DRIFT, present + DRIFT + 1):
        if hmac.compare_digest(generator.generate_otp(step), given):
            found = step
    return found
