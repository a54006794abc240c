"""A request as it is answered: whatever an address can hold, cut to what is sensible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.domains.search.rules.normalise import LONGEST_QUERY, clean
from app.domains.search.types import SearchRequest, Sort

SORTS: tuple[Sort, ...] = ("relevance", "newest", "price", "-price")
MOST_FILTERS = 12
MOST_CHOSEN = 30
MOST_PER_PAGE = 96
LARGEST_MINOR = 2**53


@dataclass(frozen=True, slots=True)
class Asked:
    text: str
    category_code: str | None
    filters: Mapping[str, tuple[str, ...]]
    price_from_minor: int | None
    price_to_minor: int | None
    only_available: bool
    sort: Sort
    page: int
    per_page: int

    @property
    def is_narrowed(self) -> bool:
        """Is anything but the text asked? Then nothing found does not mean that the text is wrong."""
        prices = (self.price_from_minor, self.price_to_minor)
        return bool(self.category_code or self.filters or self.only_available or prices != (None, None))


def as_asked(request: SearchRequest) -> Asked:
    filters = {}
    for code, values in list(request.filters.items())[:MOST_FILTERS]:
        chosen = tuple(dict.fromkeys(value for value in map(clean, values[:MOST_CHOSEN]) if value))
        if chosen and clean(code):
            filters[clean(code)] = chosen
    return Asked(
        text=request.text[:LONGEST_QUERY].strip(),
        category_code=None if request.category_code is None else clean(request.category_code),
        filters=filters,
        price_from_minor=_within(request.price_from_minor),
        price_to_minor=_within(request.price_to_minor),
        only_available=request.only_available,
        sort=request.sort if request.sort in SORTS else "relevance",
        page=max(1, request.page),
        per_page=min(max(1, request.per_page), MOST_PER_PAGE),
    )


def _within(minor: int | None) -> int | None:
    return None if minor is None else min(max(minor, 0), LARGEST_MINOR)
