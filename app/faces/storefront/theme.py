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
SHAPES = ("soft", "sharp", "arch", "plain", "scallop")
DESIGN = {
    "header": ("bar", "centred", "stacked", "rail"),
    "card": ("raised", "ruled", "plain", "captioned", "ticket"),
    "heading": ("plain", "serif_italic", "capitals", "numbered", "ornamented", "ribbon"),
    "motion": ("calm", "lively", "none"),
    "backdrop": ("none", "paper", "grid", "dots", "weave"),
    "picture_ratio": ("square", "portrait", "landscape"),
}
"""What a brand chooses beside its tokens; the first is taken where it says nothing."""
USUAL_CARD = {"sharp": "ruled", "arch": "plain", "plain": "plain"}
"""The card of a silhouette, where the brand names none; else it is the first."""
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
_FAMILY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 -]{0,59}")
_WEIGHT = re.compile(r"[1-9]00( [1-9]00)?")
_RANGE = re.compile(r"U\+[0-9A-Fa-f?-]{1,13}(, ?U\+[0-9A-Fa-f?-]{1,13}){0,60}")
_FONT_PATH = re.compile(r"fonts/[0-9a-f]{2}/[0-9a-f]{64}\.woff2")
MOST_FONTS = 4
_DEEPER = 0.22
"""How far a pressed button goes from the accent towards the ink."""


@dataclass(frozen=True, slots=True)
class Font:
    """A web font of the house; `path` is its address."""

    family: str
    path: str
    weight: str
    style: str
    unicode_range: str

    @property
    def face(self) -> str:
        rows = [
            f'font-family: "{self.family}"',
            f'src: url("{self.path}") format("woff2")',
            f"font-weight: {self.weight}",
            f"font-style: {self.style}",
            "font-display: swap",
        ]
        rows += [f"unicode-range: {self.unicode_range}"] if self.unicode_range else []
        return "@font-face { " + "; ".join(rows) + "; }"


@dataclass(frozen=True, slots=True)
class Theme:
    """`shape` is the silhouette of pictures, `design` what else the brand chose; `css` and its `digest` make the
    stylesheet's address."""

    css: str
    digest: str
    shape: str
    design: Mapping[str, str]
    fonts: tuple[Font, ...]

    @property
    def address(self) -> str:
        return f"/theme-{self.digest}.css"

    def preloaded(self, locale: str) -> tuple[Font, ...]:
        """The fonts that the first screen is set in: those of the display face for the reader's script."""
        wanted = [font for font in self.fonts if not font.unicode_range or _serves(font.unicode_range, locale)]
        return tuple(wanted[:1])


def theme_of(scope: Scope) -> Theme:
    """The theme of the scope's storefront."""
    brand = scope.storefront.document.get("brand", {}) if scope.storefront else {}
    return _build(
        _pairs(brand.get("tokens", {})), _pairs(brand.get("design", {})), tuple(map(_pairs, brand.get("fonts", [])))
    )


def _pairs(values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, str(value)) for name, value in values.items()))


def _design(given: Mapping[str, str], shape: str) -> dict[str, str]:
    """Each choice, or the usual one where the document makes none that is known."""
    usual = {name: known[0] for name, known in DESIGN.items()} | {"card": USUAL_CARD.get(shape, DESIGN["card"][0])}
    return {name: given[name] if given.get(name) in known else usual[name] for name, known in DESIGN.items()}


def _fonts(given: tuple[tuple[tuple[str, str], ...], ...]) -> tuple[Font, ...]:
    """The fonts that are whole; what could end its declaration and begin another is left out."""
    found = []
    for one in map(dict, given[:MOST_FONTS]):
        family, path, weight = one.get("family", ""), one.get("file", ""), one.get("weight", "400")
        style, reach = one.get("style", "normal"), one.get("unicode_range", "")
        is_whole = _FAMILY_NAME.fullmatch(family) and _FONT_PATH.fullmatch(path) and _WEIGHT.fullmatch(weight)
        if is_whole and style in ("normal", "italic") and (not reach or _RANGE.fullmatch(reach)):
            found.append(Font(family, f"/media/{path}", weight, style, reach))
    return tuple(found)


SCRIPT_SAMPLES = {"th": 0x0E01, "ar": 0x0627, "hi": 0x0905, "ja": 0x3042}
"""A letter of the language's own script; the others are written in Latin ones."""


def _serves(reach: str, locale: str) -> bool:
    letter = SCRIPT_SAMPLES.get(locale.split("-")[0], 0x0061)
    for part in reach.split(","):
        low, _, high = part.strip().removeprefix("U+").removeprefix("u+").partition("-")
        first, last = int(low.replace("?", "0"), 16), int((high or low).replace("?", "F"), 16)
        if first <= letter <= last:
            return True
    return False


def accepted(tokens: Mapping[str, Any]) -> dict[str, str]:
    """The tokens that are known and whole."""
    found = {}
    for name, pattern in _PATTERNS.items():
        value = str(tokens.get(name, "")).strip()
        if len(value) <= 400 and pattern.fullmatch(value):
            found[name] = value
    return found


@lru_cache(maxsize=2000)
def _build(
    given: tuple[tuple[str, str], ...],
    design: tuple[tuple[str, str], ...] = (),
    fonts: tuple[tuple[tuple[str, str], ...], ...] = (),
) -> Theme:
    tokens = dict(given)
    known = accepted(tokens)
    if "accent" in known and "ink" in known:
        known["accent_strong"] = _mixed(known["accent"], known["ink"])
    shape = tokens.get("shape", "")
    shape = shape if shape in SHAPES else SHAPES[0]
    faces = _fonts(fonts)
    rows = [f"  --{name.replace('_', '-')}: {value};" for name, value in known.items()]
    css = "\n".join([*(font.face for font in faces), "@layer tenant {", ":root {", *rows, "}", "}", ""])
    digest = hashlib.sha256(css.encode()).hexdigest()[:12]
    return Theme(css, digest, shape, _design(dict(design), shape), faces)


def _mixed(colour: str, towards: str) -> str:
    pairs = zip(_parts(colour), _parts(towards), strict=True)
    return "#" + "".join(f"{round(start + (end - start) * _DEEPER):02x}" for start, end in pairs)


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
