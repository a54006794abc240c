"""Pictures for tests, made by the same library: photographs, drawings, and bombs."""

from __future__ import annotations

import struct
import zlib

import pyvips

SVG = b"""<?xml version="1.0"?>
<!-- a drawing -->
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 900" width="1200" height="900">
<defs><linearGradient id="g"><stop offset="0" stop-color="#c33"/><stop offset="1" stop-color="#33c"/></linearGradient>
</defs>
<rect width="1200" height="900" fill="#eee"/><circle cx="600" cy="450" r="300" fill="url(#g)"/><use href="#g"/>
</svg>"""
SEE_THROUGH_SVG = SVG.replace(b'<rect width="1200" height="900" fill="#eee"/>', b"")


def photograph(width: int, height: int) -> pyvips.Image:
    """A gradient with some noise, in three bands."""
    across = pyvips.Image.xyz(width, height)
    red = across[0] * 255.0 / width
    green = across[1] * 255.0 / height
    noise = pyvips.Image.gaussnoise(width, height, mean=128, sigma=20)
    return red.bandjoin([green, noise]).cast("uchar").copy(interpretation="srgb")


def jpeg(width: int = 1500, height: int = 1000, *, orientation: int = 1) -> bytes:
    """With a place in its EXIF, and turned as `orientation` says."""
    image = photograph(width, height).copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    image.set_type(pyvips.GValue.gstr_type, "exif-ifd3-GPSLatitudeRef", "N (N, ASCII, 2 components, 2 bytes)")
    return image.jpegsave_buffer(Q=90)


def see_through_png(width: int = 700, height: int = 700) -> bytes:
    """The upper half can be seen through."""
    rows = pyvips.Image.xyz(width, height)[1]
    return photograph(width, height).bandjoin((rows > height / 2).cast("uchar")).pngsave_buffer()


def png_that_declares(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header promises this size: what a bomb looks like from the outside."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\x00" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
