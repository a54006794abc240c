"""The partner console: a partner's staff see orders, prices and stock, and bring files in. No page needs script."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Flask, request

from app.domains.identity import flows as identity
from app.faces.partner_console import (
    bulk,
    coupons,
    entrance,
    exports,
    files,
    frame,
    imports,
    letters,
    offers,
    orders,
    profile,
    promotions,
    refunds,
    search,
    staff,
)
from app.kit.scope import GUEST, NOTHING, Actor, Permissions, Scope

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"


def blueprints() -> list[Blueprint]:
    """The families of pages; `entrance` lets only staff who have signed in pass on to the others."""
    return [
        frame.blueprint,
        entrance.blueprint,
        files.blueprint,
        orders.blueprint,
        refunds.blueprint,
        offers.blueprint,
        bulk.blueprint,
        promotions.blueprint,
        coupons.blueprint,
        imports.blueprint,
        letters.blueprint,
        exports.blueprint,
        search.blueprint,
        staff.blueprint,
        profile.blueprint,
    ]


def prepare(scope: Scope) -> Scope:
    """The request's scope: the staff of the session's cookie with what their role allows now, else nobody."""
    token = request.cookies.get(entrance.cookie_name(scope), "")
    session = identity.recognise(scope, token) if token and entrance.needs_person(request.endpoint) else None
    entrance.remember(session)
    if session is None:
        return scope.with_values(actor=GUEST, permissions=NOTHING)
    actor = Actor("staff", session.staff_id, session.name)
    return scope.with_values(actor=actor, permissions=Permissions(session.permissions))


def protect(app: Flask) -> None:
    """Refuse every form without the token of its own session."""
    entrance.protect(app)
