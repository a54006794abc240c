"""Tenants for tests: claimed from a spare, with the smallest document that a storefront needs."""

from __future__ import annotations

import itertools

from app.domains.provisioning.flows import schemas
from app.domains.tenancy import actions as tenancy
from app.kit.scope import Scope, Storefront, Tenant

MARKETS = {
    "th": {"locales": ["th", "en"], "currency": "THB", "time_zone": "Asia/Bangkok"},
    "kw": {"locales": ["ar", "en"], "currency": "KWD", "time_zone": "Asia/Kuwait"},
    "in": {"locales": ["hi", "en"], "currency": "INR", "time_zone": "Asia/Kolkata", "home_area": "Karnataka"},
    "jp": {"locales": ["ja", "en"], "currency": "JPY", "time_zone": "Asia/Tokyo"},
}
_numbers = itertools.count(1)


def make_tenant(root: Scope, market: str) -> Scope:
    """A fresh, active tenant of a market; returns its system scope (no transaction open)."""
    known = MARKETS[market]
    slug = f"{market}{next(_numbers)}"
    tenant_id, _ = schemas.claim(root, slug, "test")
    document = {
        "brand": {"name": {"en": f"Brand {slug}"}},
        "storefront": {"default_locale": known["locales"][0], "locales": known["locales"]},
        "payment": {"gateways": ["sandbox", "cod"]},
    }
    if "home_area" in known:
        document["legal_entity"] = {"name": f"Firm {slug}", "address": {"country_area": known["home_area"]}}
    with root.transaction() as unit:
        partner_id = tenancy.save_partner(unit, f"partner-{slug}", f"Partner of {slug}")
        storefront_id = tenancy.save_storefront(
            unit, tenant_id, code="main", locales=list(known["locales"]), document=document
        )
        for face, host in (("storefront", f"{slug}.localhost"), ("partner_console", f"{slug}.console.localhost")):
            tenancy.save_domain(unit, host, tenant_id=tenant_id, storefront_id=storefront_id, face=face)
        tenancy.activate_tenant(
            unit,
            tenant_id,
            slug=slug,
            partner_id=partner_id,
            market=market,
            document=document,
            document_hash="test",
        )
    return root.with_values(
        tenant=Tenant(id=tenant_id, slug=slug, market=market),
        storefront=Storefront(
            id=storefront_id,
            code="main",
            locales=tuple(known["locales"]),
            origin=f"http://{slug}.localhost:8000",
            document=document,
        ),
        locale=known["locales"][0],
        currency=str(known["currency"]),
        time_zone=str(known["time_zone"]),
    )
