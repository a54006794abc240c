"""Plan and apply: from a tenant's folder to a storefront that sells.

Every step can be repeated: rows are upserted by their business key, pictures are named by their content, products
by their source. The storefront's hosts answer only after the last step, so a shopper sees all of it or nothing.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from app.domains.catalogue import actions as catalogue
from app.domains.catalogue.schemas import read_category
from app.domains.delivery import actions as delivery
from app.domains.identity import actions as identity
from app.domains.inventory import actions as inventory
from app.domains.media import flows as media
from app.domains.payments.queries import list_offered_gateways
from app.domains.pricing import actions as pricing
from app.domains.pricing.schemas import read_promotion
from app.domains.provisioning.errors import (
    FileMissing,
    HomeAreaNotKnown,
    MarketChanged,
    RegistrationNotValid,
    SlugNotValid,
    TenantFolderNotFound,
)
from app.domains.provisioning.flows import migrations, schemas
from app.domains.provisioning.flows.imports import Watch, import_catalogue
from app.domains.provisioning.rules import RESERVED_SLUGS, differences, is_slug
from app.domains.provisioning.schemas import TenantDocumentSchema
from app.domains.provisioning.types import Applied, ImportReport, ImportRequest, Plan
from app.domains.sellers import actions as sellers
from app.domains.tenancy import actions as tenancy
from app.domains.tenancy.queries import directory
from app.domains.tenancy.queries.markets import get_market
from app.domains.tenancy.types import MarketPack
from app.kit import documents, plugins
from app.kit.i18n import text
from app.kit.scope import EVERYTHING, SYSTEM, SYSTEM_ONLY, Scope, Storefront, Tenant, flow

Advance = Callable[[int], None]
PRICE_LIST = "retail"
SOURCE = "tenant"


def _silent(count: int) -> None:
    """Nobody watches."""


@flow(SYSTEM_ONLY)
def plan_tenant(scope: Scope, slug: str) -> Plan:
    """What applying the folder `tenants/<slug>` would change; writes nothing. Raises `DocumentRefused`."""
    wanted = _read(scope, slug)
    with scope.transaction() as unit:
        standing = directory.get_applied_document(unit, slug)
        applied_hash = directory.get_applied_hash(unit, slug)
    notes = []
    if standing is None:
        notes.append("a schema and a role of its own, from a spare if there is one")
    if applied_hash != _fingerprint(scope, slug):
        notes.append("pictures and catalogue are imported; what has not changed stays as it is")
    offered = list_offered_gateways(scope)
    missing = [code for code in wanted["payment"]["gateways"] if code not in offered]
    if missing:
        notes.append(f"not offered as a way to pay in this environment: {', '.join(missing)}")
    return Plan(slug, standing is None, tuple(differences(standing or {}, wanted)), tuple(notes))


@flow(SYSTEM_ONLY)
def apply_tenant(scope: Scope, slug: str, advance: Advance = _silent, *, staff_password: str | None = None) -> Applied:
    """Make the tenant what its folder says. What stands already is left alone; a killed run is taken up again.

    :param staff_password: given to staff who have none yet (a demo); else they are invited later.
    """
    wanted = _read(scope, slug)
    fingerprint = _fingerprint(scope, slug)
    with scope.transaction() as unit:
        if fingerprint == directory.get_applied_hash(unit, slug):
            return Applied(slug, str(directory.find_tenant_id(unit, slug)), False, None)
        standing = directory.get_applied_document(unit, slug) or {}
    before = standing.get("tenant", {}).get("market")
    if before not in (None, wanted["tenant"]["market"]):
        raise MarketChanged(before=before, after=wanted["tenant"]["market"])
    tenant_id, is_new = schemas.claim(scope, slug, migrations.head())
    inside = _scope_inside(scope, slug, tenant_id, wanted)
    folder = scope.settings.tenants / slug
    pictures = _import_pictures(inside, folder, wanted, advance) | _import_fonts(inside, folder, wanted)
    _apply_sections(inside, wanted, staff_password)
    report = _apply_catalogue(inside, folder, wanted, advance)
    _apply_promotions(inside, wanted)
    _open(scope, slug, tenant_id, wanted, pictures, fingerprint)
    return Applied(slug, tenant_id, is_new, report)


@flow(SYSTEM_ONLY)
def list_folders(scope: Scope) -> list[str]:
    """The slugs of all shipped tenants."""
    return sorted(path.parent.name for path in scope.settings.tenants.glob("*/tenant.toml"))


def _read(scope: Scope, slug: str) -> dict[str, Any]:
    if not is_slug(slug):
        raise SlugNotValid(slug=slug[:40], reserved=", ".join(RESERVED_SLUGS))
    path = scope.settings.tenants / slug / "tenant.toml"
    if not path.is_file():
        raise TenantFolderNotFound(slug=slug)
    document: dict[str, Any] = documents.load(path, TenantDocumentSchema())
    _check_firm(get_market(scope, document["tenant"]["market"]), document["legal_entity"])
    return document


def _check_firm(market: MarketPack, firm: Mapping[str, Any]) -> None:
    """Its number is one of the country, and where the law numbers the country's areas, of the area of its address."""
    number, registration = market.business_number, firm["registration"]
    area = firm["address"].get("country_area", "")
    if market.area_codes and area not in market.area_codes:
        raise HomeAreaNotKnown(area=area)
    is_valid = plugins.load(f"stdnum.{number.module}:is_valid") if number.module else None
    begins_right = registration.startswith(number.prefix + market.area_codes.get(area, ""))
    if not begins_right or (is_valid is not None and not is_valid(registration.removeprefix(number.prefix))):
        raise RegistrationNotValid(registration=registration, kind=text(number.name, "en"))


def _fingerprint(scope: Scope, slug: str) -> str:
    """Of everything in the folder that is applied."""
    found = hashlib.sha256()
    folder = scope.settings.tenants / slug
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        found.update(f"{path.relative_to(folder)}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def _scope_inside(scope: Scope, slug: str, tenant_id: str, wanted: Mapping[str, Any]) -> Scope:
    market = get_market(scope, wanted["tenant"]["market"])
    locales = tuple(wanted["storefront"]["locales"])
    return scope.with_values(
        tenant=Tenant(tenant_id, slug, market.code),
        storefront=Storefront("", "main", locales, "", wanted),
        actor=SYSTEM,
        permissions=EVERYTHING,
        locale=locales[0],
        currency=market.currency,
        time_zone=market.time_zone,
        request_id=f"apply-{slug}",
    )


def _pictures_of(value: Any, key: str = "") -> Iterator[str]:
    """The files of the pictures that a document names."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _pictures_of(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _pictures_of(inner, key)
    elif key in ("picture", "logo", "mark") and isinstance(value, str):
        yield value


def _import_pictures(inside: Scope, folder: Path, wanted: Mapping[str, Any], advance: Advance) -> dict[str, str]:
    assets = {}
    for name in sorted({*_pictures_of(wanted)}):
        assets[name] = _import_picture(inside, folder, name)
        advance(1)
    return assets


def _import_picture(inside: Scope, folder: Path, name: str) -> str:
    return media.import_asset(inside, _bytes_of(folder, name), trusted_vector=True)


def _import_fonts(inside: Scope, folder: Path, wanted: Mapping[str, Any]) -> dict[str, str]:
    """The house's own web fonts, each with the licence that lets it be served."""
    fonts = wanted["brand"].get("fonts", [])
    for font in fonts:
        _bytes_of(folder, font["licence"])
    return {font["file"]: media.import_font(inside, _bytes_of(folder, font["file"])) for font in fonts}


def _bytes_of(folder: Path, name: str) -> bytes:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise FileMissing(file=name)
    return path.read_bytes()


def _apply_sections(inside: Scope, wanted: Mapping[str, Any], staff_password: str | None) -> None:
    market = get_market(inside, wanted["tenant"]["market"])
    with inside.transaction() as unit:
        sellers.ensure_own_seller(unit, "own", wanted["brand"]["name"], wanted["legal_entity"]["name"])
        pricing.ensure_price_list(
            unit, code=PRICE_LIST, currency=market.currency, tax_included=market.tax.prices_include_tax
        )
        inventory.ensure_location(unit)
        delivery.apply_section(unit, wanted["delivery"]["methods"])
    for member in wanted["staff"]:
        with inside.transaction() as unit:
            identity.ensure_staff(unit, member["email"], member["name"], member["role"], staff_password)


def _steps(advance: Advance) -> Watch:
    """Told how far an import is, count on by as many as have come since."""
    before = 0

    def watch(done: int, total: int) -> None:
        nonlocal before
        if total:
            advance(done - before)
            before = done

    return watch


def _apply_catalogue(inside: Scope, folder: Path, wanted: Mapping[str, Any], advance: Advance) -> ImportReport | None:
    named = wanted.get("catalogue")
    if named is None:
        return None
    entries = tomllib.loads((folder / named["categories"]).read_text(encoding="utf-8"))["category"]
    for entry in entries:
        category, picture = read_category(entry)
        if picture is not None:
            category = category.with_picture(_import_picture(inside, folder, picture))
        with inside.transaction() as unit:
            catalogue.save_category(unit, category)
        advance(1)
    with (folder / named["products"]).open("rb") as stream:
        request = ImportRequest(
            stream=stream,
            format="jsonl",
            source=SOURCE,
            file_name=named["products"],
            pictures=folder,
            is_trusted=True,
            is_opening=True,
        )
        return import_catalogue(inside, request, _steps(advance))


def _apply_promotions(inside: Scope, wanted: Mapping[str, Any]) -> None:
    """After the catalogue, whose products they name."""
    entries = [read_promotion(entry, inside.currency) for entry in wanted.get("promotions", ())]
    with inside.transaction() as unit:
        pricing.apply_section(unit, entries, SOURCE)


def _open(
    scope: Scope, slug: str, tenant_id: str, wanted: dict[str, Any], pictures: Mapping[str, str], fingerprint: str
) -> None:
    """The platform's part: partner, legal entity, storefront, hosts; then the tenant is active."""
    shown = _with_assets(wanted, pictures)
    base = scope.settings.base_domain
    with scope.transaction() as unit:
        partner_id = tenancy.save_partner(unit, wanted["partner"]["code"], wanted["partner"]["name"])
        tenancy.save_legal_entity(unit, tenant_id, **wanted["legal_entity"])
        storefront_id = tenancy.save_storefront(
            unit, tenant_id, code="main", locales=wanted["storefront"]["locales"], document=shown
        )
        hosts = {f"{slug}.{base}": "storefront", f"{slug}.console.{base}": "partner_console"}
        hosts |= dict.fromkeys(wanted["storefront"]["domains"], "storefront")
        for host, face in hosts.items():
            tenancy.save_domain(unit, host, tenant_id=tenant_id, storefront_id=storefront_id, face=face)
        tenancy.activate_tenant(
            unit,
            tenant_id,
            slug=slug,
            partner_id=partner_id,
            market=wanted["tenant"]["market"],
            document=json.loads(json.dumps(wanted, default=str)),
            document_hash=fingerprint,
        )


def _with_assets(value: Any, pictures: Mapping[str, str], key: str = "") -> Any:
    """The document with each picture's file replaced by its asset's id, each font's by its path in the store."""
    if isinstance(value, Mapping):
        return {name: _with_assets(inner, pictures, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_assets(inner, pictures, key) for inner in value]
    return pictures.get(value, value) if key in ("picture", "logo", "mark", "file") else value
