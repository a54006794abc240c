"""The sandbox provider when nothing goes wrong: its API, its page, its webhooks, its books."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from .provider import ROOT, Merchant, SandboxProvider
from .race import Request, race

Json = dict[str, Any]


def request_for(merchant: Merchant | None = None, **fields: object) -> Json:
    base: Json = {
        "amount_minor": 12900,
        "currency": "THB",
        "reference": "att_1",
        "return_url": "http://shop.localhost:8000/checkout/return?attempt=1",
    }
    if merchant is not None:
        base["webhook_url"] = merchant.url
    return base | fields


def create(provider: SandboxProvider, merchant: Merchant | None = None, key: str = "k1", **fields: object) -> Json:
    answer = provider.call("POST", "/v1/payments", request_for(merchant, **fields), key)
    assert answer.status == 201, answer.body
    return answer.json()


def payment(provider: SandboxProvider, payment_id: str) -> Json:
    return provider.call("GET", f"/v1/payments/{payment_id}").json()


def refund(provider: SandboxProvider, payment_id: str, minor: int, key: str, **fields: object) -> Any:
    body = {"amount_minor": minor, "reference": key, **fields}
    return provider.call("POST", f"/v1/payments/{payment_id}/refunds", body, key)


def movements(provider: SandboxProvider, since: int = 0) -> list[tuple[str, int]]:
    page = provider.call("GET", f"/v1/movements?since={since}").json()
    return [(movement["kind"], movement["amount_minor"]) for movement in page["movements"]]


def test_a_shopper_pays_and_the_merchant_hears_of_it(provider: SandboxProvider, merchant: Merchant) -> None:
    made = create(provider, merchant, metadata={"cart": "c1"})
    assert made["status"] == "requires_action"
    assert made["redirect_url"] == f"{provider.url}/pay/{made['id']}"
    answer = provider.press(made["id"])
    assert answer.status == 303
    assert answer.headers["location"] == f"http://shop.localhost:8000/checkout/return?attempt=1&payment={made['id']}"
    (arrival,) = merchant.wait_for(1)
    paid = payment(provider, made["id"])
    assert arrival.webhook_id == arrival.event["id"]
    assert (arrival.event["type"], arrival.event["sequence"]) == ("payment.captured", 1)
    assert arrival.event["data"] == paid
    assert (paid["status"], paid["captured_minor"], paid["metadata"]) == ("captured", 12900, {"cart": "c1"})
    assert movements(provider) == [("capture", 12900)]


@pytest.mark.parametrize(
    ("choice", "status", "event", "code"),
    [
        ("decline", "declined", "payment.declined", "declined"),
        ("cancel", "voided", "payment.voided", "cancelled_by_shopper"),
    ],
)
def test_a_shopper_does_not_pay(
    provider: SandboxProvider, merchant: Merchant, choice: str, status: str, event: str, code: str
) -> None:
    made = create(provider, merchant)
    assert provider.press(made["id"], choice).status == 303
    assert [arrival.event["type"] for arrival in merchant.wait_for(1)] == [event]
    left = payment(provider, made["id"])
    assert (left["status"], left["captured_minor"], left["failure_code"]) == (status, 0, code)
    assert provider.press(made["id"], "pay").status == 303
    assert payment(provider, made["id"])["status"] == status
    assert movements(provider) == []


def test_sixteen_presses_are_one_capture(provider: SandboxProvider) -> None:
    made = create(provider)
    press = Request("POST", f"/pay/{made['id']}", {"content-type": "application/x-www-form-urlencoded"}, b"choice=pay")
    assert {answer.status for answer in race([press] * 16, "127.0.0.1", provider.port)} == {303}
    assert movements(provider) == [("capture", 12900)]


def test_a_key_makes_one_payment_also_when_asked_at_once_and_after_a_kill(provider: SandboxProvider) -> None:
    body = b'{"amount_minor":5,"currency":"JPY","reference":"r","return_url":"http://a.test/"}'
    headers = {"authorization": "Bearer x", "content-type": "application/json", "idempotency-key": "same"}
    answers = race([Request("POST", "/v1/payments", headers, body)] * 16, "127.0.0.1", provider.port)
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    provider.kill()
    provider.start()
    again = provider.call(
        "POST", "/v1/payments",
        {"return_url": "http://a.test/", "reference": "r", "currency": "JPY", "amount_minor": 5}, "same",
    )  # fmt: skip
    assert again.json() == answers[0].json()
    assert len(provider.call("GET", "/v1/payments?reference=r").json()["payments"]) == 1


def test_a_key_is_not_good_for_another_request(provider: SandboxProvider) -> None:
    create(provider, key="k")
    answer = provider.call("POST", "/v1/payments", request_for(amount_minor=1), "k")
    assert (answer.status, answer.json()["error"]["code"]) == (422, "idempotency_key_reused")
    assert len(provider.call("GET", "/v1/payments?reference=att_1").json()["payments"]) == 1


def test_void_closes_a_waiting_payment_and_refuses_a_captured_one(
    provider: SandboxProvider, merchant: Merchant
) -> None:
    waiting, paid = create(provider, merchant), create(provider, key="k2")
    for _ in range(2):
        answer = provider.call("POST", f"/v1/payments/{waiting['id']}/void")
        assert (answer.status, answer.json()["status"]) == (200, "voided")
    assert provider.press(waiting["id"]).status == 303
    assert payment(provider, waiting["id"])["status"] == "voided"
    assert [arrival.event["type"] for arrival in merchant.wait_for(1)] == ["payment.voided"]
    provider.press(paid["id"])
    answer = provider.call("POST", f"/v1/payments/{paid['id']}/void")
    assert (answer.status, answer.json()["error"]["code"]) == (409, "not_voidable")
    assert movements(provider) == [("capture", 12900)]


def test_refunds_never_exceed_what_was_captured(provider: SandboxProvider, merchant: Merchant) -> None:
    made = create(provider, merchant)
    assert refund(provider, made["id"], 1, "early").json()["error"]["code"] == "not_captured"
    provider.press(made["id"])
    first = refund(provider, made["id"], 10000, "r1")
    assert (first.status, first.json()["status"]) == (201, "succeeded")
    assert refund(provider, made["id"], 10000, "r1").json() == first.json()
    assert refund(provider, made["id"], 3000, "r2").json()["error"]["code"] == "refund_exceeds_captured"
    assert refund(provider, made["id"], 2900, "r3").status == 201
    assert payment(provider, made["id"])["refunded_minor"] == 12900
    listed = provider.call("GET", f"/v1/payments/{made['id']}/refunds").json()["refunds"]
    assert [item["reference"] for item in listed] == ["r1", "r3"]
    arrivals = sorted(merchant.wait_for(3), key=lambda arrival: arrival.event["sequence"])
    assert [arrival.event["type"] for arrival in arrivals] == ["payment.captured", *["refund.succeeded"] * 2]
    assert [arrival.event["sequence"] for arrival in arrivals] == [1, 2, 3]
    assert movements(provider) == [("capture", 12900), ("refund", 10000), ("refund", 2900)]


def test_a_race_of_refunds_pays_once(provider: SandboxProvider) -> None:
    made = create(provider)
    provider.press(made["id"])
    requests = [
        Request(
            "POST", f"/v1/payments/{made['id']}/refunds",
            {"authorization": "Bearer x", "content-type": "application/json", "idempotency-key": f"r{n}"},
            b'{"amount_minor":12900,"reference":"full"}',
        )
        for n in range(16)
    ]  # fmt: skip
    statuses = sorted(answer.status for answer in race(requests, "127.0.0.1", provider.port))
    assert statuses == [201] + [409] * 15
    assert movements(provider) == [("capture", 12900), ("refund", 12900)]


def test_movements_are_read_by_a_cursor(provider: SandboxProvider) -> None:
    for number in range(3):
        provider.press(create(provider, key=f"k{number}", amount_minor=number + 1)["id"])
    page = provider.call("GET", "/v1/movements?limit=2").json()
    assert [movement["amount_minor"] for movement in page["movements"]] == [1, 2]
    assert page["has_more"]
    rest = provider.call("GET", f"/v1/movements?limit=2&since={page['next']}").json()
    assert [movement["amount_minor"] for movement in rest["movements"]] == [3]
    assert not rest["has_more"]


def test_webhooks_come_again_until_they_are_taken_also_after_a_restart(
    provider: SandboxProvider, merchant: Merchant
) -> None:
    merchant.status = 503
    made = create(provider, merchant)
    provider.press(made["id"])
    merchant.wait_for_refused(2)
    provider.kill()
    merchant.status = 200
    provider.start()
    (arrival,) = merchant.wait_for(1)
    assert {arrival.event["id"]} == set(merchant.wait_for_refused(2))
    assert arrival.event["data"]["id"] == made["id"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount_minor", 0), ("amount_minor", -1), ("amount_minor", 1.5), ("amount_minor", "1"),
        ("amount_minor", True), ("amount_minor", 10**16), ("currency", "thb"), ("currency", "ZZZ"),
        ("reference", ""), ("reference", "x" * 201), ("return_url", "javascript:alert(1)"),
        ("return_url", "/relative"), ("return_url", "http://a.test:99999/"), ("webhook_url", "ftp://a.test/"),
        ("return_url", "http://a.test/\r\nSet-Cookie: a=b"), ("capture", "manual"), ("metadata", []),
        ("status", "captured"), ("behaviour", "unheard_of"), ("behaviour", {"name": "slow", "ms": -1}),
        ("behaviour", {"name": "ok", "ms": 1}), ("behaviour", {"name": "kill_on_capture"}),
    ],
)  # fmt: skip
def test_a_wrong_request_makes_nothing(provider: SandboxProvider, field: str, value: object) -> None:
    answer = provider.call("POST", "/v1/payments", request_for() | {field: value}, "k")
    assert (answer.status, set(answer.json()["error"])) == (422, {"code", "message"})
    assert provider.call("GET", "/v1/payments?reference=att_1").json()["payments"] == []


def test_calls_without_bearer_key_or_json_are_refused(provider: SandboxProvider) -> None:
    assert provider.call("GET", "/v1/movements", headers={"Authorization": ""}).status == 401
    assert provider.call("POST", "/v1/payments", request_for()).json()["error"]["code"] == "idempotency_key_missing"
    assert provider.call("POST", "/v1/payments", "a=b", "k").json()["error"]["code"] == "json_not_valid"
    assert provider.call("GET", "/v1/payments/pay_none").json()["error"]["code"] == "payment_not_found"
    assert provider.call("GET", "/v1/movements?since=-1").status == 422
    assert provider.call("GET", "/nowhere").json()["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    ("language", "direction", "amount", "word"),
    [
        ("en", "ltr", "THB\u00a0129.00", "Pay safely"),
        ("th", "ltr", "฿129.00", "ชำระเงิน"),
        ("ar", "rtl", "129.00", "ادفع"),
    ],
)
def test_the_page_speaks_three_languages(
    provider: SandboxProvider, language: str, direction: str, amount: str, word: str
) -> None:
    made = create(provider, reference="<b>&att")
    answer = provider.call("GET", f"/pay/{made['id']}?lang={language}")
    html = answer.body.decode()
    assert f'<html lang="{language}" dir="{direction}">' in html
    assert amount in html
    assert word in html
    assert "&lt;b&gt;&amp;att" in html
    assert "<script" not in html
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    provider.press(made["id"])
    assert "<form" not in provider.call("GET", f"/pay/{made['id']}?lang={language}").body.decode()


@pytest.mark.parametrize(("minor", "currency", "text"), [(129, "JPY", "¥129"), (12900, "KWD", "KWD\u00a012.900")])
def test_an_amount_has_the_digits_of_its_currency(
    provider: SandboxProvider, minor: int, currency: str, text: str
) -> None:
    made = create(provider, amount_minor=minor, currency=currency)
    assert text in provider.call("GET", f"/pay/{made['id']}?lang=en").body.decode()


def test_an_unknown_payment_is_a_page_of_its_own(provider: SandboxProvider) -> None:
    answer = provider.call("GET", "/pay/pay_none?lang=th")
    assert (answer.status, "ไม่พบ" in answer.body.decode()) == (404, True)


def test_the_provider_imports_nothing_of_the_merchant() -> None:
    imported = {
        name
        for path in Path(ROOT, "sandbox_provider").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert "standardwebhooks" in imported
    assert not [name for name in imported if name.split(".")[0] in ("app", "tests", "bench", "tenants")]
