"""Stylesheets and scripts of a face: joined by cascade layer, hashed, served from memory, cached for ever.

A folder `static/` holds `styles/<layer>/*.css` (one file per component), `scripts/*.js` (one module per behaviour)
and `images/*`. The layers come in the order `reset, tokens, base, components, utilities, tenant`.
"""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

LAYERS = ("reset", "tokens", "base", "components", "utilities", "tenant")


@dataclass(frozen=True, slots=True)
class Asset:
    name: str
    content: bytes
    content_type: str


class Assets:
    """The assets of some folders; `url("site.css")` is their hashed address under `/assets/`."""

    def __init__(self, *folders: Path) -> None:
        self._by_name: dict[str, Asset] = {}
        self._hashed: dict[str, str] = {}
        self._add("site.css", joined(folders).encode())
        for folder in folders:
            for path in sorted([*folder.glob("scripts/*.js"), *folder.glob("images/*")]):
                self._add(path.name, path.read_bytes())

    def url(self, name: str) -> str:
        return f"/assets/{self._hashed[name]}"

    def find(self, hashed: str) -> Asset | None:
        return self._by_name.get(hashed)

    def _add(self, name: str, content: bytes) -> None:
        stem, dot, ending = name.rpartition(".")
        hashed = f"{stem}-{hashlib.sha256(content).hexdigest()[:12]}{dot}{ending}"
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        if kind.startswith("text/"):
            kind += "; charset=utf-8"
        self._hashed[name] = hashed
        self._by_name[hashed] = Asset(name, content, kind)


def joined(folders: tuple[Path, ...]) -> str:
    """All stylesheets of the folders as one, in the order of the layers; each file names its layer itself."""
    parts = [f"@layer {', '.join(LAYERS)};"]
    for layer in LAYERS:
        for folder in folders:
            parts += [path.read_text(encoding="utf-8") for path in sorted(folder.glob(f"styles/{layer}/*.css"))]
    return "\n".join(parts)
