"""Market packs and their facts, read from `config/markets/`. Packs are shipped with a release: read once per file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.domains.tenancy.errors import MarketNotFound
from app.domains.tenancy.rules.markets import check_facts, list_unconfirmed
from app.domains.tenancy.schemas.market import FactsSchema, MarketPackSchema
from app.domains.tenancy.types import Fact, FactBreak, MarketPack, TaxRate
from app.kit import documents
from app.kit.clock import business_date
from app.kit.documents import Document, DocumentRefused
from app.kit.scope import PUBLIC, Scope, document_query

_CODE = re.compile(r"[a-z]{2}")


@document_query(PUBLIC)
def get_market(scope: Scope, code: str | None = None) -> MarketPack:
    """The pack of a market, by default of the market in which the scope's tenant sells.

    Raises `MarketNotFound`; `DocumentRefused` where the file has a fault.
    """
    if code is None:
        code = scope.tenant.market if scope.tenant else ""
    path = _path(scope, code)
    return _pack(path, path.stat().st_mtime_ns)


@document_query(PUBLIC)
def list_markets(scope: Scope) -> list[MarketPack]:
    """All packs by code. Raises `DocumentRefused` with the faults of the first faulty file."""
    codes = sorted(path.stem for path in scope.settings.markets.glob("*.toml") if _CODE.fullmatch(path.stem))
    return [get_market(scope, code) for code in codes]


@document_query(PUBLIC)
def list_facts(scope: Scope, code: str) -> list[Fact]:
    """The facts of a market in the order of their file; each knows its file and line. Raises as `get_market`."""
    path = _path(scope, code).with_suffix(".facts.toml")
    document = documents.read(path)
    rows = documents.check(document, FactsSchema())["fact"]
    return [Fact(**row, place=_place(document, index)) for index, row in enumerate(rows)]


@document_query(PUBLIC)
def list_fact_breaks(scope: Scope, code: str) -> list[FactBreak]:
    """The facts of a market that its pack does not meet; none is right. Raises as `get_market`."""
    return check_facts(get_market(scope, code), list_facts(scope, code))


@document_query(PUBLIC)
def list_unconfirmed_rates(scope: Scope, code: str) -> list[TaxRate]:
    """The rates in force today whose source proves them only to an earlier day. Raises as `get_market`."""
    pack = get_market(scope, code)
    return list_unconfirmed(pack, business_date(scope.now(), pack.time_zone))


def _path(scope: Scope, code: str) -> Path:
    path = scope.settings.markets / f"{code}.toml"
    if not _CODE.fullmatch(code) or not path.is_file():
        raise MarketNotFound(market=code)
    return path


@lru_cache(maxsize=300)
def _pack(path: Path, changed_ns: int) -> MarketPack:
    """`changed_ns` is part of the key, so that a pack under work is read again."""
    document = documents.read(path)
    pack: MarketPack = documents.check(document, MarketPackSchema())
    if pack.code != path.stem:
        raise DocumentRefused([document.problem(("code",), f"The file is named {path.stem}.toml.")])
    return pack


def _place(document: Document, index: int) -> str:
    return f"{document.file}:{document.lines['fact', index]}"


@dataclass(frozen=True, slots=True)
class MarketCheck:
    """What holding a pack against its facts gave; a note asks for something that is no break yet."""

    code: str
    facts: int
    breaks: tuple[FactBreak, ...]
    notes: tuple[str, ...]


@document_query(PUBLIC)
def check_markets(scope: Scope) -> list[MarketCheck]:
    """All packs against their schema and facts. Raises `DocumentRefused` with the faults of the first faulty file."""
    checks = []
    for pack in list_markets(scope):
        notes = tuple(
            f"the source of {rate.code} for {rate.tax_category} proves it only to {rate.confirmed_until}"
            for rate in list_unconfirmed_rates(scope, pack.code)
        )
        breaks = tuple(list_fact_breaks(scope, pack.code))
        checks.append(MarketCheck(pack.code, len(list_facts(scope, pack.code)), breaks, notes))
    return checks
