"""Look at a file before a pixel of it is decoded: its type by its first bytes, its size by its header.

A bomb is refused here: a file of a few hundred kilobytes may declare billions of pixels, and decoding is where
they would be paid for. The name and the type that the sender gave are never asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyvips

from app.domains.media.errors import (
    BrokenPicture,
    PictureTooHeavy,
    PictureTooLarge,
    UnsafeVector,
    UnsupportedPicture,
    UntrustedVector,
)

# Each operation's result would be kept for a next one that never comes: memory of a worker grows without use.
pyvips.cache_set_max(0)

LARGEST_BYTES = 20 * 1024 * 1024
LARGEST_PIXELS = 40_000_000
LARGEST_SIDE = 16_384
VECTOR = "image/svg+xml"
EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/gif": "gif",
    VECTOR: "svg",
}
_UNSAFE = (
    (re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.I), "a document type"),
    (re.compile(rb"<\s*(?:\w+:)?script", re.I), "a script"),
    (re.compile(rb"<\s*(?:\w+:)?foreignObject", re.I), "a foreign object"),
    (re.compile(rb"\son\w+\s*=", re.I), "an event handler"),
    (re.compile(rb"""(?:href|src)\s*=\s*["']\s*(?!\#|data:image/)""", re.I), "a link"),
    (re.compile(rb"""url\(\s*["']?\s*(?!\#|["'\s])""", re.I), "a link"),
    (re.compile(rb"@import", re.I), "an import"),
)
_TURNED = {5, 6, 7, 8}
"""EXIF orientations that exchange width and height."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Width and height as the picture is seen (EXIF orientation applied)."""

    content_type: str
    width: int
    height: int


def sniff(content: bytes) -> str:
    """The content type by the file's first bytes. Raises `UnsupportedPicture`."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp" and any(brand in content[8:40] for brand in (b"avif", b"avis")):
        return "image/avif"
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"<") and re.search(rb"<(?:\w+:)?svg[\s>]", content[:4096]):
        return VECTOR
    raise UnsupportedPicture()


def inspect(content: bytes, *, trusted_vector: bool = False) -> Facts:
    """What the header says. Raises `PictureTooHeavy`, `UnsupportedPicture`, `UntrustedVector`, `UnsafeVector`,
    `PictureTooLarge`, `BrokenPicture`; no pixel is decoded."""
    if len(content) > LARGEST_BYTES:
        raise PictureTooHeavy(megabytes=len(content) // 1_048_576, limit=LARGEST_BYTES // 1_048_576)
    content_type = sniff(content)
    if content_type == VECTOR:
        if not trusted_vector:
            raise UntrustedVector()
        _refuse_unsafe(content)
    width, height = _size(content)
    if width < 1 or height < 1:
        raise BrokenPicture()
    if width * height > LARGEST_PIXELS or max(width, height) > LARGEST_SIDE:
        raise PictureTooLarge(width=width, height=height, limit=LARGEST_PIXELS // 1_000_000)
    return Facts(content_type, width, height)


def _refuse_unsafe(content: bytes) -> None:
    for pattern, found in _UNSAFE:
        if pattern.search(content):
            raise UnsafeVector(found=found)


def _size(content: bytes) -> tuple[int, int]:
    try:
        header = pyvips.Image.new_from_buffer(content, "", access="sequential")
        turned = "orientation" in header.get_fields() and header.get("orientation") in _TURNED
    except pyvips.Error as error:
        raise BrokenPicture() from error
    return (header.height, header.width) if turned else (header.width, header.height)
