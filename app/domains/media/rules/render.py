"""The pixels: an original in, its renditions out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyvips

from app.domains.media.errors import BrokenPicture
from app.domains.media.rules.inspect import VECTOR
from app.domains.media.rules.sizes import rendition_widths
from app.domains.media.types import RenditionFormat

_UNBOUNDED = 10_000_000
_NOTHING = 0
"""`VIPS_FOREIGN_KEEP_NONE`"""
_SOLID = (255, 65_535)
"""The least transparent alpha of 8 and of 16 bits."""
_SAVERS: dict[RenditionFormat, Callable[[pyvips.Image], bytes]] = {
    "webp": lambda image: image.webpsave_buffer(Q=78, effort=3, keep=_NOTHING),
    "avif": lambda image: image.heifsave_buffer(compression="av1", Q=55, effort=1, keep=_NOTHING),
    "jpeg": lambda image: image.jpegsave_buffer(Q=80, optimize_coding=True, interlace=True, keep=_NOTHING),
    "png": lambda image: image.pngsave_buffer(compression=7, keep=_NOTHING),
}
"""Without metadata: the place and the camera of a photograph are nobody's business."""


@dataclass(frozen=True, slots=True)
class Rendered:
    format: RenditionFormat
    width: int
    height: int
    content: bytes


def render(content: bytes, content_type: str, width: int) -> Iterator[Rendered]:
    """All renditions of an original of this width, widest first: WebP, AVIF, and JPEG, or PNG where something
    shows through. sRGB, upright, without metadata. Raises `BrokenPicture`."""
    widths = rendition_widths(width, is_vector=content_type == VECTOR)
    try:
        widest = _load(content, content_type, widths[-1])
        opaque = not widest.hasalpha() or widest[widest.bands - 1].min() in _SOLID
        if opaque and widest.hasalpha():
            widest = widest.flatten().copy_memory()
        kinds: tuple[RenditionFormat, ...] = ("webp", "avif", "jpeg" if opaque else "png")
        for step in reversed(widths):
            image = widest if step == widths[-1] else widest.thumbnail_image(step, height=_UNBOUNDED, size="down")
            image = image.copy_memory()
            for kind in kinds:
                yield Rendered(kind, image.width, image.height, _SAVERS[kind](image))
    except pyvips.Error as error:
        raise BrokenPicture() from error


def _load(content: bytes, content_type: str, width: int) -> pyvips.Image:
    """The original at the widest step. A drawing is drawn at that size; a photograph is decoded whole, because
    decoding at a fraction of the size forgives a file that ends half way."""
    if content_type == VECTOR:
        drawn = pyvips.Image.thumbnail_buffer(content, width, height=_UNBOUNDED, size="both", output_profile="srgb")
        return drawn.copy_memory()
    original = pyvips.Image.new_from_buffer(content, "", access="sequential", fail_on="truncated")
    return original.thumbnail_image(width, height=_UNBOUNDED, size="down", output_profile="srgb").copy_memory()
