"""The storefront: what a shopper sees of a tenant. Every page works without script."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint

from app.domains.identity.types import GUEST_PERMISSIONS
from app.faces.storefront import carts, checkout, coupons, discovery, files, home, listings, orders, products
from app.kit.scope import GUEST, Permissions, Scope

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"


def blueprints() -> list[Blueprint]:
    """The families of pages; `home` also brings what all templates use."""
    return [
        files.blueprint,
        discovery.blueprint,
        listings.blueprint,
        products.blueprint,
        carts.blueprint,
        coupons.blueprint,
        checkout.blueprint,
        orders.blueprint,
        home.blueprint,
    ]


def prepare(scope: Scope) -> Scope:
    """The request's scope: whoever comes is a guest who may look, fill a cart, order, and see the own orders."""
    return scope.with_values(actor=GUEST, permissions=Permissions(frozenset(GUEST_PERMISSIONS)))
