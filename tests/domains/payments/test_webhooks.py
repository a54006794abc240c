"""Messages of the provider: verified, kept once, applied once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from standardwebhooks import Webhook

from app.domains.escrow import actions as escrow
from app.domains.escrow import queries as escrow_queries
from app.domains.ledger import queries as ledger_queries
from app.domains.payments import actions, flows, queries
from app.domains.payments.errors import UnknownGateway, WebhookNotUnderstood, WebhookNotVerified
from app.domains.payments.models import PaymentRow, WebhookEventRow
from app.domains.payments.types import Attempt, WebhookNotice
from app.kit import ids
from app.kit.invariants import check
from app.kit.money import Money
from app.kit.scope import Scope
from tests.factories.escrow import make_sale
from tests.factories.payments import make_attempt
from tests.harness.provider import Merchant, SandboxProvider
from tests.harness.race import race_calls

PRICE = Money(12900, "THB")
SECRET = "whsec_b25seS1vZi10aGVzZS10ZXN0cy0xMjM0"
OTHER_SECRET = "whsec_YW5vdGhlci1vZi10aGVzZS10ZXN0cy0x"
Headers = dict[str, str]


@pytest.fixture
def listening(system_scope: Scope) -> Scope:
    return system_scope.with_values(settings=system_scope.settings.with_values(sandbox_webhook_secret=SECRET))


def message(reference: str, kind: str = "payment.captured", **data: object) -> bytes:
    document = {
        "id": "pay_1",
        "status": kind.partition(".")[2],
        "amount_minor": 12900,
        "captured_minor": 12900,
        "currency": "THB",
        "reference": reference,
        "failure_code": None,
    }
    return json.dumps({"id": "evt_1", "type": kind, "sequence": 1, "data": document | data}).encode()


def signed(body: bytes, secret: str = SECRET, age_s: int = 0) -> Headers:
    moment = datetime.now(UTC) - timedelta(seconds=age_s)
    return {
        "Webhook-Id": "evt_1",
        "Webhook-Timestamp": str(int(moment.timestamp())),
        "Webhook-Signature": Webhook(secret).sign("evt_1", moment, body.decode()),
    }


def drafted(scope: Scope) -> Attempt:
    with scope.transaction() as unit:
        return make_attempt(unit, PRICE)


def take(scope: Scope, body: bytes, headers: Headers | None = None) -> WebhookNotice:
    """As the callbacks face does it: receive, then the flow of the purpose."""
    notice = flows.receive_webhook(scope, "sandbox", signed(body) if headers is None else headers, body)
    if notice.is_applied or notice.attempt is None or notice.result is None:
        return notice
    with scope.transaction() as unit:
        recorded = actions.record_gateway_result(unit, notice.attempt.id, notice.result)
        if recorded.is_new_payment and recorded.payment:
            payment = recorded.payment
            if payment.home == "order":
                escrow.hold(unit, f"ord_of_{notice.attempt.id}", payment.id, "sandbox", payment.captured, {})
            else:
                escrow.park(unit, payment.id, "sandbox", payment.captured, payment.problem)
        actions.settle_webhook(unit, notice, recorded.attempt.status)
    return notice


def counts(scope: Scope) -> tuple[int, int]:
    """Messages kept, payments made."""
    with scope.transaction() as unit:
        kept = unit.db.scalar(select(func.count(WebhookEventRow.object_id)))
        made = unit.db.scalar(select(func.count(PaymentRow.id)))
        return int(kept or 0), int(made or 0)


def assert_whole(scope: Scope) -> None:
    later = scope.with_values(clock=type(scope.clock)(scope.now() + timedelta(minutes=59)))
    with later.transaction(read_only=True) as unit:
        found = (*ledger_queries.INVARIANTS, *queries.INVARIANTS, *escrow_queries.INVARIANTS)
        assert check(unit, found) == []


def test_a_signed_capture_is_applied_once(listening: Scope) -> None:
    attempt = drafted(listening)
    body = message(attempt.id)
    first = take(listening, body)
    assert first.attempt is not None and first.attempt.purpose == "order" and not first.is_applied
    assert take(listening, body).is_applied
    assert counts(listening) == (1, 1)
    with listening.transaction() as unit:
        assert queries.get_attempt(unit, attempt.id).status == "captured"
    assert_whole(listening)


def test_race_of_one_message_and_the_browser_makes_one_payment(listening: Scope) -> None:
    attempt = drafted(listening)
    body = message(attempt.id)
    headers = signed(body)
    outcomes = race_calls(10, lambda number: take(listening, body, headers))
    assert [outcome.error for outcome in outcomes] == [None] * 10
    assert counts(listening) == (1, 1)
    assert_whole(listening)


def test_a_message_whose_flow_died_is_applied_by_the_next_delivery(listening: Scope) -> None:
    attempt = drafted(listening)
    body = message(attempt.id)
    died = flows.receive_webhook(listening, "sandbox", signed(body), body)
    assert not died.is_applied and counts(listening) == (1, 0)
    assert not take(listening, body).is_applied
    assert counts(listening) == (1, 1)


def forged(body: bytes) -> list[tuple[str, Headers, bytes]]:
    good = signed(body)
    signature = good["Webhook-Signature"]
    without = {name: {key: text for key, text in good.items() if key != name} for name in good}
    return [
        *((f"without {name}", headers, body) for name, headers in without.items()),
        ("no headers", {}, body),
        ("another secret", signed(body, OTHER_SECRET), body),
        ("301 seconds old", signed(body, age_s=301), body),
        ("from the future", signed(body, age_s=-302), body),
        ("another body", good, body.replace(b"12900", b"00001")),
        ("body written anew", good, json.dumps(json.loads(body), indent=1).encode()),
        ("another id", good | {"Webhook-Id": "evt_2"}, body),
        ("cut signature", good | {"Webhook-Signature": signature[:-4]}, body),
        ("no scheme", good | {"Webhook-Signature": signature.removeprefix("v1,")}, body),
        ("a lower scheme", good | {"Webhook-Signature": signature.replace("v1,", "v0,")}, body),
        ("rubbish", good | {"Webhook-Signature": "v1,%%%"}, body),
        ("no time", good | {"Webhook-Timestamp": "nan"}, body),
        ("not UTF-8", good, b"\xff\xfe"),
    ]


def test_what_the_provider_did_not_sign_is_refused_and_leaves_nothing(listening: Scope) -> None:
    attempt = drafted(listening)
    body = message(attempt.id)
    for name, headers, sent in forged(body):
        with pytest.raises(WebhookNotVerified):
            pytest.fail(f"{name}: {take(listening, sent, headers)}")
    assert counts(listening) == (0, 0)
    with listening.transaction() as unit:
        assert queries.get_attempt(unit, attempt.id).status == "created"
    take(listening, body)  # the same message, as it was signed
    assert counts(listening) == (1, 1)


def test_without_a_secret_nothing_is_believed(listening: Scope) -> None:
    body = message(drafted(listening).id)
    bare = listening.with_values(settings=listening.settings.with_values(sandbox_webhook_secret=""))
    with pytest.raises(WebhookNotVerified):
        take(bare, body)
    assert counts(listening) == (0, 0)


def test_two_secrets_hold_while_one_replaces_the_other(listening: Scope) -> None:
    both = listening.with_values(
        settings=listening.settings.with_values(sandbox_webhook_secret=f"{OTHER_SECRET} {SECRET}")
    )
    body = message(drafted(listening).id)
    take(both, body, signed(body))
    take(both, body, signed(body, OTHER_SECRET))
    rotated = listening.with_values(settings=listening.settings.with_values(sandbox_webhook_secret=OTHER_SECRET))
    with pytest.raises(WebhookNotVerified):
        take(rotated, body, signed(body))
    assert counts(listening) == (1, 1)


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"type": "payment.captured"}',
        message("pat_1", "payment.captured", captured_minor="12900"),
        message("pat_1", "payment.captured", captured_minor=129.0),
        message("pat_1", "payment.captured", currency="XQX"),
        message("pat_1", "payment.captured", status="paid"),
        message("pat_1", "customer.created"),
        message("pat_1", id=7),
        message("pat_1", id="a\x00b"),
        message("a\ud800b"),
        message("x" * 201),
        message("pat_1", captured_minor=-12900),
        message("pat_1").replace(b'"payment.captured"', b"5"),
        b"[" * 100_000,
    ],
)
def test_a_signed_message_that_says_nothing_known_is_refused(listening: Scope, body: bytes) -> None:
    with pytest.raises(WebhookNotUnderstood):
        take(listening, body)
    assert counts(listening) == (0, 0)


def test_a_gateway_without_messages_takes_none(listening: Scope) -> None:
    body = message(drafted(listening).id)
    with pytest.raises(WebhookNotVerified):
        flows.receive_webhook(listening, "cod", signed(body), body)
    with pytest.raises(UnknownGateway):
        flows.receive_webhook(listening, "nowhere", signed(body), body)


def test_another_tenant_s_attempt_is_not_ours(listening: Scope, other_system_scope: Scope) -> None:
    theirs = drafted(other_system_scope)
    for reference in (theirs.id, ids.new("pat"), "grp_1"):
        notice = take(listening, message(reference, id=f"pay_of_{reference}"))
        assert notice.is_applied and notice.attempt is None
    assert counts(listening) == (3, 0) and counts(other_system_scope) == (0, 0)
    with other_system_scope.transaction() as unit:
        assert queries.get_attempt(unit, theirs.id).status == "created"
    assert_whole(listening)


def test_an_attempt_that_is_known_under_another_payment_is_not_paid_by_this_one(listening: Scope) -> None:
    attempt = drafted(listening)
    with listening.transaction() as unit:
        pending = message(attempt.id, "payment.captured", id="pay_real")
        notice = flows.open_gateway(listening.settings, "sandbox").verify_webhook(signed(pending), pending)
        assert notice.result is not None
        actions.record_gateway_result(unit, attempt.id, type(notice.result)("pending", "pay_real", "http://p/pay_real"))
    assert take(listening, message(attempt.id, id="pay_other")).attempt is None
    assert counts(listening) == (1, 0)


def test_messages_in_any_order_end_the_same(listening: Scope) -> None:
    kinds = ("payment.captured", "payment.declined", "payment.voided")
    for order in ((0, 1, 2), (1, 0, 2), (2, 1, 0), (1, 2, 0)):
        attempt = drafted(listening)
        for number in order:
            kind = kinds[number]
            take(listening, message(attempt.id, kind, id=f"pay_{attempt.id}"))
        with listening.transaction() as unit:
            assert queries.get_attempt(unit, attempt.id).status == "captured"
            assert ledger_queries.get_balance(unit, f"escrow:ord_of_{attempt.id}", "THB") == PRICE
    assert_whole(listening)


@pytest.mark.parametrize("end", ["succeeded", "failed"])
def test_a_refund_s_message_is_applied_here(listening: Scope, end: str) -> None:
    with listening.transaction() as unit:
        sale = make_sale(unit, 12900)
        refund = escrow.refund(unit, sale.order_id, Money(900, "THB"), "key", "returned")
    body = message(refund.id, f"refund.{end}", id="re_1")
    notice = take(listening, body)
    assert notice.is_applied and notice.refund is not None and notice.refund.status == end
    assert take(listening, body).is_applied
    with listening.transaction() as unit:
        recorded = queries.get_refund(unit, refund.id)
        assert (recorded.status, recorded.provider_reference) == (end, "re_1")
    assert_whole(listening)
    assert take(listening, message(ids.new("ref"), "refund.succeeded", id="re_2")).refund is None


def test_the_provider_s_own_messages_are_understood(
    paying: Scope, provider: SandboxProvider, merchant: Merchant
) -> None:
    with paying.transaction() as unit:
        attempt = actions.draft_attempt(
            unit, "grp", "order", "sandbox", PRICE, "http://x.localhost/return", "key", webhook_url=merchant.url
        )
    started = flows.start_attempt(paying, attempt.id).attempt
    provider.press(str(started.provider_reference))
    (arrival,) = merchant.wait_for(1)
    sent = provider.call("GET", f"/control/events/{arrival.webhook_id}/signed").json()
    notice = take(paying, sent["body"].encode(), sent["headers"])
    assert notice.attempt is not None and notice.attempt.id == attempt.id
    assert notice.object_id == started.provider_reference and notice.transition == "captured"
    assert counts(paying) == (1, 1)
    with paying.transaction() as unit:
        stored = unit.db.scalar(select(WebhookEventRow.payload))
        assert stored is not None and set(stored) == {"id", "type", "sequence", "created_at"}
    assert_whole(paying)
