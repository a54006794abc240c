"""Orders: the list by status, one order with all that is known of it, and its moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.domains.escrow.queries import list_holds
from app.domains.escrow.types import Hold
from app.domains.fulfilment import actions as fulfilment
from app.domains.fulfilment.queries import find_fulfilment
from app.domains.fulfilment.types import Fulfilment
from app.domains.ledger.queries import list_transactions
from app.domains.ledger.types import PostedTransaction
from app.domains.media.queries import list_pictures
from app.domains.media.types import Picture
from app.domains.orders.flows.cancellation import CancelOutcome, cancel_order
from app.domains.orders.queries.groups import OrderFilter, count_by_status, get_order, list_orders
from app.domains.orders.types import Order, OrderGroup
from app.domains.payments.queries import find_refund, list_payments, list_refunds
from app.domains.payments.types import Payment, Refund
from app.domains.tenancy.queries.taxes import get_tax_mark, name_taxes
from app.faces.partner_console.frame import gettext, money, tell
from app.faces.partner_console.words import (
    GATEWAYS,
    HOLD_STATUSES,
    LEDGER_ACCOUNTS,
    LEDGER_KINDS,
    ORDER_STATUSES,
    REFUND_STATUSES,
)
from app.kit import addresses
from app.kit.errors import NotFound, NotValid, Problem
from app.kit.i18n import N_
from app.kit.scope import Scope
from app.kit.web import describe, scope, settle, unit

blueprint = Blueprint("orders", __name__)

PER_PAGE = 50
LONGEST_REASON = 300
HOMES = (("orders.view", "orders.list_all"), ("inventory.edit", "offers.list_all"))


class ReasonNotValid(NotValid):
    code = "partner_console.reason_not_valid"
    text = "Say why, in at most %(longest)s characters."


class VersionMissing(NotValid):
    """A form that does not say which version of the order its reader saw would change blindly."""

    code = "partner_console.version_missing"
    text = "This form is incomplete. Reload the page and try again."


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of an order's timeline."""

    label: str
    at: datetime
    by: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class OrderView:
    """All that the page of an order shows."""

    order: Order
    group: OrderGroup
    fulfilment: Fulfilment | None
    holds: list[Hold]
    payments: list[Payment]
    refunds: list[Refund]
    transactions: list[PostedTransaction]
    pictures: dict[str, Picture]

    @property
    def is_whole(self) -> bool:
        """Is this order all of its checkout? Then the checkout's sums are its own."""
        return len(self.group.orders) == 1

    @property
    def lines_minor(self) -> int:
        return sum(line.total_minor for line in self.order.lines)

    @property
    def refundable_minor(self) -> int:
        """What goes back to the shopper when the order is cancelled."""
        return sum(hold.left.amount_minor for hold in self.holds)

    @property
    def stranded(self) -> list[Refund]:
        """Refunds that failed for good and were not asked for again."""
        keys = {refund.idempotency_key for refund in self.refunds}
        return [one for one in self.refunds if one.is_repeatable and one.repetition_key not in keys]

    @property
    def timeline(self) -> list[Happening]:
        order, parcel = self.order, self.fulfilment
        found = [Happening(N_("Checkout begun"), self.group.created_at)]
        found += [Happening(N_("Payment captured"), payment.captured_at) for payment in self.payments]
        if order.placed_at:
            found.append(Happening(N_("Order placed"), order.placed_at))
        if order.packed_at:
            found.append(Happening(N_("Packed"), order.packed_at, parcel.packed_by if parcel else ""))
        if order.shipped_at:
            found.append(Happening(N_("Shipped"), order.shipped_at, parcel.shipped_by if parcel else ""))
        if order.cancelled_at:
            found.append(Happening(N_("Cancelled"), order.cancelled_at, tone="danger"))
        found += [Happening(REFUND_LABELS[refund.status], refund.status_at) for refund in self.refunds]
        return sorted(found, key=lambda happening: happening.at)


REFUND_LABELS = {
    "requested": N_("Refund requested"),
    "succeeded": N_("Refund paid back"),
    "failed": N_("Refund failed"),
    "unknown": N_("Refund being checked"),
}


@blueprint.get("/")
def show_home() -> AnyResponse:
    """The first room that the reader's role opens."""
    permissions = scope().permissions
    endpoint = next((where for needed, where in HOMES if permissions.allows(needed)), "profile.show")
    return redirect(url_for(endpoint), 303)


@blueprint.get("/orders")
def list_all() -> str:
    status = request.args.get("status") if request.args.get("status") in ORDER_STATUSES else None
    wanted = OrderFilter(status, request.args.get("q", "")[:100], request.args.get("cursor"))
    page = list_orders(unit(), wanted, PER_PAGE)
    counts = count_by_status(unit())
    return render_template(
        "orders/list.html", page=page, counts=counts, wanted=wanted, statuses=ORDER_STATUSES, gateways=GATEWAYS
    )


@blueprint.get("/orders/<order_id>")
def show(order_id: str) -> str:
    return _page(order_id)


@blueprint.post("/orders/<order_id>/packing")
def pack(order_id: str) -> Any:
    try:
        fulfilment.pack_order(unit(), order_id, _version())
    except Problem as problem:
        return _refused(order_id, problem)
    tell(gettext("Marked as packed."))
    return redirect(url_for("orders.show", order_id=order_id), 303)


@blueprint.post("/orders/<order_id>/shipping")
def ship(order_id: str) -> Any:
    carrier, code = request.form.get("carrier", ""), request.form.get("tracking_code", "")
    try:
        fulfilment.ship_order(unit(), order_id, carrier, code, _version())
    except Problem as problem:
        return _refused(order_id, problem)
    tell(gettext("Marked as shipped. The shopper is told."))
    return redirect(url_for("orders.show", order_id=order_id), 303)


@blueprint.get("/orders/<order_id>/cancellation")
def confirm_cancellation(order_id: str) -> str:
    """What cancelling would do, before it is done."""
    return _cancel_page(order_id)


@blueprint.post("/orders/<order_id>/cancellation")
def cancel(order_id: str) -> Any:
    reason = " ".join(request.form.get("reason", "").split())
    try:
        if not 0 < len(reason) <= LONGEST_REASON:
            raise ReasonNotValid(field="reason", longest=LONGEST_REASON)
        outcome = cancel_order(scope(), order_id, reason, _version())
    except Problem as problem:
        return _refused(order_id, problem, _cancel_page)
    tell(_told(outcome), "warning" if outcome.refund_status == "failed" else "done")
    return redirect(url_for("orders.show", order_id=order_id), 303)


def _told(outcome: CancelOutcome) -> str:
    if outcome.refund_status is None:
        return gettext("The order is cancelled. Nothing had been paid.")
    amount = money(outcome.refunded_minor, outcome.currency)
    if outcome.refund_status == "succeeded":
        return gettext("The order is cancelled, and %(amount)s were paid back.", amount=amount)
    if outcome.refund_status == "failed":
        return gettext("The order is cancelled, but the provider refused the refund of %(amount)s.", amount=amount)
    return gettext("The order is cancelled. %(amount)s are on their way back.", amount=amount)


def _version() -> int:
    """The version that the form's reader saw. Raises `VersionMissing`."""
    text = request.form.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise VersionMissing(field="version")
    return int(text)


def _view(opened: Scope, order_id: str) -> OrderView:
    order, group = get_order(opened, order_id)
    payments = list_payments(opened, group.id)
    transactions = []
    if opened.permissions.allows("ledger.view"):
        transactions = [entry for payment in payments for entry in list_transactions(opened, payment.id)]
    return OrderView(
        order=order,
        group=group,
        fulfilment=find_fulfilment(opened, order.id),
        holds=list_holds(opened, order.id),
        payments=payments,
        refunds=list_refunds(opened, order.id),
        transactions=transactions,
        pictures=list_pictures(opened, {line.picture_id for line in order.lines if line.picture_id}),
    )


def _page(order_id: str, problem: Problem | None = None) -> str:
    return render_template("orders/show.html", **_words(_view(unit(), order_id), problem))


def _cancel_page(order_id: str, problem: Problem | None = None) -> str:
    """Asks with the permission to refund, so that nobody else sees the step."""
    requested = find_refund(unit(), f"cancel:{order_id}")
    return render_template("orders/cancel.html", **_words(_view(unit(), order_id), problem), requested=requested)


def _words(view: OrderView, problem: Problem | None) -> dict[str, Any]:
    locale, group = scope().locale, view.group
    return {
        "view": view,
        "problem": problem,
        "sentence": describe(problem, locale) if problem else "",
        "address_lines": addresses.format_lines(group.address, locale),
        "phone": addresses.format_phone(group.phone, group.address.get("country_code", ""), locale),
        "taxes": name_taxes(scope(), group.quote.get("taxes", ()), locale),
        "tax_marks": {line.tax_code: get_tax_mark(scope(), line.tax_code) for line in view.order.lines},
        "statuses": ORDER_STATUSES,
        "gateways": GATEWAYS,
        "ledger_kinds": LEDGER_KINDS,
        "ledger_accounts": LEDGER_ACCOUNTS,
        "hold_statuses": HOLD_STATUSES,
        "refund_statuses": REFUND_STATUSES,
    }


def _refused(order_id: str, problem: Problem, page: Callable[..., str] = _page) -> tuple[str, int]:
    """The page as it now stands, with what went wrong; nothing of the refused step is kept."""
    settle(commit=False)
    if isinstance(problem, NotFound) or problem.status in (401, 403) or problem.status >= 500:
        raise problem
    return page(order_id, problem), problem.status
