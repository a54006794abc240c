"""A tenant's tokens as a stylesheet of their own: hashed, so that it is cached for ever, and nothing inline.

A document may come from outside. A token that is not exactly what it should be is left out, and the storefront's own
value stays; so no value can end its declaration and begin something else.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from app.kit.scope import Scope

COLOURS = (
    "surface",
    "surface_raised",
    "surface_sunken",
    "ink",
    "ink_muted",
    "line",
    "accent",
    "accent_ink",
    "accent_soft",
    "positive",
    "warning",
    "danger",
)
SHAPES = ("soft", "sharp", "arch")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_LENGTH = re.compile(r"(?:[0-9]|[1-5][0-9])(?:\.[0-9]{1,3})?px")
_DENSITY = re.compile(r"0\.(?:8[5-9]|9[0-9]?)[0-9]?|1(?:\.(?:[01][0-9]?|20?))?")
# A family is a quoted name or plain words. No bracket, slash, backslash or semicolon is ever part of one.
_FAMILY = r"(?:\"[\w .-]{1,60}\"|'[\w .-]{1,60}'|[A-Za-z][\w-]*(?: [\w-]+){0,5})"
_FONTS = re.compile(rf"{_FAMILY}(?:\s*,\s*{_FAMILY}){{0,20}}")
_PATTERNS = {
    "radius": _LENGTH,
    "density": _DENSITY,
    "font_body": _FONTS,
    "font_display": _FONTS,
    **dict.fromkeys(COLOURS, _COLOUR),
}
_DEEPER = 0.22
"""How far a pressed button goes from the accent towards the ink."""


@dataclass(frozen=True, slots=True)
class Theme:
    """`shape` is the silhouette of pictures; `css` and its `digest` make the stylesheet's address."""

    css: str
    digest: str
    shape: str

    @property
    def address(self) -> str:
        return f"/theme-{self.digest}.css"


def theme_of(scope: Scope) -> Theme:
    """The theme of the scope's storefront."""
    brand = scope.storefront.document.get("brand", {}) if scope.storefront else {}
    tokens = brand.get("tokens", {})
    return _build(tuple(sorted((name, str(value)) for name, value in tokens.items())))


def accepted(tokens: Mapping[str, Any]) -> dict[str, str]:
    """The tokens that are known and whole."""
    found = {}
    for name, pattern in _PATTERNS.items():
        value = str(tokens.get(name, "")).strip()
        if len(value) <= 400 and pattern.fullmatch(value):
            found[name] = value
    return found


@lru_cache(maxsize=2000)
def _build(given: tuple[tuple[str, str], ...]) -> Theme:
    tokens = dict(given)
    known = accepted(tokens)
    if "accent" in known and "ink" in known:
        known["accent_strong"] = _mixed(known["accent"], known["ink"])
    rows = [f"  --{name.replace('_', '-')}: {value};" for name, value in known.items()]
    css = "\n".join(["@layer tenant {", ":root {", *rows, "}", "}", ""])
    shape = tokens.get("shape", "")
    digest = hashlib.sha256(css.encode()).hexdigest()[:12]
    return Theme(css, digest, shape if shape in SHAPES else SHAPES[0])


def _mixed(colour: str, towards: str) -> str:
    pairs = zip(_parts(colour), _parts(towards), strict=True)
    return "#" + "".join(f"{round(start + (end - start) * _DEEPER):02x}" for start, end in pairs)


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
