"""The storefront: what a shopper sees of a tenant. Every page works without script."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint

from app.faces.storefront import (
    account,
    carts,
    checkout,
    coupons,
    discovery,
    entrance,
    files,
    home,
    listings,
    orders,
    products,
    security,
    shopper,
    wishes,
)
from app.kit.scope import Scope

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
        entrance.blueprint,
        account.blueprint,
        security.blueprint,
        wishes.blueprint,
        home.blueprint,
    ]


def prepare(scope: Scope) -> Scope:
    """The request's scope: whoever comes may look, fill a cart, order, and see the own orders; a shopper who has signed
    in has an account besides."""
    return shopper.recognise(scope)
