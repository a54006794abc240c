"""Letters about an order, in the shopper's language and the brand's dress, each told once per effect."""

from __future__ import annotations

from app.domains.content import actions as content
from app.domains.content.types import Block, Button, Heading, Letter, Paragraph, Rows
from app.domains.orders.queries.groups import get_group, get_order
from app.domains.orders.types import Order, OrderGroup
from app.domains.payments.queries import get_refund
from app.domains.tenancy.queries.brands import get_brand
from app.domains.tenancy.queries.markets import get_market
from app.domains.tenancy.queries.taxes import get_tax_mark, name_taxes
from app.kit.addresses import format_lines
from app.kit.clock import business_date
from app.kit.i18n import (
    Translator,
    direction,
    enumerate_words,
    format_date,
    format_money,
    in_country,
    text,
    translator,
)
from app.kit.money import Money
from app.kit.scope import SYSTEM_ONLY, Scope, action


@action(SYSTEM_ONLY)
def confirm_order(scope: Scope, group_id: str) -> None:
    """Thank you: what was ordered, what it cost, where it goes."""
    group = get_group(scope, group_id)
    say = translator(group.locale)
    thanks = say.gettext("Thank you. Your order %(number)s is confirmed.") % {"number": group.number}
    held = say.gettext("Your money is held safely until your order has reached you.")
    pay_later = say.gettext("Please have the amount ready when your order arrives.")
    blocks: list[Block] = [
        Heading(thanks),
        *([Paragraph(pay_later if group.gateway == "cod" else held)] if group.total_minor else []),
        Rows(tuple(_lines(scope, group)) + tuple(_totals(scope, group, say)), has_total=True),
        Rows(tuple(_facts(scope, group, say))),
        Button(say.gettext("See your order"), _address_of(scope, group)),
    ]
    subject = say.gettext("Order %(number)s is confirmed") % {"number": group.number}
    _send(scope, group, f"order_placed:{group.id}", "order_placed", subject, blocks)


@action(SYSTEM_ONLY)
def tell_shipped(scope: Scope, group_id: str, order_id: str, carrier: str, tracking_code: str) -> None:
    """The parcel is on its way."""
    group, order = _find(scope, group_id, order_id)
    say = translator(group.locale)
    rows = [(say.gettext("Carrier"), carrier), (say.gettext("Tracking number"), tracking_code)]
    blocks: list[Block] = [
        Heading(say.gettext("Your order %(number)s is on its way.") % {"number": order.number}),
        *([Rows(tuple(row for row in rows if row[1]))] if carrier or tracking_code else []),
        Button(say.gettext("See your order"), _address_of(scope, group)),
    ]
    subject = say.gettext("Order %(number)s has been shipped") % {"number": order.number}
    _send(scope, group, f"order_shipped:{order.id}", "order_shipped", subject, blocks)


@action(SYSTEM_ONLY)
def tell_cancelled(scope: Scope, group_id: str, order_id: str) -> None:
    """The order was called off. That what was paid is back is told when it is: a provider may refuse."""
    group, order = _find(scope, group_id, order_id)
    say = translator(group.locale)
    blocks: list[Block] = [Heading(say.gettext("Your order %(number)s was cancelled.") % {"number": order.number})]
    if group.gateway != "cod" and order.total_minor:
        amount = format_money(Money(order.total_minor, order.currency), _manner(scope, group))
        promise = say.gettext("You get %(amount)s back. We write to you as soon as it has been paid back.")
        blocks.append(Paragraph(promise % {"amount": amount}))
    blocks.append(Button(say.gettext("See your order"), _address_of(scope, group)))
    subject = say.gettext("Order %(number)s was cancelled") % {"number": order.number}
    _send(scope, group, f"order_cancelled:{order.id}", "order_cancelled", subject, blocks)


@action(SYSTEM_ONLY)
def tell_refunded(scope: Scope, order_id: str, refund_id: str) -> None:
    """The provider has given money of an order back."""
    order, group = get_order(scope, order_id)
    refund = get_refund(scope, refund_id)
    say = translator(group.locale)
    amount = format_money(refund.amount, _manner(scope, group))
    blocks: list[Block] = [
        Heading(say.gettext("%(amount)s has been paid back to you.") % {"amount": amount}),
        Paragraph(
            say.gettext("It is for your order %(number)s. Your bank may need some days to show it.")
            % {"number": order.number}
        ),
        Button(say.gettext("See your order"), _address_of(scope, group)),
    ]
    subject = say.gettext("Money for order %(number)s has been paid back") % {"number": order.number}
    _send(scope, group, f"refunded:{refund_id}", "refunded", subject, blocks)


@action(SYSTEM_ONLY)
def tell_returned(scope: Scope, group_id: str, payment_id: str) -> None:
    """Money came, but the order could not be had any more. Told for each payment: there may be two."""
    group = get_group(scope, group_id)
    say = translator(group.locale)
    blocks: list[Block] = [
        Heading(say.gettext("Your payment is being returned.")),
        Paragraph(
            say.gettext(
                "It reached us after the items were gone, or did not fit the order. You get back all that you paid."
            )
        ),
        Button(say.gettext("See what happened"), _address_of(scope, group)),
    ]
    _send(
        scope,
        group,
        f"payment_returned:{payment_id}",
        "payment_returned",
        say.gettext("Your payment is being returned"),
        blocks,
    )


def _find(scope: Scope, group_id: str, order_id: str) -> tuple[OrderGroup, Order]:
    group = get_group(scope, group_id)
    return group, next(order for order in group.orders if order.id == order_id)


def _lines(scope: Scope, group: OrderGroup) -> list[tuple[str, str]]:
    rows = []
    for order in group.orders:
        for line in order.lines:
            values = [text(option["value"], group.locale) for option in line.options]
            options = enumerate_words(values, group.locale)
            title = f"{text(line.title, group.locale)} {get_tax_mark(scope, line.tax_code)}".strip()
            label = f"{line.quantity} × {title}" + (f"\n{options}" if options else "")
            rows.append((label, _money(scope, group, line.unit_minor * line.quantity)))
            for one in line.discounts:
                if one["kind"] == "cart":
                    rows.append((text(one["name"], group.locale), _money(scope, group, -one["amount_minor"])))
    return rows


def _totals(scope: Scope, group: OrderGroup, say: Translator) -> list[tuple[str, str]]:
    rows = [(text(group.delivery["name"], group.locale), _money(scope, group, group.delivery_minor))]
    if group.fee_minor:
        rows.append((say.gettext("Payment fee"), _money(scope, group, group.fee_minor)))
    if group.rounding_minor:
        rows.append((say.gettext("Rounding"), _money(scope, group, group.rounding_minor)))
    included = say.gettext("of which %(tax)s") if group.quote["tax_included"] else "%(tax)s"
    for tax in name_taxes(scope, group.quote["taxes"], group.locale):
        rows.append((included % {"tax": tax.name}, _money(scope, group, tax.tax_minor)))
    rows.append((say.gettext("Total"), _money(scope, group, group.total_minor)))
    return rows


def _facts(scope: Scope, group: OrderGroup, say: Translator) -> list[tuple[str, str]]:
    market = get_market(scope)
    ways = {way.code: dict(way.name) for way in market.payment_ways}
    paid_by = text(ways[group.gateway], group.locale) if group.gateway in ways else say.gettext("Paid online")
    day = business_date(group.placed_at or scope.now(), market.time_zone)
    placed = format_date(day, _manner(scope, group), "long", market.calendar)
    return [
        (say.gettext("Date"), placed),
        *([(say.gettext("Paid by"), paid_by)] if group.total_minor else []),
        (say.gettext("Delivered to"), "\n".join(format_lines(group.address, group.locale))),
    ]


def _money(scope: Scope, group: OrderGroup, amount_minor: int) -> str:
    return format_money(Money(amount_minor, group.currency), _manner(scope, group))


def _manner(scope: Scope, group: OrderGroup) -> str:
    return in_country(group.locale, get_market(scope).country)


def _address_of(scope: Scope, group: OrderGroup) -> str:
    if scope.storefront is None:
        return ""
    prefix = "" if group.locale == scope.storefront.locales[0] else f"/{group.locale}"
    return f"{scope.storefront.origin}{prefix}/orders/{group.token}"


def _send(scope: Scope, group: OrderGroup, key: str, kind: str, subject: str, blocks: list[Block]) -> None:
    brand = get_brand(scope)
    name = text(brand.name, group.locale)
    letter = Letter(
        subject=f"{subject} · {name}",
        blocks=tuple(blocks),
        footer=f"{name} · {brand.legal_name}" if brand.legal_name else name,
        locale=group.locale,
        direction=direction(group.locale),
    )
    content.queue_message(
        scope,
        effect_key=key,
        kind=kind,
        recipient=group.email,
        letter=letter,
        brand=name,
        tokens=brand.tokens,
    )
