"""What identity speaks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

GUEST_PERMISSIONS = frozenset({"catalogue.browse", "cart.edit", "checkout.place", "orders.view_own"})
"""What whoever comes to a storefront may do without an account."""

StaffStatus = Literal["active", "disabled"]


@dataclass(frozen=True, slots=True)
class StaffSession:
    """A session that stands, with what its person may do at this moment."""

    session_id: str
    staff_id: str
    email: str
    name: str
    role: str
    permissions: frozenset[str]
    has_totp: bool
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class SignIn:
    """How a sign-in went on: `signed_in`, with the token of the session; or `code_needed`, with a token that only
    the second step takes."""

    outcome: Literal["signed_in", "code_needed"]
    token: str


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session of one's own in a list. `address` is the network address of the sign-in."""

    id: str
    user_agent: str
    address: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class StaffMember:
    """One of the partner's staff. `has_password` is False for who was invited and has not come yet."""

    id: str
    email: str
    name: str
    role: str
    status: StaffStatus
    has_password: bool
    has_totp: bool
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class TotpSetup:
    """A second factor that waits for its first code: the secret in Base32 to type, the `otpauth` address to scan."""

    secret: str
    uri: str
