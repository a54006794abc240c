"""The bank test: whatever is posted, cut and sealed at the same time, every snapshot balances to zero."""

from __future__ import annotations

import os
import random
import threading

from sqlalchemy import select, text

from app.domains.ledger import queries, rules
from app.domains.ledger.actions import post, seal_blocks
from app.domains.ledger.models import Account
from app.domains.ledger.types import TransferInput
from app.kit.invariants import check
from app.kit.scope import Scope

LONG = os.environ.get("SERAI_LONG") == "1"
CLIENTS = 8 if LONG else 4
POSTS = 3000 if LONG else 120
CURRENCIES = ("THB", "KWD")
ACCOUNTS = ("bank", "platform", "commission", "provider:sandbox", "seller:one:payable", "seller:two:payable")


class Cut(Exception):
    """A client that dies in the middle of its transaction."""


def random_transfers(chance: random.Random) -> list[TransferInput]:
    transfers = []
    for _ in range(chance.randint(1, 4)):
        debit, credit = chance.sample(ACCOUNTS, 2)
        transfers.append(TransferInput(debit, credit, chance.randint(1, 10**6), chance.choice(CURRENCIES)))
    return transfers


def client(scope: Scope, number: int, kept: list[int], faults: list[BaseException]) -> None:
    chance = random.Random(number)
    try:
        for turn in range(POSTS):
            try:
                with scope.transaction() as unit:
                    post(unit, f"{number}-{turn}", "correction", "bank", random_transfers(chance))
                    if chance.random() < 0.2:
                        unit.db.execute(text("SELECT pg_sleep(0.004)"))  # stays open while others commit
                    if chance.random() < 0.1:
                        raise Cut
                kept[number] += 1
            except Cut:
                continue
    except BaseException as error:
        faults.append(error)


def sums(scope: Scope) -> dict[str, tuple[int, int]]:
    """Per currency, in one snapshot: the sum of all balances as they are derived, and of all postings."""
    with scope.transaction(read_only=True) as unit:
        found = dict.fromkeys(CURRENCIES, (0, 0))
        for account in unit.db.execute(select(Account.code, Account.currency)).all():
            sign = 1 if rules.classify(account.code).side == "debit" else -1
            derived = sign * queries.get_balance(unit, account.code, account.currency).amount_minor
            stored = unit.db.scalar(
                text(
                    "SELECT coalesce(sum(p.amount_minor), 0) FROM ledger_postings p JOIN ledger_accounts a"
                    " ON a.id = p.account_id WHERE a.code = :code AND a.currency = :currency"
                ),
                {"code": account.code, "currency": account.currency},
            )
            assert derived == stored, account.code
            before = found[account.currency]
            found[account.currency] = (before[0] + derived, before[1] + int(stored))
        return found


def test_every_snapshot_of_the_bank_balances_to_zero(system_scope: Scope) -> None:
    faults: list[BaseException] = []
    kept = [0] * CLIENTS
    clients = [
        threading.Thread(target=client, args=(system_scope, number, kept, faults), daemon=True)
        for number in range(CLIENTS)
    ]
    for thread in clients:
        thread.start()
    looks = blocks = snapshots = 0
    while any(thread.is_alive() for thread in clients):
        assert sums(system_scope) == dict.fromkeys(CURRENCIES, (0, 0))
        looks += 1
        with system_scope.transaction() as unit:
            sealed = seal_blocks(unit)
        blocks, snapshots = blocks + sealed.blocks, snapshots + sealed.snapshots
    assert faults == []
    with system_scope.transaction() as unit:
        seal_blocks(unit)
    assert sums(system_scope) == dict.fromkeys(CURRENCIES, (0, 0))
    with system_scope.transaction(read_only=True) as unit:
        assert len(queries.list_transactions(unit, "bank")) == sum(kept)
        assert check(unit, queries.INVARIANTS) == []
    assert looks > 3 and blocks > 1 and snapshots > 0
