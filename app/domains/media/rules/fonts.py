"""Web fonts: WOFF2 alone, small enough that a page does not wait for them, named by their content."""

from __future__ import annotations

import re

from app.domains.media.errors import FontTooHeavy, UnsupportedFont

LARGEST_BYTES = 60 * 1024
CONTENT_TYPE = "font/woff2"
_SIGNATURE = b"wOF2"
_PATH = re.compile(r"fonts/[0-9a-f]{2}/[0-9a-f]{64}\.woff2")


def inspect_font(content: bytes) -> None:
    """Raises `UnsupportedFont`, `FontTooHeavy`."""
    if not content.startswith(_SIGNATURE):
        raise UnsupportedFont()
    if len(content) > LARGEST_BYTES:
        raise FontTooHeavy(kilobytes=len(content) // 1024, limit=LARGEST_BYTES // 1024)


def font_parts(sha256: str) -> tuple[str, ...]:
    """The key of a font below the tenant."""
    return "fonts", sha256[:2], f"{sha256}.woff2"


def is_font_path(path: str) -> bool:
    """Is this the path of a font below the tenant (`fonts/ab/abc….woff2`)?"""
    return bool(_PATH.fullmatch(path))
