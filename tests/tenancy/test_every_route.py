"""Tenant A's ids at tenant B's hosts: every route of every face, generated from the URL maps (TEN-11).

Each route is asked at B twice, with an id of A that exists and with one that never did. The two answers are the same
to the byte, once request ids, form tokens and the id itself are taken out. A route with a parameter that has no
sample here fails: who adds a route adds its sample.
"""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from sqlalchemy import text
from standardwebhooks import Webhook
from werkzeug.routing import Rule
from werkzeug.test import Client, TestResponse

from app.domains.catalogue.actions import save_category
from app.domains.delivery.actions import apply_section
from app.domains.escrow import actions as escrow
from app.domains.identity import actions as identity
from app.domains.identity import flows, queries
from app.domains.identity.actions import shoppers
from app.domains.identity.types import Site
from app.domains.media import flows as media
from app.domains.media.queries import list_pictures
from app.domains.orders.flows.payment import start_payment
from app.domains.orders.queries.own import list_own_orders
from app.domains.provisioning.flows.imports import import_catalogue
from app.domains.provisioning.flows.runs import request_check, request_export, run_waiting_export
from app.domains.provisioning.types import ImportRequest
from app.domains.search.actions import save_redirect, save_synonyms
from app.domains.tenancy import actions as tenancy
from app.factory import Serai
from app.kit import ids
from app.kit.db import Database
from app.kit.ids import from_uuid
from app.kit.scope import Actor, Permissions, Scope
from app.kit.settings import Settings
from tests.conftest import SHOPPER
from tests.domains.media.drawings import see_through_png
from tests.factories.catalogue import category, product
from tests.factories.escrow import make_parked
from tests.factories.orders import ADDRESSES, checkout_of, fill_cart, make_offer, open_shop
from tests.factories.promotions import run_coupon
from tests.factories.search import sell
from tests.factories.shoppers import HERE, Authenticator, as_shopper, last_letter, make_shopper, recognised
from tests.factories.tenancy import make_tenant

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
PAGES = {"about_a": {"title": {"en": "About A"}, "text": {"en": "Canary of A"}}}
CANARY = "Canarybird"
MISSING_DIGEST = "0" * 64
REQUEST_ID = re.compile(r"req_[0-9a-z]{26}")
FORM_TOKEN = re.compile(r'(name="csrf_token"[^>]*?value=")[^"]*')
VARYING = {"X-Request-Id", "Content-Length", "Date", "Set-Cookie", "ETag"}


class Sample(NamedTuple):
    """What stands for a parameter: a value of A's, and one of the same kind that nobody has."""

    of_a: str
    of_nobody: str


@dataclass(frozen=True)
class House:
    """A tenant with its two hosts, a visitor's cart and an owner at the console."""

    scope: Scope
    cart: str
    owner: str
    """The session of its owner."""
    shopper: str
    """The session of one of its shoppers."""

    def host(self, face: str) -> str:
        assert self.scope.tenant is not None
        return f"{self.scope.tenant.slug}{'.console' if face == 'partner_console' else ''}.localhost"


@dataclass(frozen=True)
class Street:
    """Both tenants, the application, and what A has that could be asked for."""

    application: Serai
    a: House
    b: House
    samples: Mapping[str, Sample]


SHARED = {
    ("storefront", "serve_asset", "name"): "a file of the release, the same for everybody",
    ("partner_console", "serve_asset", "name"): "a file of the release, the same for everybody",
    ("partner_console", "letters.show", "kind"): "the name of a kind of letters, the same for everybody",
    ("storefront", "callbacks_payments.receive", "gateway"): "a gateway's name; its ids come in the body, asked below",
}
"""Parameters that name nothing of a tenant, each with its reason."""

SAMPLE_OF = {
    ("storefront", "files.show_picture", "path"): "picture",
    ("storefront", "files.show_theme", "digest"): "theme",
    ("storefront", "listings.show_category", "slug"): "category",
    ("storefront", "products.show", "slug"): "product",
    ("storefront", "carts.change", "line_id"): "cart_line",
    ("storefront", "carts.remove", "line_id"): "cart_line",
    ("storefront", "checkout.return_from_payment", "token"): "order_token",
    ("storefront", "orders.show", "token"): "order_token",
    ("storefront", "home.show_page", "page"): "page",
    ("storefront", "account.show_order", "number"): "own_order",
    ("storefront", "account.show_address", "address_id"): "address",
    ("storefront", "account.change_address", "address_id"): "address",
    ("storefront", "account.remove_address", "address_id"): "address",
    ("storefront", "entrance.show_welcome", "link"): "sign_up_link",
    ("storefront", "entrance.answer_link", "link"): "sign_up_link",
    ("storefront", "entrance.show_new_password", "link"): "reset_link",
    ("storefront", "entrance.reset_password", "link"): "reset_link",
    ("storefront", "security.remove_passkey", "passkey_id"): "passkey",
    ("storefront", "security.end_session", "session_id"): "shopper_session",
    ("partner_console", "files.show_picture", "path"): "picture",
    ("partner_console", "files.show_theme", "digest"): "theme",
    ("partner_console", "orders.show", "order_id"): "order",
    ("partner_console", "orders.pack", "order_id"): "order",
    ("partner_console", "orders.ship", "order_id"): "order",
    ("partner_console", "orders.confirm_cancellation", "order_id"): "order",
    ("partner_console", "orders.cancel", "order_id"): "order",
    ("partner_console", "refunds.repeat", "refund_id"): "refund",
    ("partner_console", "offers.change", "offer_id"): "offer",
    ("partner_console", "imports.start", "run_id"): "check",
    ("partner_console", "exports.show", "run_id"): "export",
    ("partner_console", "exports.download", "run_id"): "export",
    ("partner_console", "promotions.show", "promotion_id"): "promotion",
    ("partner_console", "promotions.change", "promotion_id"): "promotion",
    ("partner_console", "promotions.activate", "promotion_id"): "promotion",
    ("partner_console", "promotions.end", "promotion_id"): "promotion",
    ("partner_console", "promotions.preview", "promotion_id"): "promotion",
    ("partner_console", "coupons.add", "promotion_id"): "promotion",
    ("partner_console", "coupons.order", "promotion_id"): "promotion",
    ("partner_console", "coupons.export", "promotion_id"): "promotion",
    ("partner_console", "coupons.change", "coupon_id"): "coupon",
    ("partner_console", "imports.show_run", "run_id"): "run",
    ("partner_console", "imports.download_problems", "run_id"): "run",
    ("partner_console", "search.remove_synonyms", "synonyms_id"): "synonyms",
    ("partner_console", "search.remove_redirect", "redirect_id"): "redirect",
    ("partner_console", "profile.end_session", "session_id"): "session",
}
FORMS: Mapping[str, Mapping[str, str]] = {
    "carts.change": {"quantity": "2"},
    "orders.pack": {"version": "1"},
    "orders.ship": {"version": "1", "carrier": "Post", "tracking_code": "X1"},
    "orders.cancel": {"version": "1", "reason": "asked for"},
    "offers.change": {"price": "12", "price_version": "1", "stock": "5", "stock_version": "1"},
}
QUERIES = {
    "imports.preview": "?format=jsonl",
    "imports.download_preview": "?format=jsonl",
    "imports.run": "?format=jsonl",
}
"""What a route needs besides its id, so that the id is what is decided upon."""


def settle(scope: Scope, name: str) -> House:
    with scope.transaction() as unit:
        staff_id = identity.ensure_staff(unit, f"{name}@{name}.example", name, "owner")
        owner = identity.open_session(unit, staff_id, address="127.0.0.1", user_agent="Firefox/140.0")
    shopper = make_shopper(scope.with_values(actor=Actor("guest"), permissions=Permissions(SHOPPER))).token
    return House(scope, "", owner, shopper)


@pytest.fixture(scope="module")
def street(settings: Settings, database: Database, standing_root: Scope) -> Street:
    application = Serai(standing_root)
    a, b = make_tenant(standing_root, "th"), make_tenant(standing_root, "th")
    assert a.storefront is not None
    document = {
        **a.storefront.document,
        "pages": PAGES,
        "brand": {"name": {"en": CANARY}, "tokens": {"accent": "#123456"}},
    }
    with standing_root.transaction() as unit:
        tenancy.save_storefront(unit, a.tenant_id, code="main", locales=["th", "en"], document=document)
    open_shop(b)
    house_a, house_b = settle(a, "a"), settle(b, "b")
    samples, cart = _fill(a)
    samples |= _fill_account(a, house_a.shopper)
    return Street(application, House(a, cart, house_a.owner, house_a.shopper), house_b, samples)


def _fill(scope: Scope) -> tuple[dict[str, Sample], str]:
    """Everything that can be asked for by an id, made in A."""
    category_input = category(slug={"th": "canary-th", "en": "canary-cloth"})
    with scope.transaction() as unit:
        save_category(unit, category_input)
    wanted = product(
        slug={"th": "canary-scarf-th", "en": "canary-scarf"},
        title={"th": CANARY, "en": CANARY},
        category_code=category_input.code,
    )
    (saved,) = sell(scope, wanted)
    offer_id = next(iter(saved.offers.values()))
    with scope.transaction() as unit:
        way = {"code": "standard", "name": {"en": "Standard"}, "price": "1", "min_days": 1, "max_days": 3}
        apply_section(unit, [way])
        synonyms_id = save_synonyms(unit, "th", ["canary", "finch"], is_two_way=True)
        redirect_id = save_redirect(unit, "th", "canary", "/pages/about-a")
    promotion_id = run_coupon(scope, CANARY)
    asset_id = media.import_asset(scope, see_through_png(400, 400))
    media.make_renditions(scope, asset_id)
    shopper = scope.with_values(actor=Actor("guest"), permissions=Permissions(SHOPPER))
    token = fill_cart(shopper, {offer_id: 1})
    started = start_payment(shopper, token, checkout_of(shopper, token, gateway="cod"))
    open_cart = fill_cart(shopper, {offer_id: 1})
    content = b'{"external_id":"x-1","title":{"th":"x"},"variants":[{"sku":"X-1"}]}\n'
    check_id = request_check(scope, content, format="jsonl", source="tenant", file_name="c.jsonl").id
    export_id = request_export(scope, format="jsonl", locale="en").id
    run_waiting_export(scope, export_id)
    request = ImportRequest(stream=io.BytesIO(b"{}\n"), format="jsonl", source="tenant", file_name="a.jsonl")
    run_id = import_catalogue(scope, request).run_id
    with scope.transaction() as unit:
        order, line, session, coupon = (
            unit.db.execute(text(query)).scalar_one()
            for query in (
                "SELECT id FROM orders_orders",
                "SELECT l.id FROM orders_cart_lines AS l JOIN orders_carts AS c ON c.id = l.cart_id"
                " WHERE c.status = 'open'",
                "SELECT id FROM identity_staff_sessions",
                "SELECT id FROM pricing_coupons",
            )
        )
        (picture,) = list_pictures(unit, [asset_id]).values()
    with scope.transaction() as unit:
        refund_id = escrow.refund_parked(unit, make_parked(unit, 700).id, "returned").id
    rendition = picture.renditions[0].path
    return {
        "category": Sample("canary-th", "absent-th"),
        "product": Sample("canary-scarf-th", "absent-scarf-th"),
        "page": Sample("about-a", "about-0"),
        "picture": Sample(rendition, rendition.replace(rendition.split("/")[2], MISSING_DIGEST)),
        "theme": Sample("a" * 12, "0" * 12),
        "cart_line": Sample(from_uuid("cln", line), ids.new("cln")),
        "order_token": Sample(started.token, ids.new_token()),
        "order": Sample(from_uuid("ord", order), ids.new("ord")),
        "refund": Sample(refund_id, ids.new("ref")),
        "offer": Sample(offer_id, ids.new("off")),
        "check": Sample(check_id, ids.new("imp")),
        "export": Sample(export_id, ids.new("exp")),
        "promotion": Sample(promotion_id, ids.new("prm")),
        "coupon": Sample(from_uuid("cpn", coupon), ids.new("cpn")),
        "run": Sample(run_id, ids.new(run_id.partition("_")[0])),
        "synonyms": Sample(synonyms_id, ids.new("syn")),
        "redirect": Sample(redirect_id, ids.new("rdr")),
        "session": Sample(from_uuid("ses", session), ids.new("ses")),
    }, open_cart


def _fill_account(scope: Scope, token: str) -> dict[str, Sample]:
    """What a shopper of A has: an order, an address, a passkey, links in letters."""
    guest = scope.with_values(actor=Actor("guest"), permissions=Permissions(SHOPPER))
    mine, session = as_shopper(guest, token), recognised(guest, token)
    offer_id = make_offer(scope, stock=3)
    fill_cart(mine, {offer_id: 1})
    start_payment(mine, "", checkout_of(mine, "", gateway="cod"))
    site = Site("a.localhost", "http://a.localhost")
    device = Authenticator(site)
    flows.keep_passkey(mine, site, device.create(flows.begin_passkey(mine, site, "A", session)), HERE, session)
    links = []
    for ask, email in ((flows.sign_up, "new@a.example"), (flows.ask_reset, session.email)):
        ask(guest, email, *(["N"] if ask is flows.sign_up else []), HERE)
        links.append(last_letter(guest, email).link)
    with mine.transaction() as unit:
        address = shoppers.keep_address(unit, ADDRESSES["th"], "+66812345678", is_default=True)
        (passkey,) = queries.list_passkeys(unit)
        (order,) = list_own_orders(unit)
    return {
        "own_order": Sample(str(order.number), "987654321"),
        "address": Sample(address, ids.new("adr")),
        "sign_up_link": Sample(links[0], ids.new_token()),
        "reset_link": Sample(links[1], ids.new_token()),
        "passkey": Sample(passkey.id, ids.new("psk")),
        "shopper_session": Sample(session.session_id, ids.new("shs")),
    }


def rules(application: Serai, face: str) -> list[Rule]:
    return sorted(application.faces[face].url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint))


def visit(street: Street, face: str, house: House, cookies: Mapping[str, str]) -> Callable[..., TestResponse]:
    """A browser at a house, with these cookies; forms carry the token of its session."""
    client = Client(street.application)
    host = house.host(face)
    for name, value in cookies.items():
        client.set_cookie(name, value, domain=host)
    token = ""
    if face == "partner_console":
        found = re.search(
            r'name="csrf_token"[^>]*?value="([^"]*)"', client.get("/en/sign-in", base_url=f"http://{host}").text
        )
        profile = re.search(
            r'name="csrf_token"[^>]*?value="([^"]*)"', client.get("/en/profile", base_url=f"http://{host}").text
        )
        token = html.unescape((profile or found or [None, ""])[1])

    def ask(verb: str, path: str, form: Mapping[str, str] | None = None, **options: Any) -> TestResponse:
        if verb not in ("GET", "HEAD") and "data" not in options:
            options["data"] = {"csrf_token": token, **(form or {})}
        return client.open(path, method=verb, base_url=f"http://{host}", **options)

    return ask


def seen(answer: TestResponse, value: str) -> tuple[int, str, dict[str, str]]:
    """What an answer says, without what differs from request to request and without the value that was asked for."""

    def cleaned(said: str) -> str:
        for form in {value, quote(value), quote(value, safe=""), html.escape(value)}:
            said = said.replace(form, "(id)")
        return FORM_TOKEN.sub(r"\1", REQUEST_ID.sub("(request)", said))

    headers = {name: cleaned(content) for name, content in answer.headers.items() if name not in VARYING}
    return answer.status_code, cleaned(answer.get_data(as_text=True)), headers


def test_every_parameter_of_every_route_has_a_sample(street: Street) -> None:
    known = set(SAMPLE_OF) | set(SHARED)
    needed = {
        (face, rule.endpoint, argument)
        for face in street.application.faces
        for rule in rules(street.application, face)
        for argument in rule.arguments
    }
    assert needed - known == set(), "a new route: say here what of A's is asked for at B"
    assert known - needed == set(), "a route has gone: its sample goes too"
    assert set(SAMPLE_OF.values()) == set(street.samples)


def test_the_samples_of_a_exist_in_a(street: Street) -> None:
    """Else the comparison below would prove nothing."""
    wrong = {}
    for face in street.application.faces:
        cookies = {"cart": street.a.cart, "console": street.a.owner, "shopper": street.a.shopper}
        ask = visit(street, face, street.a, cookies)
        for rule in rules(street.application, face):
            samples = [SAMPLE_OF.get((face, rule.endpoint, argument)) for argument in rule.arguments]
            if samples and all(samples) and "GET" in (rule.methods or ()):
                path = built(street, face, rule, "of_a")
                status = ask("GET", path).status_code
                if status >= 400:
                    wrong[path] = status
    assert wrong == {}


def built(street: Street, face: str, rule: Rule, whose: str) -> str:
    values = {
        argument: getattr(street.samples[SAMPLE_OF[face, rule.endpoint, argument]], whose)
        for argument in rule.arguments
    }
    adapter = street.application.faces[face].url_map.bind("any.localhost")
    verb = next(iter((rule.methods or {"GET"}) - {"HEAD", "OPTIONS"}))
    return adapter.build(rule.endpoint, values, method=verb) + QUERIES.get(rule.endpoint, "")


VISITORS = {
    "storefront": {
        "a guest": {},
        "a guest with A's cart": {"cart": "A"},
        "B's shopper": {"shopper": "shopper"},
    },
    "partner_console": {"a guest": {}, "B's owner": {"console": "B"}},
}


@pytest.mark.parametrize(("face", "who"), [(face, who) for face, known in VISITORS.items() for who in known])
def test_what_is_a_s_is_at_b_as_if_it_had_never_been(street: Street, face: str, who: str) -> None:
    known = {"A": street.a.cart, "B": street.b.owner, "shopper": street.b.shopper}
    cookies = {name: known[value] for name, value in VISITORS[face][who].items()}
    ask = visit(street, face, street.b, cookies)
    different, asked, statuses = [], 0, set()
    for rule in rules(street.application, face):
        arguments = [argument for argument in rule.arguments if (face, rule.endpoint, argument) in SAMPLE_OF]
        if not arguments:
            continue
        sample = street.samples[SAMPLE_OF[face, rule.endpoint, arguments[0]]]
        for verb in VERBS:
            form = FORMS.get(rule.endpoint)
            answers = [
                seen(ask(verb, built(street, face, rule, whose), form), getattr(sample, whose))
                for whose in ("of_a", "of_nobody")
            ]
            asked += 1
            if verb in (rule.methods or ()):
                statuses.add(answers[0][0])
            if answers[0] != answers[1] or CANARY in answers[0][1]:
                different.append((verb, rule.rule, answers[0][0], answers[1][0]))
    assert different == []
    assert asked >= 6 * 9 and statuses & {302, 303, 401, 403, 404}


def test_a_shopper_of_a_is_nobody_at_b(street: Street) -> None:
    """A's session at B's storefront is what a session that never was is."""
    mine = visit(street, "storefront", street.b, {"shopper": street.a.shopper})
    unknown = visit(street, "storefront", street.b, {"shopper": ids.new_token()})
    for path in ("/account", "/account/orders", "/account/addresses", "/account/security", "/cart", "/wish-list"):
        answers = [seen(ask("GET", path), street.a.shopper) for ask in (mine, unknown)]
        assert answers[0] == answers[1], path


def test_an_owner_of_a_is_nobody_at_b(street: Street) -> None:
    """A's session at B's console is what a session that never was is."""
    mine = visit(street, "partner_console", street.b, {"console": street.a.owner})
    unknown = visit(street, "partner_console", street.b, {"console": ids.new_token()})
    for rule in rules(street.application, "partner_console"):
        values = dict.fromkeys(rule.arguments, "x")
        path = (
            street.application.faces["partner_console"]
            .url_map.bind("any.localhost")
            .build(rule.endpoint, values, method=next(iter((rule.methods or {"GET"}) - {"HEAD", "OPTIONS"})))
        )
        for verb in ("GET", "POST"):
            answers = [seen(ask(verb, path), street.a.owner) for ask in (mine, unknown)]
            assert answers[0] == answers[1], (verb, path)


BODIES: tuple[tuple[str, str, str, Mapping[str, str], str], ...] = (
    ("storefront", "POST", "/cart/lines", {"product": "{product}", "size": "m", "quantity": "1"}, "product"),
    ("storefront", "GET", "/search?q=" + CANARY, {}, ""),
    ("storefront", "GET", "/search/suggestions?q=" + CANARY, {}, ""),
    ("partner_console", "POST", "/offers/preview", {"offer": "{offer}", "operation": "stock", "value": "5"}, "offer"),
    (
        "partner_console",
        "POST",
        "/offers/changes",
        {"offer": "{offer}", "operation": "stock", "after_{offer}": "5", "version_{offer}": "1"},
        "offer",
    ),
)


@pytest.mark.parametrize(("face", "verb", "path", "form", "name"), BODIES)
def test_an_id_in_a_body_or_a_question_is_one_that_never_was(
    street: Street, face: str, verb: str, path: str, form: Mapping[str, str], name: str
) -> None:
    cookies = {"console": street.b.owner} if face == "partner_console" else {}
    ask = visit(street, face, street.b, cookies)
    answers = []
    for whose in ("of_a", "of_nobody"):
        value = getattr(street.samples[name], whose) if name else (CANARY if whose == "of_a" else "Nobodybird")
        filled = {key.replace(f"{{{name}}}", value): said.replace(f"{{{name}}}", value) for key, said in form.items()}
        answers.append(seen(ask(verb, path.replace(CANARY, value), filled), value))
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("verb", "path"), [("GET", "/cart"), ("GET", "/checkout"), ("POST", "/checkout/summary"), ("POST", "/checkout")]
)
def test_a_cart_of_a_is_at_b_one_that_never_was(street: Street, verb: str, path: str) -> None:
    answers = []
    for token in (street.a.cart, ids.new_token()):
        answers.append(seen(visit(street, "storefront", street.b, {"cart": token})(verb, path), token))
    assert answers[0] == answers[1]


def test_a_provider_s_message_about_a_payment_of_a_is_at_b_about_none(street: Street) -> None:
    """Signed as the provider signs, it is believed; and there is nothing in B that it could be about."""
    with street.a.scope.transaction() as unit:
        attempt = unit.db.execute(text("SELECT id FROM payments_attempts LIMIT 1")).scalar_one()
    webhook = Webhook(street.application.root.settings.sandbox_webhook_secret)
    ask = visit(street, "storefront", street.b, {})
    now = street.application.root.now()
    answers = []
    for reference in (from_uuid("pat", attempt), ids.new("pat")):
        payload = {
            "id": f"evt_{reference}",
            "type": "payment.captured",
            "data": {"id": "pay_1", "merchant_reference": reference, "status": "captured"},
        }
        body = json.dumps(payload)
        headers = {
            "webhook-id": f"evt_{reference}",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": webhook.sign(f"evt_{reference}", now, body),
            "content-type": "application/json",
        }
        answers.append(seen(ask("POST", "/callbacks/payments/sandbox", data=body, headers=headers), reference))
    assert answers[0] == answers[1]
