"""What payments speak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, Protocol

from app.kit import ids
from app.kit.money import Money

AttemptStatus = Literal["created", "pending", "unknown", "captured", "declined", "cancelled", "expired"]
RefundStatus = Literal["requested", "unknown", "succeeded", "failed"]
Home = Literal["order", "suspense"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to pay. `reference` and `purpose` say for what, to whoever made it; payments do not read them."""

    id: str
    reference: str
    purpose: str
    gateway: str
    amount: Money
    status: AttemptStatus
    status_at: datetime
    provider_reference: str | None
    redirect_url: str | None
    return_url: str
    webhook_url: str
    idempotency_key: str
    failure: str
    expires_at: datetime
    version: int

    @property
    def is_open(self) -> bool:
        """May the shopper still pay it, as far as is known?"""
        return self.status in ("created", "pending", "unknown")


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that a provider captured. `home` is where it belongs: to its orders, or to suspense until it is decided.

    `problem` says why it could not go straight to its order: `amount_differs`, `currency_differs`, `second_payment`,
    or what the one who parked it gave as the reason.
    """

    id: str
    attempt_id: str
    gateway: str
    provider_reference: str
    captured: Money
    captured_at: datetime
    home: Home
    problem: str
    version: int

    @property
    def capture_key(self) -> str:
        """The ledger key of the one transaction by which it comes in. The keys of the ledger name the plain UUID, so
        that an invariant can join the two tables in SQL."""
        return f"capture:{ids.to_uuid('pay', self.id)}"

    @property
    def unpark_key(self) -> str:
        """The ledger key of its move from suspense to escrow."""
        return f"unpark:{ids.to_uuid('pay', self.id)}"


@dataclass(frozen=True, slots=True)
class Refund:
    """Money on its way back. `reference` is opaque: what it was for. `reversed_at`: it failed for good, and the
    ledger has taken it back."""

    id: str
    payment_id: str
    gateway: str
    reference: str
    amount: Money
    status: RefundStatus
    status_at: datetime
    reason: str
    failure: str
    provider_reference: str | None
    idempotency_key: str
    reversed_at: datetime | None
    version: int

    @property
    def refund_key(self) -> str:
        """The ledger key of the transaction by which it goes out."""
        return f"refund:{ids.to_uuid('ref', self.id)}"

    @property
    def reversal_key(self) -> str:
        """The ledger key of the transaction that takes it back when it failed for good."""
        return f"refund_reversal:{ids.to_uuid('ref', self.id)}"

    @property
    def repetition_key(self) -> str:
        """The idempotency key of the refund that is asked for after this one has failed for good."""
        return f"again:{ids.to_uuid('ref', self.id)}"

    @property
    def is_repeatable(self) -> bool:
        """Has it failed for good, with its money back where it was taken from?"""
        return self.status == "failed" and self.reversed_at is not None


@dataclass(frozen=True, slots=True)
class GatewayResult:
    """What a provider says about an attempt. `unknown` is an outcome: it may have acted, only the same key may ask
    again. `captured` is set exactly when the status is `captured`, with what was really captured."""

    status: Literal["pending", "unknown", "captured", "declined", "cancelled", "expired"]
    provider_reference: str | None = None
    redirect_url: str | None = None
    captured: Money | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class RefundResult:
    """What a provider says about a refund. `requested`: it has it and will tell."""

    status: RefundStatus
    provider_reference: str | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class RefundRequested:
    """`is_new`: this call made it, so this caller takes the money from its place in the ledger, in this unit."""

    refund: Refund
    is_new: bool


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """What a gateway needs to give money back."""

    refund: Refund
    payment_reference: str


@dataclass(frozen=True, slots=True)
class WebhookNotice:
    """A verified message of a provider about one object.

    A gateway fills in what the message says: (`gateway`, `object_id`, `transition`) is its identity, `our_reference`
    the attempt's or refund's id that we gave the provider. `receive_webhook` adds what we know: the attempt or refund
    and whether this message was applied before.
    """

    gateway: str
    object_id: str
    transition: str
    our_reference: str
    payload: Mapping[str, Any]
    result: GatewayResult | None = None
    refund_result: RefundResult | None = None
    attempt: Attempt | None = None
    refund: Refund | None = None
    is_applied: bool = False

    def with_values(self, **values: Any) -> WebhookNotice:
        return replace(self, **values)


@dataclass(frozen=True, slots=True)
class Answer:
    """What asking a gateway gave: the attempt as it now stands, and what the provider said.

    A capture is not yet recorded: whoever knows what the money is for does that together with its posting, by
    `record_gateway_result` in a unit of its own.
    """

    attempt: Attempt
    result: GatewayResult


@dataclass(frozen=True, slots=True)
class Recorded:
    """What recording a result did.

    :param changed: this call recorded something new; a repetition changes nothing.
    :param was: the attempt's status before; `cancelled`, `expired` or `declined` with a new payment is late money.
    :param payment: the payment of the result, new or recorded before; None unless it was a capture.
    :param is_new_payment: this call recorded it, so this caller gives it a home (escrow or suspense), in this unit.
    """

    attempt: Attempt
    was: AttemptStatus
    changed: bool
    payment: Payment | None = None
    is_new_payment: bool = False


class Gateway(Protocol):
    """An adapter to a provider. Every method is an outside call: never inside a transaction.

    A reply that was lost is the status `unknown`, not an error; `NotReached` means that nothing was sent.
    """

    def start(self, attempt: Attempt) -> GatewayResult:
        """Make the payment at the provider, with the attempt's key: a second call finds the first one's payment."""
        ...

    def fetch(self, attempt: Attempt) -> GatewayResult:
        """Ask how the payment stands. Changes nothing that `start` did not."""
        ...

    def void(self, attempt: Attempt) -> GatewayResult:
        """Close a payment that nobody has paid. The answer may be that it was captured already."""
        ...

    def refund(self, order: RefundOrder) -> RefundResult:
        """Give money back, with the refund's key: a second call finds the first one's refund."""
        ...

    def fetch_refund(self, order: RefundOrder) -> RefundResult | None:
        """Ask how the refund stands; None if the provider has never heard of it."""
        ...

    def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookNotice:
        """Read a message. Raises `WebhookNotVerified` unless the provider signed exactly these bytes just now, and
        `WebhookNotUnderstood` when it did but says nothing that we know."""
        ...
