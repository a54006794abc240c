"""A message as blocks: what it says, without how it looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Heading:
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Rows:
    """Label and value, line by line; the last one stands out when `has_total`."""

    rows: tuple[tuple[str, str], ...]
    has_total: bool = False


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    url: str


Block = Heading | Paragraph | Rows | Button


@dataclass(frozen=True, slots=True)
class Letter:
    """A message before it is dressed: in one language, for one direction of writing."""

    subject: str
    blocks: tuple[Block, ...]
    footer: str
    locale: str
    direction: Literal["ltr", "rtl"]


@dataclass(frozen=True, slots=True)
class Dress:
    """The brand's look in a message: its name and its colours as CSS values."""

    brand: str
    surface: str
    raised: str
    ink: str
    muted: str
    line: str
    accent: str
    accent_ink: str
    font: str


@dataclass(frozen=True, slots=True)
class Message:
    id: str
    kind: str
    recipient: str
    locale: str
    subject: str
    html: str
    text: str
    status: str


ACCOUNT_LETTERS = (
    "sign_up",
    "known",
    "sign_in",
    "unknown",
    "reset",
    "new_email",
    "taken",
    "email_asked",
    "secured_password",
    "secured_email",
    "secured_passkey_added",
    "secured_passkey_removed",
)
"""The letters about an account, by their kind."""

SECRET_LETTERS = ("sign_up", "known", "sign_in", "reset", "new_email")
"""Those with a code or a link that opens a door: what they say is not kept once they are sent."""


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What a letter about an account is filled with. `address` is that of the storefront in the letter's language."""

    name: str
    email: str
    brand: str
    address: str
    code: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter as it would be sent."""

    subject: str
    html: str
    text: str
