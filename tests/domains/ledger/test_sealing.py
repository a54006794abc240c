"""The seal: only what is certainly committed, chained, and balances that do not notice it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from types import TracebackType

from sqlalchemy import func, select

from app.domains.ledger import queries, rules
from app.domains.ledger.actions import post, seal_blocks
from app.domains.ledger.models import Block, BlockEntry, Snapshot, Transaction
from app.domains.ledger.types import Sealed, TransferInput
from app.kit.invariants import check
from app.kit.money import Money
from app.kit.scope import Scope

WAIT_S = 20
Step = Callable[[Scope], None]


class Elsewhere:
    """A transaction on a connection of its own, taken step by step: `do` waits until its step is done."""

    def __init__(self, scope: Scope) -> None:
        self._steps: queue.Queue[Step | None] = queue.Queue()
        self._done: queue.Queue[BaseException | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, args=(scope,), daemon=True)

    def __enter__(self) -> Elsewhere:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread.is_alive():
            self.commit()

    def do(self, step: Step | None) -> None:
        self._steps.put(step)
        fault = self._done.get(timeout=WAIT_S)
        if fault is not None:
            raise fault

    def commit(self) -> None:
        self.do(None)
        self._thread.join(WAIT_S)

    def _run(self, scope: Scope) -> None:
        try:
            with scope.transaction() as unit:
                while (step := self._steps.get()) is not None:
                    step(unit)
                    self._done.put(None)
        except BaseException as error:
            self._done.put(error)
        else:
            self._done.put(None)


def put(unit: Scope, key: str, count: int = 1) -> None:
    post(unit, key, "correction", key, [TransferInput("bank", "platform", 1, "THB")] * count)


def seal(scope: Scope) -> Sealed:
    with scope.transaction() as unit:
        return seal_blocks(unit)


def sealed_keys(scope: Scope) -> list[str]:
    """The keys of what is sealed, in the order of blocks and of positions."""
    with scope.transaction() as unit:
        return list(
            unit.db.scalars(
                select(Transaction.idempotency_key)
                .join(BlockEntry, BlockEntry.transaction_id == Transaction.id)
                .order_by(BlockEntry.block_number, BlockEntry.position)
            )
        )


def assert_whole(scope: Scope, balance_minor: int) -> None:
    with scope.transaction(read_only=True) as unit:
        assert queries.get_balance(unit, "bank", "THB") == Money(balance_minor, "THB")
        assert queries.get_balance(unit, "platform", "THB") == Money(balance_minor, "THB")
        assert check(unit, queries.INVARIANTS) == []


def test_the_seal_waits_for_a_transaction_that_is_still_open(system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        put(unit, "early")
    with Elsewhere(system_scope) as slow:
        slow.do(lambda unit: put(unit, "slow"))
        with system_scope.transaction() as unit:
            put(unit, "fast")  # committed while `slow`, which has a lower sequence, is not
        assert seal(system_scope) == Sealed(1, 1, 0)
        assert sealed_keys(system_scope) == ["early"]
        assert seal(system_scope) == Sealed(0, 0, 0)
        assert_whole(system_scope, 2)
    assert seal(system_scope) == Sealed(1, 2, 0)
    assert sealed_keys(system_scope) == ["early", "slow", "fast"]
    assert_whole(system_scope, 3)


def test_what_was_rolled_back_leaves_no_gap_that_matters(system_scope: Scope) -> None:
    class Cut(Exception):
        pass

    try:
        with system_scope.transaction() as unit:
            put(unit, "never")
            raise Cut
    except Cut:
        pass
    with system_scope.transaction() as unit:
        put(unit, "one")
    assert seal(system_scope) == Sealed(1, 1, 0)
    assert sealed_keys(system_scope) == ["one"]
    assert_whole(system_scope, 1)


def test_a_snapshot_hides_nothing_that_was_in_flight_when_it_was_taken(system_scope: Scope) -> None:
    """`late` numbers its transfer below those of a block that is sealed, with snapshots, while `late` is still open:
    a floor at the top of the block would lose it for ever."""
    with system_scope.transaction() as unit:
        put(unit, "base")  # makes the accounts, so that nobody waits for another's first use of them
    with Elsewhere(system_scope) as late, Elsewhere(system_scope) as older:
        older.do(lambda unit: put(unit, "first"))
        late.do(lambda unit: put(unit, "late"))
        older.do(lambda unit: put(unit, "rest", rules.SNAPSHOT_AFTER))
        older.commit()
        assert seal(system_scope) == Sealed(1, 3, 2)
        assert_whole(system_scope, rules.SNAPSHOT_AFTER + 2)
        late.commit()
    assert_whole(system_scope, rules.SNAPSHOT_AFTER + 3)
    assert seal(system_scope) == Sealed(1, 1, 0)
    assert_whole(system_scope, rules.SNAPSHOT_AFTER + 3)


def test_the_floor_rises_so_that_a_balance_reads_only_the_tail(system_scope: Scope) -> None:
    for number in range(4):
        with system_scope.transaction() as unit:
            put(unit, f"bulk-{number}", rules.SNAPSHOT_AFTER)
        assert seal(system_scope).snapshots == 2
    with system_scope.transaction() as unit:
        floors = list(unit.db.scalars(select(Block.floor_transfer_id).order_by(Block.number)))
        tops = list(unit.db.scalars(select(Block.top_transfer_id).order_by(Block.number)))
        assert unit.db.scalar(select(func.count(Snapshot.account_id))) == 8
    assert floors[0] == 0 and floors[1:] == tops[:-1]
    assert_whole(system_scope, 4 * rules.SNAPSHOT_AFTER)


def test_a_backlog_is_sealed_in_blocks_of_bounded_size(system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        for number in range(7):
            put(unit, f"key-{number}")
    with system_scope.transaction() as unit:
        assert seal_blocks(unit, block_limit=3) == Sealed(3, 7, 0)
    with system_scope.transaction() as unit:
        blocks = unit.db.execute(
            select(Block.number, Block.transaction_count, Block.previous_hash, Block.hash).order_by(Block.number)
        ).all()
    assert [(block.number, block.transaction_count) for block in blocks] == [(1, 3), (2, 3), (3, 1)]
    assert [block.previous_hash for block in blocks] == [rules.FIRST_HASH, blocks[0].hash, blocks[1].hash]
    assert sealed_keys(system_scope) == [f"key-{number}" for number in range(7)]
    assert_whole(system_scope, 7)


def test_two_seals_at_once_make_no_second_chain(system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        put(unit, "one")
    with Elsewhere(system_scope) as other:
        other.do(lambda unit: seal_blocks(unit) and None)
        assert seal(system_scope) == Sealed(0, 0, 0)
    assert sealed_keys(system_scope) == ["one"]
    assert_whole(system_scope, 1)
