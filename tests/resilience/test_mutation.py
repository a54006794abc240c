"""A guard that can be taken away without a test noticing guards nothing."""

from __future__ import annotations

import hashlib

from tests.harness.guards import GUARDS, Guard
from tests.harness.mutation import ROOT, run

from . import shop
from .figures import Figures

SAMPLE = 2


def sample() -> list[Guard]:
    """All guards at night. By day two, chosen by what the guarded files say: other ones after every change of them,
    the same ones for the same source."""
    if shop.LONG:
        return list(GUARDS)
    digest = hashlib.sha256()
    for file in sorted({guard.file for guard in GUARDS}):
        digest.update((ROOT / file).read_bytes())
    first = int.from_bytes(digest.digest()[:8]) % len(GUARDS)
    return [GUARDS[(first + step * (len(GUARDS) // SAMPLE)) % len(GUARDS)] for step in range(SAMPLE)]


def test_no_guard_is_taken_away_unnoticed(figures: Figures) -> None:
    verdicts = list(run(sample(), ROOT))
    survivors = [f"{one.guard.name}: {one.reason}" for one in verdicts if not one.killed]
    figures.table(
        "guards taken away one at a time",
        ["guards", "survived"],
        [[f"{len(verdicts)} of {len(GUARDS)}", len(survivors)]],
    )
    assert survivors == []
