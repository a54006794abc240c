"""Pictures as the rooms above and the faces know them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

RenditionFormat = Literal["avif", "webp", "jpeg", "png", "svg"]
AssetStatus = Literal["pending", "ready", "failed"]

PREFERENCE: tuple[RenditionFormat, ...] = ("avif", "webp", "jpeg", "png")
"""Best first: a face writes one `<source>` for each of the first, and the last one present as the `<img>`."""

CONTENT_TYPES: Mapping[str, str] = {
    "avif": "image/avif",
    "webp": "image/webp",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Rendition:
    """One size of a picture in one format. `path` is the storage key without the tenant's id."""

    format: RenditionFormat
    width: int
    height: int
    path: str
    byte_size: int

    @property
    def content_type(self) -> str:
        return CONTENT_TYPES[self.format]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with its renditions, narrowest first. `width` and `height` are those of the original as it is
    seen; they give a face the ratio that keeps the page still while it loads. Empty renditions: not made yet; until
    they are, a drawing that came with the software is shown itself."""

    asset_id: str
    width: int
    height: int
    renditions: tuple[Rendition, ...] = ()
    alt: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_ready(self) -> bool:
        """Are its renditions made? What is not ready may still change."""
        return any(rendition.format != "svg" for rendition in self.renditions)

    def of(self, kind: RenditionFormat) -> tuple[Rendition, ...]:
        """The renditions of one format, narrowest first."""
        return tuple(rendition for rendition in self.renditions if rendition.format == kind)

    def srcset(self, kind: RenditionFormat, address: Callable[[str], str]) -> str:
        """`/media/a-320.webp 320w, /media/a-640.webp 640w`; `address` turns a path into a URL."""
        return ", ".join(f"{address(rendition.path)} {rendition.width}w" for rendition in self.of(kind))

    def sources(self, address: Callable[[str], str]) -> tuple[tuple[str, str], ...]:
        """(content type, srcset) for each `<source>`, best format first, without the fallback's."""
        fallback = self.fallback()
        if fallback is None:
            return ()
        kinds: list[RenditionFormat] = [kind for kind in PREFERENCE if kind != fallback.format and self.of(kind)]
        return tuple((CONTENT_TYPES[kind], self.srcset(kind, address)) for kind in kinds)

    def fallback(self, width: int = 640) -> Rendition | None:
        """The rendition for `<img src>`: JPEG or PNG, the narrowest of at least `width`, else the widest; the drawing
        itself while there is none."""
        plain = self.of("jpeg") or self.of("png") or self.of("svg")
        return next((rendition for rendition in plain if rendition.width >= width), plain[-1] if plain else None)


@dataclass(frozen=True, slots=True)
class Asset:
    """A stored original. `failure` says, in the words of a developer, why no renditions could be made."""

    id: str
    sha256: str
    content_type: str
    byte_size: int
    width: int
    height: int
    source_key: str
    status: AssetStatus
    failure: str | None


@dataclass(frozen=True, slots=True)
class AssetInput:
    """What is known of an original before it is recorded; `source_key` names it in the object store."""

    sha256: str
    content_type: str
    byte_size: int
    width: int
    height: int
    source_key: str


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """The bytes of one rendition, with the type to serve them as."""

    content: bytes
    content_type: str
