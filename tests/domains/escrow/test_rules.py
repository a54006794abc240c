"""Rules of escrow that need no database."""

from __future__ import annotations

import pytest

from app.domains.escrow import rules
from app.domains.escrow.errors import HoldDiffers
from app.domains.escrow.types import HoldShare
from app.kit.money import Money

CAPTURED = Money(1000, "THB")


def shares(*parts: tuple[str, int, str]) -> list[HoldShare]:
    return [HoldShare(order, Money(amount, currency)) for order, amount, currency in parts]


def test_shares_that_are_the_payment_pass() -> None:
    rules.check_shares(shares(("a", 1000, "THB")), CAPTURED)
    rules.check_shares(shares(("a", 999, "THB"), ("b", 1, "THB")), CAPTURED)


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [("a", 999, "THB")],
        [("a", 1001, "THB")],
        [("a", 1000, "KWD")],
        [("a", 500, "THB"), ("b", 500, "KWD")],
        [("a", 500, "THB"), ("a", 500, "THB")],
        [("a", 1000, "THB"), ("b", 0, "THB")],
        [("a", 1001, "THB"), ("b", -1, "THB")],
    ],
)
def test_shares_that_are_not_the_payment_are_refused(parts: list[tuple[str, int, str]]) -> None:
    with pytest.raises(HoldDiffers):
        rules.check_shares(shares(*parts), CAPTURED)
