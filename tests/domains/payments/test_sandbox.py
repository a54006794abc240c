"""The sandbox gateway against the real provider, honest and misbehaving."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.domains.escrow import actions as escrow
from app.domains.escrow import queries as escrow_queries
from app.domains.ledger import queries as ledger_queries
from app.domains.payments import actions, flows, queries
from app.domains.payments.errors import AttemptClosed, GatewayAway
from app.domains.payments.types import Answer, Attempt, Refund
from app.kit.errors import TransactionOpen
from app.kit.invariants import check
from app.kit.money import Money
from app.kit.scope import Scope
from tests.factories.payments import make_attempt
from tests.harness.provider import SandboxProvider
from tests.harness.race import race_calls

PRICE = Money(12900, "THB")
ORDER = "ord_1"


def drafted(scope: Scope, amount: Money = PRICE) -> Attempt:
    with scope.transaction() as unit:
        return make_attempt(unit, amount)


def complete(scope: Scope, answer: Answer) -> None:
    """As the flow of orders does it."""
    with scope.transaction() as unit:
        recorded = actions.record_gateway_result(unit, answer.attempt.id, answer.result)
        if recorded.is_new_payment and recorded.payment:
            payment = recorded.payment
            if payment.home == "order":
                escrow.hold(unit, ORDER, payment.id, payment.gateway, payment.captured, {})
            else:
                escrow.park(unit, payment.id, payment.gateway, payment.captured, payment.problem)


def paid(scope: Scope, provider: SandboxProvider) -> Attempt:
    started = flows.start_attempt(scope, drafted(scope).id).attempt
    assert started.provider_reference is not None
    assert provider.press(started.provider_reference).status == 303
    complete(scope, flows.fetch_attempt(scope, started.id))
    return started


def refund(scope: Scope, amount: Money = PRICE, key: str = "refund") -> Refund:
    with scope.transaction() as unit:
        return escrow.refund(unit, ORDER, amount, key, "returned")


def made_at_provider(provider: SandboxProvider, attempt: Attempt) -> list[dict]:
    return provider.call("GET", f"/v1/payments?reference={attempt.id}").json()["payments"]


def assert_whole(scope: Scope) -> None:
    with scope.transaction(read_only=True) as unit:
        found = (*ledger_queries.INVARIANTS, *queries.INVARIANTS, *escrow_queries.INVARIANTS)
        assert check(unit, found) == []


def test_a_payment_from_start_to_refund(paying: Scope, provider: SandboxProvider) -> None:
    answer = flows.start_attempt(paying, drafted(paying).id)
    attempt = answer.attempt
    assert attempt.status == "pending" and attempt.redirect_url == f"{provider.url}/pay/{attempt.provider_reference}"
    assert flows.fetch_attempt(paying, attempt.id).attempt.status == "pending"
    provider.press(str(attempt.provider_reference))
    fetched = flows.fetch_attempt(paying, attempt.id)
    assert fetched.result.captured == PRICE
    assert fetched.attempt.status == "pending"  # a capture is recorded only together with its posting
    complete(paying, fetched)
    again = flows.fetch_attempt(paying, attempt.id)
    assert again.attempt.status == "captured" and again.result.captured == PRICE
    complete(paying, again)
    with pytest.raises(AttemptClosed):
        flows.start_attempt(paying, attempt.id)
    requested = refund(paying, Money(2900, "THB"))
    assert requested.status == "requested"
    done = flows.send_refund(paying, requested.id)
    assert done.status == "succeeded" and done.provider_reference
    assert flows.send_refund(paying, requested.id) == done
    (at_provider,) = made_at_provider(provider, attempt)
    assert at_provider["refunded_minor"] == 2900 and at_provider["captured_minor"] == 12900
    with paying.transaction() as unit:
        assert ledger_queries.get_balance(unit, "provider:sandbox", "THB") == Money(10000, "THB")
        assert escrow_queries.get_hold(unit, ORDER).left == Money(10000, "THB")
    assert_whole(paying)


def test_race_of_starts_makes_one_payment_at_the_provider(paying: Scope, provider: SandboxProvider) -> None:
    attempt = drafted(paying)
    outcomes = race_calls(6, lambda number: flows.start_attempt(paying, attempt.id))
    assert [outcome.error for outcome in outcomes] == [None] * 6
    assert len({outcome.value.attempt.redirect_url for outcome in outcomes if outcome.value}) == 1
    assert len(made_at_provider(provider, attempt)) == 1


@pytest.mark.parametrize("behaviour", ["lost_reply", "html_answer", {"name": "error_500", "acts": True}])
def test_a_lost_reply_is_unknown_and_then_found(
    paying: Scope, provider: SandboxProvider, behaviour: object
) -> None:
    attempt = drafted(paying)
    provider.rule(behaviour, reference=attempt.id)
    lost = flows.start_attempt(paying, attempt.id)
    assert lost.attempt.status == "unknown" and lost.attempt.provider_reference is None
    found = flows.fetch_attempt(paying, attempt.id)
    assert found.attempt.status == "pending" and found.attempt.provider_reference
    assert len(made_at_provider(provider, attempt)) == 1


def test_an_unknown_start_is_repeated_with_the_same_key(paying: Scope, provider: SandboxProvider) -> None:
    attempt = drafted(paying)
    provider.rule({"name": "lost_reply", "calls": 1}, reference=attempt.id)
    assert flows.start_attempt(paying, attempt.id).attempt.status == "unknown"
    again = flows.start_attempt(paying, attempt.id)
    assert again.attempt.status == "pending" and again.attempt.redirect_url
    assert len(made_at_provider(provider, attempt)) == 1


def test_a_provider_that_fails_without_acting_leaves_the_attempt_unknown(
    paying: Scope, provider: SandboxProvider
) -> None:
    attempt = drafted(paying)
    provider.rule({"name": "error_500", "calls": 1}, reference=attempt.id)
    assert flows.start_attempt(paying, attempt.id).attempt.status == "unknown"
    fetched = flows.fetch_attempt(paying, attempt.id)
    assert fetched.attempt.status == "unknown" and fetched.result.failure == "not_known_to_provider"
    assert made_at_provider(provider, attempt) == []


def test_a_provider_that_is_too_slow_is_unknown(paying: Scope, provider: SandboxProvider) -> None:
    attempt = drafted(paying)
    provider.rule({"name": "slow", "ms": 1500, "on": ["create"]}, reference=attempt.id)
    assert flows.start_attempt(paying, attempt.id).attempt.status == "unknown"


def test_a_provider_that_is_away_was_told_nothing(paying: Scope) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings = paying.settings.with_values(sandbox_provider_url=f"http://127.0.0.1:{probe.getsockname()[1]}")
        away = paying.with_values(settings=settings)
        attempt = drafted(away)
        for step in (flows.start_attempt, flows.fetch_attempt, flows.void_attempt):
            with pytest.raises(GatewayAway):
                step(away, attempt.id)
    with away.transaction() as unit:
        assert queries.get_attempt(unit, attempt.id).status == "created"


def test_a_declined_payment_is_closed(paying: Scope, provider: SandboxProvider) -> None:
    attempt = flows.start_attempt(paying, drafted(paying).id).attempt
    provider.press(str(attempt.provider_reference), "decline")
    fetched = flows.fetch_attempt(paying, attempt.id)
    assert fetched.attempt.status == "declined" and fetched.attempt.failure == "declined"


def test_what_the_provider_refuses_is_declined(paying: Scope, provider: SandboxProvider) -> None:
    with paying.transaction() as unit:
        attempt = actions.draft_attempt(unit, "grp", "order", "sandbox", PRICE, "javascript:alert(1)", "key")
    refused = flows.start_attempt(paying, attempt.id)
    assert refused.attempt.status == "declined" and refused.attempt.failure == "provider:request_not_valid"


def test_voiding_closes_what_nobody_has_paid(paying: Scope, provider: SandboxProvider) -> None:
    attempt = flows.start_attempt(paying, drafted(paying).id).attempt
    assert flows.void_attempt(paying, attempt.id).attempt.status == "cancelled"
    assert made_at_provider(provider, attempt)[0]["status"] == "voided"
    never_started = drafted(paying)
    assert flows.void_attempt(paying, never_started.id).attempt.status == "cancelled"


def test_voiding_what_was_paid_in_the_meantime_tells_the_capture(paying: Scope, provider: SandboxProvider) -> None:
    attempt = flows.start_attempt(paying, drafted(paying).id).attempt
    provider.press(str(attempt.provider_reference))
    answer = flows.void_attempt(paying, attempt.id)
    assert answer.result.status == "captured" and answer.result.captured == PRICE
    complete(paying, answer)
    assert_whole(paying)


def test_a_wrong_amount_is_parked(paying: Scope, provider: SandboxProvider) -> None:
    attempt = flows.start_attempt(paying, drafted(paying).id).attempt
    provider.rule({"name": "wrong_amount", "captured_minor": 1}, reference=attempt.id)
    provider.press(str(attempt.provider_reference))
    complete(paying, flows.fetch_attempt(paying, attempt.id))
    with paying.transaction() as unit:
        assert ledger_queries.get_balance(unit, "suspense", "THB") == Money(1, "THB")
    assert_whole(paying)


def test_a_refund_whose_reply_is_lost_is_sent_once(paying: Scope, provider: SandboxProvider) -> None:
    attempt = paid(paying, provider)
    requested = refund(paying, Money(5000, "THB"))
    provider.rule({"name": "lost_reply", "on": ["refund"], "calls": 1}, reference=attempt.id)
    assert flows.send_refund(paying, requested.id).status == "unknown"
    assert_whole(paying)
    assert flows.send_refund(paying, requested.id).status == "succeeded"
    assert made_at_provider(provider, attempt)[0]["refunded_minor"] == 5000
    assert_whole(paying)


def test_race_to_send_one_refund_gives_the_money_back_once(paying: Scope, provider: SandboxProvider) -> None:
    attempt = paid(paying, provider)
    requested = refund(paying)
    outcomes = race_calls(6, lambda number: flows.send_refund(paying, requested.id))
    assert [outcome.error for outcome in outcomes] == [None] * 6
    assert {outcome.value.status for outcome in outcomes if outcome.value} == {"succeeded"}
    assert made_at_provider(provider, attempt)[0]["refunded_minor"] == 12900
    assert_whole(paying)


def test_a_pending_refund_is_asked_after_until_it_ends(paying: Scope, provider: SandboxProvider) -> None:
    attempt = paid(paying, provider)
    requested = refund(paying)
    provider.rule({"name": "refund_unknown", "settle_ms": 200, "reply": "pending"}, reference=attempt.id)
    waiting = flows.send_refund(paying, requested.id)
    assert waiting.status == "requested" and waiting.provider_reference
    for _ in range(200):
        if flows.send_refund(paying, requested.id).status == "succeeded":
            break
    with paying.transaction() as unit:
        assert queries.get_refund(unit, requested.id).status == "succeeded"
    assert made_at_provider(provider, attempt)[0]["refunded_minor"] == 12900


def test_a_refund_that_fails_for_good_is_taken_back(paying: Scope, provider: SandboxProvider) -> None:
    attempt = paid(paying, provider)
    provider.rule("decline", reference=attempt.id)
    requested = refund(paying)
    assert flows.send_refund(paying, requested.id).status == "failed"
    assert_whole(paying)
    with paying.transaction() as unit:
        assert escrow.take_back_refund(unit, requested.id)
        assert not escrow.take_back_refund(unit, requested.id)
        hold = escrow_queries.get_hold(unit, ORDER)
        assert hold.left == PRICE and hold.status == "held"
        assert ledger_queries.get_balance(unit, "provider:sandbox", "THB") == PRICE
    assert_whole(paying)
    assert refund(paying, key="another").status == "requested"


@pytest.fixture
def answering(paying: Scope) -> Iterator[Callable[[int, str], Scope]]:
    """A provider that gives everybody the same answer: `answering(409, "request_in_flight")` asks it."""
    said = {"status": 500, "code": ""}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = json.dumps({"error": {"code": said["code"], "message": ""}}).encode()
            self.send_response(int(said["status"]))
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *values: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings = paying.settings.with_values(sandbox_provider_url=f"http://127.0.0.1:{server.server_port}")

    def ask(status: int, code: str) -> Scope:
        said.update(status=status, code=code)
        return replace(paying, settings=settings)

    yield ask
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "code", "attempt_status", "refund_status"),
    [
        (422, "request_not_valid", "declined", "failed"),
        (404, "payment_not_found", "declined", "failed"),
        (409, "not_captured", "declined", "failed"),
        (409, "request_in_flight", "unknown", "unknown"),
        (422, "idempotency_key_reused", "unknown", "unknown"),
        (404, "", "unknown", "unknown"),
        (429, "too_many_requests", "created", "requested"),
        (401, "key_missing", "created", "requested"),
    ],
)
def test_only_a_known_code_says_that_nothing_was_done(
    paying: Scope,
    provider: SandboxProvider,
    answering: Callable[[int, str], Scope],
    status: int,
    code: str,
    attempt_status: str,
    refund_status: str,
) -> None:
    paid(paying, provider)
    requested, attempt = refund(paying), drafted(paying)
    odd = answering(status, code)
    with suppress(GatewayAway):
        flows.send_refund(odd, requested.id)
    with suppress(GatewayAway):
        flows.start_attempt(odd, attempt.id)
    with paying.transaction() as unit:
        assert queries.get_refund(unit, requested.id).status == refund_status
        assert queries.get_attempt(unit, attempt.id).status == attempt_status
    assert_whole(paying)


def test_no_provider_is_spoken_to_inside_a_transaction(paying: Scope) -> None:
    attempt = drafted(paying)
    with paying.transaction() as unit:
        for step in (flows.start_attempt, flows.fetch_attempt, flows.void_attempt):
            with pytest.raises(TransactionOpen):
                step(unit, attempt.id)
            with pytest.raises(TransactionOpen):
                step(paying, attempt.id)


def test_cash_on_delivery_stays_pending_without_an_outside(system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        attempt = make_attempt(unit, PRICE, gateway="cod")
    started = flows.start_attempt(system_scope, attempt.id)
    assert started.attempt.status == "pending" and started.attempt.redirect_url is None
    assert flows.fetch_attempt(system_scope, attempt.id).attempt.status == "pending"
    assert flows.void_attempt(system_scope, attempt.id).attempt.status == "cancelled"
