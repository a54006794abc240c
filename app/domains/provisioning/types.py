"""What provisioning speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from app.domains.catalogue.types import ImportFormat, ImportMapping, ImportRow, RunSummary


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """A file to import into the scope's tenant.

    :param stream: bytes that can be read twice (for its fingerprint, then for its rows).
    :param source: who names the products; with the file's fingerprint it finds a run that was cut.
    :param locale: the language of texts that do not say theirs; else the storefront's first.
    :param pictures: the folder that the file's pictures lie in; None: pictures are not imported.
    :param is_trusted: the file is shipped with the software, so its SVG pictures are taken.
    :param is_opening: its stock is what an offer begins with; of one that has a level already it says nothing.
    :param dry_run: read and check everything, write nothing.
    """

    stream: BinaryIO
    format: ImportFormat
    source: str
    file_name: str = ""
    mapping: ImportMapping | None = None
    locale: str = ""
    pictures: Path | None = None
    is_trusted: bool = False
    is_opening: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. `problems` holds at most the first 1,000."""

    run_id: str
    summary: RunSummary
    problems: tuple[ImportRow, ...]
    is_resumed: bool = False

    @property
    def has_failures(self) -> bool:
        return self.summary.failed > 0


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export wrote. `lost`: field → in how many products the format could not carry it."""

    written: int
    lost: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a plan: a place of the document, what stands there and what would."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Plan:
    """What applying a document would do. `is_new`: the tenant does not exist yet."""

    slug: str
    is_new: bool
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying a document did; `seconds` of its steps are by the process's clock."""

    slug: str
    tenant_id: str
    is_new: bool
    report: ImportReport | None
    facts: Mapping[str, Any] = field(default_factory=dict)
