"""The walk through every page of both faces, in the order in which the pages come to be."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from pyotp import TOTP
from sqlalchemy import select, update

from app.domains.escrow.jobs import take_back_failed_refund
from app.domains.identity.models import StaffRow
from app.domains.identity.types import Site
from app.domains.payments.events import RefundFailed
from app.domains.payments.models import AttemptRow
from app.domains.provisioning import jobs as provisioning
from app.domains.tenancy.flows import _forget_sites
from app.domains.tenancy.models import TenantRow
from app.kit.i18n import PSEUDO
from app.kit.ids import from_uuid
from tests.factories.shoppers import Authenticator, last_letter
from tests.words.reading import data
from tests.words.world import (
    FORM,
    OWNER,
    PASSWORD,
    PROMOTION,
    SHOPIFY,
    SHOPPER,
    STRANGER,
    Visitor,
    World,
    set_stock,
    upload,
    value_of,
)


def walk(world: World) -> None:
    """Fill `world.pages`."""
    _enter_the_console(world)
    _look_at_what_is_empty(world)
    orders = _shop(world)
    _work(world)
    _keep_an_account(world)
    _look_again(world, *orders)
    _keep_the_profile(world)
    _be_refused(world)


def _enter_the_console(world: World) -> None:
    guest = world.visit("partner_console")
    guest.keep("sign-in", "/sign-in")
    guest.keep("sign-in refused", "/sign-in", {"email": OWNER, "password": "wrong"}, status=422)
    guest.keep("code without password", "/sign-in/code", {"code": "123456"}, status=409)


def staff(world: World) -> Visitor:
    """The owner, signed in."""
    desk = world.visit("partner_console")
    desk.follow("/sign-in", {"email": OWNER, "password": PASSWORD})
    return desk


def _look_at_what_is_empty(world: World) -> None:
    desk, guest = staff(world), world.visit("storefront")
    desk.keep("orders, none yet", "/orders")
    desk.keep("imports, none yet", "/imports")
    desk.keep("console, no such page", "/nowhere", status=404)
    guest.keep("cart, empty", "/cart")
    guest.keep("storefront, no such page", "/nowhere", status=404)


def _shop(world: World) -> list[str]:
    """The pages of the two orders: paid at the door, paid online."""
    guest = world.visit("storefront")
    guest.keep("front page", "/")
    guest.keep("page of the tenant", "/about")
    guest.keep("category", "/c/1")
    guest.keep("category, nothing fits", "/c/1?min=999999")
    guest.keep("search, not asked", "/search")
    guest.keep("search", f"/search?q={data('Scarf')}")
    guest.keep("search, filtered", f"/search?q={data('Woven')}&min=100&max=2000&available=1&sort=price")
    guest.keep("search, nothing", "/search?q=5555")
    guest.keep("product", "/p/11")
    guest.keep("product, reduced", "/p/12")
    guest.keep("product, few left", "/p/11?size=l")
    guest.keep("product, one size sold out", "/p/12?size=l")
    guest.keep("product, sold out", "/p/14?size=m")
    _put(guest, "11", 2)
    _put(guest, "12", 1)
    guest.keep("cart", "/cart")
    guest.follow(_line(guest), {"quantity": "1"})
    guest.keep("checkout", "/checkout")
    guest.keep("checkout, nothing filled in", "/checkout", {"email": "wrong"}, status=422)
    guest.keep("checkout, another choice", "/checkout/summary", FORM | {"delivery": "express"})
    form = _filled(guest)
    guest.keep("checkout, the total has changed", "/checkout", form | {"expected_total_minor": "1"}, status=409)
    orders = [_path(guest.follow("/checkout", _filled(guest)))]
    guest.keep("order, paid at the door", orders[0])
    _put(guest, "15", 2)
    set_stock(world, "15", 1)
    guest.keep("cart, less left than wanted", "/cart")
    set_stock(world, "15", 0)
    guest.keep("cart, sold out", "/cart")
    guest.follow(f"{_line(guest)}/removal", {})
    _put(guest, "13", 1)
    guest.keep("checkout, too large for cash", "/checkout")
    for choice in ("decline", "pay"):
        page = guest.follow("/checkout", _filled(guest, gateway="sandbox"))
        way = _path(next(back for there, back in _ways(world) if there == page))
        if choice == "pay":
            guest.keep("payment, being checked", way)
        world.provider.press(page.rsplit("/", 1)[-1].split("?")[0], choice)
        if choice == "decline":
            guest.keep("payment, declined", way)
    orders.append(_path(guest.ask(way).headers["Location"]))
    guest.keep("order, paid online", orders[1])
    return orders


def _keep_an_account(world: World) -> None:
    """A shopper's pages, from the sign-up to the sign-out."""
    guest = world.visit("storefront")
    guest.keep("sign-in, storefront", "/account/sign-in")
    guest.keep("sign-in, refused", "/account/sign-in", {"email": SHOPPER, "password": "wrong"}, status=422)
    guest.keep("sign-up", "/account/sign-up")
    guest.keep("sign-up, refused", "/account/sign-up", {"email": "x", "name": data("Malee")}, status=422)
    guest.keep("account, no session", "/account/name", {}, status=401)
    guest.keep("wish list, empty", "/wish-list")
    product = guest.ask("/p/11").text.split('name="product" value="prd_', 1)[1].split('"', 1)[0]
    guest.follow("/wish-list/items", {"product": f"prd_{product}"})
    guest.keep("wish list", "/wish-list")
    guest.follow("/wish-list/items/removal", {"product": f"prd_{product}"})
    guest.follow("/account/sign-up", {"email": SHOPPER, "name": data("Malee")})
    guest.keep("code", "/account/sign-in/code?new=1")
    guest.keep("code, refused", "/account/sign-in/code?new=1", {"code": "x"}, status=422)
    letter = last_letter(world.scope, SHOPPER)
    guest.keep("welcome", f"/account/welcome/{letter.link}")
    guest.follow(f"/account/welcome/{letter.link}", {"new_password": PASSWORD})
    guest.keep("account, new", "/account")
    guest.keep("own orders, none yet", "/account/orders")
    guest.keep("addresses, none yet", "/account/addresses")
    guest.keep("address, new", "/account/addresses/new")
    guest.keep("address, refused", "/account/addresses", {"phone": "x"}, status=422)
    guest.follow("/account/addresses", FORM)
    place = "/account/addresses/adr_" + guest.keep("addresses", "/account/addresses").markup.split("adr_", 1)[1][:26]
    guest.keep("address", place)
    guest.follow(place, FORM)
    guest.keep("name, refused", "/account/name", {"name": ""}, status=422)
    guest.follow("/account/name", {"name": data("Malee Jaidee")})
    guest.keep("security", "/account/security")
    wrong = {"password": "wrong", "new_password": "short"}
    guest.keep("security, refused", "/account/security/password", wrong, status=422)
    guest.follow("/account/security/password", {"password": PASSWORD, "new_password": f"{PASSWORD}s"})
    guest.follow("/account/security/email", {"email": STRANGER})
    guest.keep("security, new address", "/account/security")
    guest.keep("security, wrong code", "/account/security/email/code", {"code": "x"}, status=422)
    guest.follow("/account/security/email/code", {"code": last_letter(world.scope, STRANGER).code})
    _keep_passkeys(world, guest)
    _order_and_leave(world, guest)


def _keep_passkeys(world: World, guest: Visitor) -> None:
    device = Authenticator(Site(guest.host, f"http://{guest.host}"))
    answer = device.create(guest.ask("/account/security/passkeys/challenge", {}).text)
    guest.follow("/account/security/passkeys", {"credential": answer})
    passkey = guest.keep("security, with a passkey", "/account/security").markup.split("/psk_", 1)[1][:26]
    other = world.visit("storefront")
    other.keep("passkey, refused", "/account/sign-in/passkeys", {"credential": "x"}, status=422)
    signed = device.get(other.ask("/account/sign-in/passkeys/challenge", {}).text)
    other.follow("/account/sign-in/passkeys", {"credential": signed})
    page = guest.keep("security, two sessions", "/account/security").markup
    guest.follow(f"/account/security/sessions/shs_{page.split('/shs_', 1)[1][:26]}/end", {})
    guest.follow(f"/account/security/passkeys/psk_{passkey}/removal", {})


def _order_and_leave(world: World, guest: Visitor) -> None:
    _put(guest, "11", 1)
    guest.keep("checkout, filled from the account", "/checkout")
    guest.follow("/checkout", _filled(guest))
    page = guest.keep("own orders", "/account/orders").markup
    guest.keep("own order", "/account/orders/" + page.split("/account/orders/", 2)[1].split('"', 1)[0])
    guest.keep("account", "/account")
    guest.follow("/account/orders/claims", {})
    place = guest.ask("/account/addresses").text.split("adr_", 1)[1][:26]
    guest.follow(f"/account/addresses/adr_{place}/removal", {})
    guest.follow("/account/security/sessions/end", {})
    guest.follow("/account/sign-in", {"email": STRANGER, "password": f"{PASSWORD}s"})
    guest.follow("/account/sign-out", {})
    guest.follow("/account/sign-in/codes", {"email": STRANGER})
    guest.follow("/account/sign-in/code", {"code": last_letter(world.scope, STRANGER).code})
    guest.follow("/account/sign-out", {})
    guest.keep("password, forgotten", "/account/new-password")
    guest.follow("/account/new-password", {"email": STRANGER})
    guest.keep("password, letter sent", "/account/new-password?sent=1")
    link = f"/account/new-password/{last_letter(world.scope, STRANGER).link}"
    guest.keep("password, new", link)
    guest.follow(link, {"new_password": PASSWORD})
    guest.keep("link, used", link, status=409)


def _work(world: World) -> None:
    desk = staff(world)
    assert desk.follow("/", None) == "/orders"
    desk.keep("orders", "/orders")
    desk.keep("orders, nothing fits", f"/orders?q={data('Nothing')}")
    desk.keep("orders, none of a status", "/orders?status=shipped")
    cod, paid = (f"/orders/{one}" for one in _orders(world))
    desk.keep("order, new", paid)
    desk.keep("order, incomplete move", f"{paid}/packing", {}, status=422)
    desk.follow(f"{cod}/packing", {"version": _version(desk, cod)})
    desk.keep("order, packed", cod)
    desk.keep("order, no carrier", f"{cod}/shipping", {"version": _version(desk, cod), "carrier": ""}, status=422)
    shipped = {"version": _version(desk, cod), "carrier": data("Thai Post"), "tracking_code": "4711"}
    desk.follow(f"{cod}/shipping", shipped)
    desk.keep("order, shipped", cod)
    desk.keep("order, packed too late", f"{cod}/packing", {"version": str(int(shipped["version"]) + 1)}, status=409)
    desk.keep("cancellation", f"{paid}/cancellation")
    desk.keep("cancellation, without a reason", f"{paid}/cancellation", {"version": "2", "reason": ""}, status=422)
    told = {"version": _version(desk, paid), "reason": data("No answer")}
    desk.keep("refunds, none failed", "/refunds")
    world.provider.rule("decline")
    desk.follow(f"{paid}/cancellation", told)
    desk.keep("order, refund refused", paid)
    refund_id = _take_back(world)
    desk.keep("refunds", "/refunds")
    world.provider.call("DELETE", "/control/rules")
    desk.follow(f"/refunds/{refund_id}/repetition", {})
    desk.keep("order, cancelled", paid)
    desk.keep("cancellation, too late", f"{cod}/cancellation")
    _tend_offers(world, desk)
    _import(world, desk)
    _promote(world, desk)
    _guide_search(world, desk)
    desk.keep("staff", "/staff")
    desk.keep("letters", "/letters")
    desk.keep("letter", "/letters/sign_up")


def _look_again(world: World, shipped: str, cancelled: str) -> None:
    guest = world.visit("storefront")
    guest.keep("order, shipped, as the shopper sees it", shipped)
    guest.keep("order, cancelled, as the shopper sees it", cancelled)


def _take_back(world: World) -> str:
    """The money of the refused refund is where it was; the refund's id."""
    columns = "payload ->> 'refund_id', payload ->> 'payment_id', payload ->> 'reference'"
    with world.scope.transaction() as unit:
        query = f"SELECT {columns} FROM event WHERE name = 'payments.refund_failed'"
        event = RefundFailed(*unit.db.connection().exec_driver_sql(query).one())
        take_back_failed_refund(unit, event)
    return event.refund_id


def _tend_offers(world: World, desk: Visitor) -> None:
    desk.keep("offers", "/offers")
    desk.keep("offers, nothing fits", "/offers?q=5555")
    offers = list(world.products.values())
    desk.keep("offer, wrong price", f"/offers/{offers[0]}", {"price": "x", "price_version": "1"}, status=422)
    chosen: dict[str, Any] = {"operation": "raise", "offer": offers, "value": "7.5", "rounding": "minor"}
    page = desk.keep("prices, preview", "/offers/preview", chosen).markup
    for one in offers:
        chosen |= {name: value_of(page, name) for name in (f"after_{one}", f"version_{one}")}
    desk.ask("/offers/changes", chosen)
    desk.keep("prices, some are refused", "/offers/changes", chosen)
    desk.keep("stock, preview", "/offers/preview", {"operation": "stock", "offer": offers, "value": "9"})


def _import(world: World, desk: Visitor) -> None:
    desk.keep("imports, no file", "/imports", {"format": "shopify"}, status=422)
    way = desk.follow("/imports", upload(SHOPIFY))
    desk.keep("import, being checked", way)
    _do(world, way)
    desk.keep("import, checked", way)
    run = desk.follow(f"{way}/start", {})
    desk.keep("import, begun", run)
    _do(world, run)
    desk.keep("import, report", run)
    desk.keep("imports", "/imports")
    made = desk.follow("/exports", {"format": "shopify", "language": PSEUDO})
    desk.keep("export, being made", made)
    _do(world, made)
    desk.keep("export", made)


def _do(world: World, way: str) -> None:
    """What waits at this page, as the worker would do it."""
    run_id = way.rpartition("/")[2]
    (provisioning.run_export if run_id.startswith("exp_") else provisioning.run_import)(world.scope, run_id=run_id)


def _promote(world: World, desk: Visitor) -> None:
    desk.keep("promotions, none yet", "/promotions")
    desk.keep("promotion, new", "/promotions/new")
    desk.keep("promotion, refused", "/promotions", {"kind": "cart", "benefit": "percent"}, status=422)
    way = desk.follow("/promotions", PROMOTION)
    desk.keep("promotion, draft", way)
    desk.keep("promotion, refused change", way, {"kind": "cart", "benefit": "percent"}, status=422)
    desk.follow(way, {**PROMOTION, "rate": "15", "version": _version(desk, way)})
    desk.follow(f"{way}/coupons", {"coupon": "1234"})
    coupon = desk.ask(way).text.split("/coupons/cpn_", 1)[1][:26]
    desk.follow(f"/coupons/cpn_{coupon}", {"is_active": "0"})
    desk.follow(f"/coupons/cpn_{coupon}", {"is_active": "1"})
    desk.follow(f"{way}/coupon-batches", {"wanted": "2"})
    desk.follow(f"{way}/activation", {"version": _version(desk, way)})
    desk.keep("promotion, running", way)
    guest = world.visit("storefront")
    _put(guest, "11", 2)
    guest.keep("cart, code refused", "/cart/coupon", {"coupon": "9999"}, status=422)
    guest.follow("/cart/coupon", {"coupon": "1234"})
    guest.keep("cart, with a code", "/cart")
    guest.keep("checkout, with a code", "/checkout")
    guest.follow("/cart/coupon/removal", {})
    desk.keep("promotion, tried", f"{way}/preview")
    desk.follow(f"{way}/end", {"version": _version(desk, way)})
    desk.keep("promotions", "/promotions")


def _guide_search(world: World, desk: Visitor) -> None:
    desk.keep("guided search, nothing yet", "/search")
    desk.keep("synonyms, refused", "/search/synonyms", {"words": "", "language": "th"}, status=422)
    desk.follow("/search/synonyms", {"words": f"{data('scarf')}, {data('shawl')}", "language": "th"})
    desk.keep("redirect, refused", "/search/redirects", {"query": "", "path": "x", "language": "th"}, status=422)
    desk.follow("/search/redirects", {"query": data("about"), "path": "/about", "language": "th"})
    page = desk.keep("guided search", "/search").markup
    for noun, prefix in (("synonyms", "syn_"), ("redirects", "rdr_")):
        way = f"/search/{noun}/{prefix}" + page.split(f"/search/{noun}/{prefix}", 1)[1][:26] + "/remove"
        desk.follow(way, {"version": value_of(page.split(way, 1)[1], "version")})


def _keep_the_profile(world: World) -> None:
    desk = staff(world)
    desk.keep("profile", "/profile")
    wrong = {"current": "x", "password": "seven boats here", "repeated": "six boats"}
    desk.keep("profile, password refused", "/profile/password", wrong, status=422)
    desk.follow("/profile/two-step", {})
    page = desk.keep("profile, second step begun", "/profile").markup
    desk.keep("profile, wrong code", "/profile/two-step/confirmation", {"code": "000000"}, status=422)
    secret = page.split('class="key" dir="ltr">', 1)[1].split("<", 1)[0].replace(" ", "")
    code = TOTP(secret).at(world.scope.now())
    desk.follow("/profile/two-step/confirmation", {"code": code})
    desk.keep("profile, second step on", "/profile")
    again = world.visit("partner_console")
    asked = again.follow("/sign-in", {"email": OWNER, "password": PASSWORD})
    again.keep("sign-in, code", asked)
    desk.follow("/profile/two-step/removal", {"password": PASSWORD})
    staff(world)
    ended = desk.ask("/profile").text.split("/profile/sessions/", 1)[1].split("/", 1)[0]
    desk.follow(f"/profile/sessions/{ended}/end", {})
    desk.follow("/sign-out", {})


def _be_refused(world: World) -> None:
    guest, desk = world.visit("partner_console"), staff(world)
    guest.keep("form without a session", "/offers/changes", {}, status=401)
    with world.scope.transaction() as unit:
        unit.db.execute(update(StaffRow).values(role="support").where(StaffRow.email == OWNER))
    desk.keep("not open to this role", "/imports", status=403)
    with world.application.root.transaction() as unit:
        unit.db.execute(update(TenantRow).values(status="suspended").where(TenantRow.id == world.scope.tenant_id))
    _forget_sites()
    world.visit("storefront").keep("storefront, closed", "/", status=503)


def _put(guest: Visitor, slug: str, quantity: int) -> None:
    guest.follow("/cart/lines", {"product": slug, "size": "m", "quantity": str(quantity)})


def _line(guest: Visitor) -> str:
    """The address of the first line of the cart."""
    return "/cart/lines/" + guest.ask("/cart").text.split('action="/cart/lines/', 1)[1].split('"', 1)[0].split("/")[0]


def _filled(guest: Visitor, **changes: str) -> dict[str, str]:
    page = guest.ask("/checkout/summary", FORM | changes).text
    return {**FORM, **changes, **{name: value_of(page, name) for name in ("idempotency_key", "expected_total_minor")}}


def _orders(world: World) -> list[str]:
    return [
        from_uuid("ord", one)
        for one in world.column("SELECT id FROM orders_orders WHERE status = 'placed' ORDER BY number")
    ]


def _version(desk: Visitor, path: str) -> str:
    return value_of(desk.ask(path).text, "version")


def _ways(world: World) -> list[tuple[str | None, str | None]]:
    """The provider's page of each attempt to pay, and the address that it leads back to."""
    with world.scope.transaction() as unit:
        found = unit.db.execute(select(AttemptRow.redirect_url, AttemptRow.return_url))
        return [(there, back) for there, back in found]


def _path(address: str | None) -> str:
    parts = urlsplit(address or "")
    return parts.path + (f"?{parts.query}" if parts.query else "")
