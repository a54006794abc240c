"""An order's page, for whoever has its address: where it stands, what is in it, how it was paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.domains.media import queries as media
from app.domains.orders.queries.groups import get_group_by_token
from app.domains.orders.types import Order, OrderGroup
from app.domains.tenancy.queries.markets import get_market
from app.faces.storefront import promotions
from app.kit import addresses
from app.kit.i18n import N_
from app.kit.web import scope, unit

blueprint = Blueprint("orders", __name__)

COD = "cod"
"""The gateway of the house that takes the money at the door; any other has it before the order stands."""


STATUS_WORDS = {
    "placed": N_("Ordered"),
    "packed": N_("Packed"),
    "shipped": N_("On its way"),
    "cancelled": N_("Cancelled"),
}
"""What the status of an order is called to its shopper."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A step on an order's way; `at` is None while it is to come."""

    label: str
    at: datetime | None
    is_current: bool = False
    is_bad: bool = False


@blueprint.get("/orders/<token>")
def show(token: str) -> Response:
    group = get_group_by_token(unit(), token)
    if group.placed_at is None:
        return redirect(url_for("checkout.return_from_payment", token=token), 303)
    return page(group, is_own=False)


def page(group: OrderGroup, *, is_own: bool) -> Response:
    """An order as its shopper sees it: by the address that was written to her, or (`is_own`) in her account."""
    pack = get_market(scope())
    asset_ids = [line.picture_id for order in group.orders for line in order.lines if line.picture_id]
    shown = render_template(
        "orders/show.html",
        group=group,
        is_own=is_own,
        stages={order.id: stages(order) for order in group.orders},
        address_lines=addresses.format_lines(group.address, scope().locale),
        phone=addresses.format_phone(group.phone, pack.phone_region, scope().locale),
        way=_way(group),
        is_paid_at_door=group.gateway == COD,
        discounts=promotions.discount_rows(group.quote),
        free=promotions.delivery_names(group.quote),
        pictures=media.list_pictures(unit(), asset_ids),
    )
    answer = Response(shown, content_type="text/html; charset=utf-8")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"  # the address is the key to this page
    return answer


def stages(order: Order) -> list[Stage]:
    """Where an order stands: what happened, then what is to come."""
    if order.cancelled_at is not None:
        happened = [Stage(N_("Ordered"), order.placed_at)]
        if order.packed_at is not None:
            happened.append(Stage(N_("Packed"), order.packed_at))
        return [*happened, Stage(N_("Cancelled"), order.cancelled_at, is_current=True, is_bad=True)]
    steps = [(N_("Ordered"), order.placed_at), (N_("Packed"), order.packed_at), (N_("On its way"), order.shipped_at)]
    last = max(index for index, (_, at) in enumerate(steps) if at is not None or index == 0)
    return [Stage(label, at, is_current=index == last) for index, (label, at) in enumerate(steps)]


def _way(group: OrderGroup) -> dict[str, str] | None:
    """The name of the way it was paid; None for one that the country has no word for."""
    names = {way.code: dict(way.name) for way in get_market(scope()).payment_ways}
    return names.get(group.gateway)
