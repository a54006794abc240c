"""Rules of the ledger that need no database."""

from __future__ import annotations

import pytest

from app.domains.ledger import rules
from app.domains.ledger.errors import TransferNotBalanced, UnknownAccountCode, UnknownKind
from app.domains.ledger.types import TransferInput
from app.kit.money import LARGEST, UnknownCurrency

GOOD = TransferInput("bank", "platform", 100, "THB")


def test_a_good_transfer_passes() -> None:
    rules.check_transfers("correction", [GOOD, TransferInput("escrow:ord_1", "seller:sel_1:payable", 1, "KWD")])


@pytest.mark.parametrize("amount", [0, -1, LARGEST + 1, True, 1.0, "1"])
def test_an_amount_that_is_no_positive_whole_number_is_refused(amount: object) -> None:
    with pytest.raises(TransferNotBalanced):
        rules.check_transfers("correction", [TransferInput("bank", "platform", amount, "THB")])


def test_one_account_on_both_sides_is_refused() -> None:
    with pytest.raises(TransferNotBalanced):
        rules.check_transfers("correction", [TransferInput("bank", "bank", 1, "THB")])


def test_a_transaction_without_transfers_is_refused() -> None:
    with pytest.raises(TransferNotBalanced):
        rules.check_transfers("correction", [])


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(UnknownKind):
        rules.check_transfers("gift", [GOOD])


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(UnknownCurrency):
        rules.check_transfers("correction", [TransferInput("bank", "platform", 1, "XQX")])


@pytest.mark.parametrize(
    "code", ["", "till", "escrow:", "escrow:a:b:c", "escrow:ord 1", "ESCROW:a", "escrow:" + "a" * 61]
)
def test_what_is_no_code_of_an_account_is_refused(code: str) -> None:
    with pytest.raises(UnknownAccountCode):
        rules.classify(code)


def test_escrow_and_suspense_may_not_fall_below_zero() -> None:
    kinds = {name for name, kind in rules.ACCOUNT_KINDS.items() if not kind.may_go_negative}
    assert kinds == {"escrow", "suspense", "wallet"}
    assert {rules.ACCOUNT_KINDS[name].side for name in kinds} == {"credit"}  # the invariant rests on it


def test_each_kind_of_transaction_has_one_sentence() -> None:
    for sentence in rules.KINDS.values():
        assert sentence.endswith(".") and sentence.count(". ") == 0


def test_the_hash_of_a_block_depends_on_all_of_it() -> None:
    whole = rules.block_hash(2, "a" * 64, ["one", "two"])
    others = {
        rules.block_hash(3, "a" * 64, ["one", "two"]),
        rules.block_hash(2, "b" * 64, ["one", "two"]),
        rules.block_hash(2, "a" * 64, ["two", "one"]),
        rules.block_hash(2, "a" * 64, ["one"]),
        rules.block_hash(2, "a" * 64, ["one\ntwo"]),
    }
    assert len(others) == 5 and whole not in others


def test_the_hash_of_content_depends_on_the_order_of_transfers() -> None:
    other = TransferInput("bank", "commission", 5, "THB")
    assert rules.content_hash("correction", "", [GOOD, other]) != rules.content_hash("correction", "", [other, GOOD])
