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
