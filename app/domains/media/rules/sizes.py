"""In which widths a picture is kept, and under which names."""

from __future__ import annotations

import re

WIDTHS = (320, 640, 960, 1280)
PICTURES = "pictures"
"""The folder of the store that is served to browsers."""
ORIGINALS = "originals"
"""The folder that never is: originals may carry the place where a photograph was taken."""
_PATH = re.compile(r"pictures/[0-9a-f]{2}/[0-9a-f]{64}/(?:[1-9][0-9]{0,4}\.(avif|webp|jpeg|png)|drawing\.(svg))")


def rendition_widths(width: int, *, is_vector: bool = False) -> tuple[int, ...]:
    """The widths to make of an original of this width: never enlarged, save a drawing, which has no pixels; an
    original between two steps gives its own width too (500 gives 320 and 500)."""
    if is_vector:
        return WIDTHS
    return tuple(sorted({step for step in WIDTHS if step <= width} | {min(width, WIDTHS[-1])}))


def original_parts(sha256: str, extension: str) -> tuple[str, ...]:
    """The key of an original below the tenant: named by its content, so that writing it twice is the same."""
    return ORIGINALS, sha256[:2], f"{sha256}.{extension}"


def rendition_parts(sha256: str, width: int, kind: str) -> tuple[str, ...]:
    return PICTURES, sha256[:2], sha256, f"{width}.{kind}"


def drawing_parts(sha256: str) -> tuple[str, ...]:
    """The path of a drawing that is shown itself until its renditions are made: only of a tenant that is shipped."""
    return PICTURES, sha256[:2], sha256, "drawing.svg"


def rendition_kind(path: str) -> str | None:
    """The format of a rendition's path below the tenant (`pictures/ab/abc…/640.webp`); None if it is no such path."""
    match = _PATH.fullmatch(path)
    return match[1] or match[2] if match else None
