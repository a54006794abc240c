"""The sandbox provider told to misbehave: each behaviour does what `docs/sandbox-provider.md` says, and no more."""

from __future__ import annotations

import http.client
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from .provider import Merchant, SandboxProvider
from .test_sandbox_provider import create, movements, payment, refund, request_for

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NO_ANSWER = (OSError, http.client.HTTPException)


def found(provider: SandboxProvider, reference: str = "att_1") -> list[str]:
    listed = provider.call("GET", f"/v1/payments?reference={reference}").json()["payments"]
    return [item["status"] for item in listed]


def test_decline(provider: SandboxProvider, merchant: Merchant) -> None:
    made = create(provider, merchant, behaviour="decline")
    assert provider.press(made["id"], "pay").status == 303
    assert [arrival.event["type"] for arrival in merchant.wait_for(1)] == ["payment.declined"]
    assert movements(provider) == []


def test_slow_acts_after_its_time(provider: SandboxProvider) -> None:
    started = time.monotonic()
    create(provider, behaviour={"name": "slow", "ms": 300, "on": ["create"]})
    assert time.monotonic() - started >= 0.3


def test_hang_acts_and_does_not_answer(provider: SandboxProvider) -> None:
    body = request_for(behaviour={"name": "hang", "on": ["create"]})
    with pytest.raises(TimeoutError):
        provider.call("POST", "/v1/payments", body, "k1", timeout_s=0.5)
    assert found(provider) == ["requires_action"]
    assert provider.call("POST", "/v1/payments", body, "k1").status == 201
    with pytest.raises(TimeoutError):
        body = request_for(reference="other", behaviour={"name": "hang", "acts": False})
        provider.call("POST", "/v1/payments", body, "k2", timeout_s=0.5)
    assert found(provider, "other") == []


def test_lost_reply_acts_and_the_key_finds_the_answer(provider: SandboxProvider) -> None:
    body = request_for(behaviour="lost_reply")
    with pytest.raises(NO_ANSWER):
        provider.call("POST", "/v1/payments", body, "k1")
    assert found(provider) == ["requires_action"]
    made = provider.call("POST", "/v1/payments", body, "k1").json()
    assert found(provider) == ["requires_action"]
    provider.press(made["id"])
    with pytest.raises(NO_ANSWER):
        refund(provider, made["id"], 900, "r1")
    assert refund(provider, made["id"], 900, "r1").json()["status"] == "succeeded"
    assert movements(provider) == [("capture", 12900), ("refund", 900)]


def test_a_replay_may_be_lost_as_well(provider: SandboxProvider) -> None:
    body = request_for(behaviour={"name": "lost_reply", "replays": True, "calls": 2})
    for _ in range(2):
        with pytest.raises(NO_ANSWER):
            provider.call("POST", "/v1/payments", body, "k1")
    assert provider.call("POST", "/v1/payments", body, "k1").status == 201
    assert found(provider) == ["requires_action"]


@pytest.mark.parametrize(("acts", "after"), [(False, []), (True, ["requires_action"])])
def test_error_500_may_have_acted(provider: SandboxProvider, acts: bool, after: list[str]) -> None:
    body = request_for(behaviour={"name": "error_500", "acts": acts, "calls": 1})
    assert provider.call("POST", "/v1/payments", body, "k1").status == 500
    assert found(provider) == after
    assert provider.call("POST", "/v1/payments", body, "k1").status == 201
    assert found(provider) == ["requires_action"]


def test_html_answer_is_200_and_no_json(provider: SandboxProvider) -> None:
    answer = provider.call("POST", "/v1/payments", request_for(behaviour="html_answer"), "k1")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.body.startswith(b"<!doctype html>")
    assert found(provider) == ["requires_action"]


@pytest.mark.parametrize(("parameters", "captured"), [({}, 12899), ({"captured_minor": 1}, 1)])
def test_wrong_amount(provider: SandboxProvider, parameters: dict[str, int], captured: int) -> None:
    made = create(provider, behaviour={"name": "wrong_amount", **parameters})
    provider.press(made["id"])
    seen = payment(provider, made["id"])
    assert (seen["amount_minor"], seen["captured_minor"]) == (12900, captured)
    assert movements(provider) == [("capture", captured)]
    assert refund(provider, made["id"], captured + 1, "r1").status == 409
    assert refund(provider, made["id"], captured, "r2").status == 201


def test_duplicate_sends_the_same_event_again(provider: SandboxProvider, merchant: Merchant) -> None:
    made = create(provider, merchant, behaviour={"name": "duplicate", "copies": 4})
    provider.press(made["id"])
    assert len({arrival.webhook_id for arrival in merchant.wait_for(4)}) == 1


def test_reordered_brings_the_later_event_first(provider: SandboxProvider, merchant: Merchant) -> None:
    made = create(provider, merchant, behaviour="reordered")
    provider.press(made["id"])
    refund(provider, made["id"], 900, "r1")
    arrivals = merchant.wait_for(2)
    assert [arrival.event["sequence"] for arrival in arrivals] == [2, 1]
    assert [arrival.event["type"] for arrival in arrivals] == ["refund.succeeded", "payment.captured"]


def test_late_sends_after_its_time_and_may_keep_the_browser(provider: SandboxProvider, merchant: Merchant) -> None:
    made = create(provider, merchant, behaviour={"name": "late", "ms": 700, "drop_return": True})
    started = time.monotonic()
    answer = provider.press(made["id"])
    assert (answer.status, "location" in answer.headers) == (200, False)
    assert payment(provider, made["id"])["status"] == "captured"
    assert merchant.arrivals == []
    (arrival,) = merchant.wait_for(1)
    assert arrival.at_s - started >= 0.7


def test_webhook_before_reply_of_the_page(provider: SandboxProvider, merchant: Merchant) -> None:
    made = create(provider, merchant, behaviour={"name": "webhook_before_reply", "lead_ms": 300})
    assert provider.press(made["id"]).status == 303
    answered = time.monotonic()
    (arrival,) = merchant.arrivals
    assert answered - arrival.at_s >= 0.3


def test_webhook_before_the_merchant_knows_the_payment(provider: SandboxProvider, merchant: Merchant) -> None:
    made = create(provider, merchant, behaviour={"name": "webhook_before_reply", "on": ["create"]})
    (arrival,) = merchant.arrivals
    assert arrival.event["data"]["id"] == made["id"]
    assert made["status"] == "captured"
    assert movements(provider) == [("capture", 12900)]


def test_a_webhook_that_fails_before_the_reply_comes_again(provider: SandboxProvider, merchant: Merchant) -> None:
    merchant.status = 500
    create(provider, merchant, behaviour={"name": "webhook_before_reply", "on": ["create"]})
    merchant.wait_for_refused(1)
    merchant.status = 200
    assert [arrival.event["type"] for arrival in merchant.wait_for(1)] == ["payment.captured"]


@pytest.mark.parametrize(
    ("outcome", "event", "moved"),
    [("succeeded", "refund.succeeded", [("refund", 900)]), ("failed", "refund.failed", [])],
)
def test_an_unknown_refund_settles_later(
    provider: SandboxProvider, merchant: Merchant, outcome: str, event: str, moved: list[tuple[str, int]]
) -> None:
    made = create(provider, merchant)
    provider.press(made["id"])
    merchant.wait_for(1)
    unknown = {"name": "refund_unknown", "settle_ms": 600, "outcome": outcome}
    with pytest.raises(NO_ANSWER):
        refund(provider, made["id"], 900, "r1", behaviour=unknown)
    (pending,) = provider.call("GET", f"/v1/payments/{made['id']}/refunds").json()["refunds"]
    assert pending["status"] == "pending"
    assert refund(provider, made["id"], 12001, "r2").status == 409
    assert merchant.wait_for(2)[1].event["type"] == event
    (settled,) = provider.call("GET", f"/v1/payments/{made['id']}/refunds").json()["refunds"]
    assert settled["status"] == outcome
    assert movements(provider) == [("capture", 12900), *moved]


def test_a_pending_refund_can_be_answered_and_settled_by_hand(provider: SandboxProvider) -> None:
    made = create(provider)
    provider.press(made["id"])
    answer = refund(provider, made["id"], 900, "r1", behaviour={"name": "refund_unknown", "reply": "pending"})
    assert (answer.status, answer.json()["status"]) == (202, "pending")
    path = f"/control/refunds/{answer.json()['id']}/settlement"
    assert provider.call("POST", path, {"outcome": "succeeded"}).json()["status"] == "succeeded"
    assert provider.call("POST", path, {"outcome": "failed"}).status == 409


def test_a_declined_refund_fails_and_moves_nothing(provider: SandboxProvider, merchant: Merchant) -> None:
    made = create(provider, merchant)
    provider.press(made["id"])
    answer = refund(provider, made["id"], 900, "r1", behaviour="decline")
    assert (answer.status, answer.json()["status"]) == (201, "failed")
    assert sorted(arrival.event["type"] for arrival in merchant.wait_for(2)) == ["payment.captured", "refund.failed"]
    assert movements(provider) == [("capture", 12900)]


@pytest.fixture
def victim() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.wait()
    if process.stdin:
        process.stdin.close()


def test_kill_on_capture_kills_a_registered_process_once(
    provider: SandboxProvider, merchant: Merchant, victim: subprocess.Popen[bytes]
) -> None:
    assert provider.call("POST", "/control/pids", {"pid": victim.pid}).status == 201
    made = create(provider, merchant, behaviour={"name": "kill_on_capture", "pid": victim.pid})
    assert provider.press(made["id"]).status == 303
    assert victim.wait(5) == -9
    assert movements(provider) == [("capture", 12900)]
    assert provider.call("GET", "/control/pids").json()["pids"] == []
    assert [arrival.event["type"] for arrival in merchant.wait_for(1)] == ["payment.captured"]


def test_a_process_that_was_not_registered_lives(provider: SandboxProvider, victim: subprocess.Popen[bytes]) -> None:
    made = create(provider, behaviour={"name": "kill_on_capture", "pid": victim.pid})
    assert provider.press(made["id"]).status == 303
    with pytest.raises(subprocess.TimeoutExpired):
        victim.wait(0.5)
    assert movements(provider) == [("capture", 12900)]


def test_the_most_specific_rule_wins(provider: SandboxProvider) -> None:
    provider.rule("decline")
    provider.rule("ok", currency="KWD")
    provider.rule("decline", amount_minor=777)
    provider.rule("ok", reference="good")
    cases = [
        ({}, "declined"),
        ({"currency": "KWD"}, "captured"),
        ({"currency": "KWD", "amount_minor": 777}, "declined"),
        ({"currency": "KWD", "amount_minor": 777, "reference": "good"}, "captured"),
        ({"reference": "good", "behaviour": "decline"}, "declined"),
    ]
    for number, (fields, status) in enumerate(cases):
        made = create(provider, key=f"k{number}", **fields)
        provider.press(made["id"])
        assert payment(provider, made["id"])["status"] == status


def test_the_books_can_be_emptied(provider: SandboxProvider) -> None:
    made = create(provider, behaviour="decline")
    provider.press(made["id"])
    provider.rule("decline")
    provider.clear()
    assert found(provider) == []
    assert provider.call("GET", f"/v1/payments/{made['id']}").status == 404
    provider.press(create(provider)["id"])
    assert movements(provider) == [("capture", 12900)]


def test_rules_add_up_are_counted_and_deleted(provider: SandboxProvider) -> None:
    provider.rule([{"name": "slow", "ms": 200, "on": ["create"]}, {"name": "error_500", "calls": 1}])
    started = time.monotonic()
    assert provider.call("POST", "/v1/payments", request_for(), "k1").status == 500
    assert time.monotonic() - started >= 0.2
    assert provider.call("POST", "/v1/payments", request_for(), "k1").status == 201
    (rule,) = provider.call("GET", "/control/rules").json()["rules"]
    assert rule["behaviour"]["name"] == "slow"
    assert provider.call("DELETE", f"/control/rules/{rule['id']}").json() == {"deleted": 1}
    assert provider.call("GET", "/control/rules").json() == {"rules": []}
    provider.rule("decline")
    assert provider.call("DELETE", "/control/rules").json()["deleted"] == 2
    made = create(provider, key="k2")
    provider.press(made["id"])
    assert payment(provider, made["id"])["status"] == "captured"


def test_a_payment_can_be_given_a_behaviour_later(provider: SandboxProvider) -> None:
    one, other = create(provider), create(provider, key="k2")
    provider.rule("decline", payment=one["id"])
    provider.press(one["id"])
    provider.press(other["id"])
    assert [payment(provider, made["id"])["status"] for made in (one, other)] == ["declined", "captured"]
    assert provider.call("POST", "/control/rules", {"behaviour": "ok", "payment": "pay_none"}).status == 404


def test_the_control_page_sets_and_deletes_rules_without_script(provider: SandboxProvider) -> None:
    fields = {"behaviour": "decline", "amount_minor": "12900", "currency": "THB", "ms": "", "copies": "5"}
    assert provider.call("POST", "/control/rules", urlencode(fields), headers=FORM).status == 303
    made = create(provider)
    provider.press(made["id"])
    html = provider.call("GET", "/").body.decode()
    assert made["id"] in html
    assert "decline on pay, refund" in html
    assert "declined" in html
    (rule,) = provider.call("GET", "/control/rules").json()["rules"]
    assert provider.call("POST", f"/control/rules/{rule['id']}/deletion", "", headers=FORM).status == 303
    assert provider.call("GET", "/control/rules").json() == {"rules": []}


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.test"}, {"Host": "evil.test"}]
)
def test_another_site_cannot_steer_the_provider(provider: SandboxProvider, headers: dict[str, str]) -> None:
    answer = provider.call("POST", "/control/rules", "behaviour=decline", headers=FORM | headers)
    assert (answer.status, answer.json()["error"]["code"]) == (403, "not_from_here")
    assert provider.call("GET", "/control/rules").json() == {"rules": []}


def test_events_can_be_sent_by_hand_and_taken_as_signed_requests(provider: SandboxProvider, merchant: Merchant) -> None:
    made = create(provider, merchant, behaviour={"name": "late", "ms": 3_600_000})
    provider.press(made["id"])
    refund(provider, made["id"], 900, "r1")
    captured, refunded = provider.call("GET", f"/control/events?payment={made['id']}").json()["events"]
    for number, event in enumerate((refunded, captured, refunded), 1):
        assert provider.call("POST", f"/control/events/{event['id']}/deliveries").status == 202
        merchant.wait_for(number)
    assert merchant.types == ["refund.succeeded", "payment.captured", "refund.succeeded"]
    signed = provider.call("GET", f"/control/events/{captured['id']}/signed").json()
    assert signed["url"] == merchant.url
    path = "/callbacks/payments/sandbox"
    host = {"host": merchant.url.split("/")[2]}
    assert merchant.receive(path, signed["headers"] | host, signed["body"].encode()) == 200
