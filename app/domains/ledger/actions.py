"""The only writers of the ledger. Nothing here changes a row: a mistake is put right by a new transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.ledger import rules
from app.domains.ledger.errors import KeyHasOtherContent, NothingToReverse
from app.domains.ledger.models import Account, Block, BlockEntry, Transaction, Transfer
from app.domains.ledger.queries.chain import list_unsealed
from app.domains.ledger.queries.transactions import find_by_key
from app.domains.ledger.types import Sealed, TransferInput
from app.kit import ids
from app.kit.scope import SYSTEM_ONLY, Scope, action


@action(SYSTEM_ONLY)
def post(scope: Scope, key: str, kind: str, reference: str, transfers: Sequence[TransferInput]) -> str:
    """Post a transaction; returns its id. Posting the same content again under its key returns the first one's id.

    Accounts come to be by their first use. Raises `KeyHasOtherContent`, and for a faulty caller `UnknownKind`,
    `UnknownAccountCode`, `TransferNotBalanced`.
    """
    rules.check_transfers(kind, transfers)
    content_hash = rules.content_hash(kind, reference, transfers)
    posted_id = scope.db.execute(
        upsert(Transaction)
        .values(
            id=ids.new("txn"),
            idempotency_key=key,
            content_hash=content_hash,
            kind=kind,
            reference=reference,
            business_date=scope.today(),
            posted_at=scope.now(),
        )
        .on_conflict_do_nothing(index_elements=[Transaction.idempotency_key])
        .returning(Transaction.id)
    ).scalar_one_or_none()
    if posted_id is None:
        return _posted_before(scope, key, content_hash)
    accounts = _ensure_accounts(scope, transfers)
    # A statement after the transaction's: by now the database transaction has its number, so a transfer's id is
    # never drawn before it. The floor of a block rests on this.
    scope.db.execute(
        insert(Transfer).values(
            [
                {
                    "transaction_id": posted_id,
                    "debit_account_id": accounts[one.debit, one.currency],
                    "credit_account_id": accounts[one.credit, one.currency],
                    "currency": one.currency,
                    "amount_minor": one.amount_minor,
                }
                for one in transfers
            ]
        )
    )
    return posted_id


@action(SYSTEM_ONLY)
def reverse(scope: Scope, key: str, of_key: str, kind: str) -> str:
    """Post the mirror of the transaction with the key `of_key`; returns its id. Raises `NothingToReverse`."""
    original = find_by_key(scope, of_key)
    if original is None:
        raise NothingToReverse(key=of_key)
    mirrored = [TransferInput(one.credit, one.debit, one.amount_minor, one.currency) for one in original.transfers]
    return post(scope, key, kind, original.reference, mirrored)


@action(SYSTEM_ONLY)
def seal_blocks(scope: Scope, block_limit: int = rules.BLOCK_LIMIT) -> Sealed:
    """Seal what is certainly committed in hash-chained blocks, and take snapshots of busy accounts.

    Certain is what was written by a database transaction older than every one that still runs (the snapshot's
    xmin): of those nothing can appear any more. Two runs at once: the second does nothing. Run it until the tail
    is empty before a tenant's schema is archived or moved, because these numbers belong to one database cluster.
    """
    if not scope.db.scalar(_TRY_LOCK):
        return Sealed(0, 0, 0)
    seen = scope.db.execute(_SNAPSHOT).one()
    last = scope.db.execute(
        select(Block.number, Block.hash, Block.floor_transfer_id).order_by(Block.number.desc()).limit(1)
    ).one_or_none()
    number, previous, floor = (last.number, last.hash, last.floor_transfer_id) if last else (0, rules.FIRST_HASH, 0)
    certain = scope.db.scalar(_CERTAIN, {"xmin": seen.xmin}) or 0
    blocks = transactions = snapshots = 0
    while unsealed := list_unsealed(scope, before_xid=seen.xmin, above_transfer_id=floor, limit=block_limit):
        number += 1
        lines = [line for _, _, line in unsealed]
        is_last = len(unsealed) < block_limit
        block_floor = max(floor, certain) if is_last else floor
        digest = rules.block_hash(number, previous, lines)
        scope.db.execute(
            insert(Block).values(
                number=number,
                transaction_count=len(unsealed),
                first_sequence=min(sequence for _, sequence, _ in unsealed),
                last_sequence=max(sequence for _, sequence, _ in unsealed),
                previous_hash=previous,
                hash=digest,
                sealed_at=scope.now(),
                snapshot_xmax=seen.xmax,
                top_transfer_id=seen.top,
                floor_transfer_id=block_floor,
            )
        )
        scope.db.execute(
            insert(BlockEntry),
            [
                {"transaction_id": transaction_id, "block_number": number, "position": position}
                for position, (transaction_id, _, _) in enumerate(unsealed, start=1)
            ],
        )
        values = {"number": number, "floor": block_floor, "after": rules.SNAPSHOT_AFTER}
        snapshots += len(scope.db.execute(_TAKE_SNAPSHOTS, values).all())
        previous, blocks, transactions = digest, blocks + 1, transactions + len(unsealed)
        if is_last:
            break
    return Sealed(blocks, transactions, snapshots)


# current_schema() is the tenant, whose id is unique in the cluster
_TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtextextended('ledger_blocks:' || current_schema(), 0))")
_SNAPSHOT = text(
    "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin,"
    " pg_snapshot_xmax(pg_current_snapshot())::text AS xmax,"
    " (SELECT coalesce(max(id), 0) FROM ledger_transfers) AS top"
)
_CERTAIN = text(
    "SELECT max(top_transfer_id) FROM ledger_blocks WHERE snapshot_xmax <= CAST(CAST(:xmin AS text) AS xid8)"
)
_TAKE_SNAPSHOTS = text(
    "WITH touched AS ("
    "  SELECT DISTINCT p.account_id FROM ledger_block_entries e"
    "  JOIN ledger_postings p ON p.transaction_id = e.transaction_id WHERE e.block_number = :number"
    ") INSERT INTO ledger_snapshots (account_id, block_number, currency, balance_minor, floor_transfer_id)"
    " SELECT t.account_id, :number, p.currency, coalesce(max(s.balance_minor), 0) + sum(p.amount_minor), :floor"
    " FROM touched t"
    " LEFT JOIN LATERAL ("
    "  SELECT block_number, balance_minor, floor_transfer_id FROM ledger_snapshots"
    "  WHERE account_id = t.account_id ORDER BY block_number DESC LIMIT 1"
    " ) s ON true"
    " JOIN ledger_postings p ON p.account_id = t.account_id AND p.transfer_id > coalesce(s.floor_transfer_id, 0)"
    " JOIN ledger_block_entries e ON e.transaction_id = p.transaction_id"
    "  AND e.block_number > coalesce(s.block_number, 0) AND e.block_number <= :number"
    " GROUP BY t.account_id, p.currency HAVING count(p.transfer_id) >= :after"
    " RETURNING account_id"
)


def _posted_before(scope: Scope, key: str, content_hash: str) -> str:
    found = scope.db.execute(
        select(Transaction.id, Transaction.content_hash).where(Transaction.idempotency_key == key)
    ).one()
    if found.content_hash != content_hash:
        raise KeyHasOtherContent(key=key)
    return found.id


def _ensure_accounts(scope: Scope, transfers: Sequence[TransferInput]) -> dict[tuple[str, str], str]:
    wanted = {(code, one.currency) for one in transfers for code in (one.debit, one.credit)}
    known = _known_accounts(scope, wanted)
    missing = sorted(wanted - known.keys())  # in one order everywhere, so that two writers cannot wait in a circle
    if not missing:
        return known
    rows = []
    for code, currency in missing:
        kind = rules.classify(code)
        rows.append(
            {
                "id": ids.new("acc"),
                "code": code,
                "currency": currency,
                "kind": kind.name,
                "may_go_negative": kind.may_go_negative,
            }
        )
    scope.db.execute(upsert(Account).values(rows).on_conflict_do_nothing())
    return known | _known_accounts(scope, set(missing))


def _known_accounts(scope: Scope, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
    found = scope.db.execute(
        select(Account.id, Account.code, Account.currency).where(
            tuple_(Account.code, Account.currency).in_(sorted(wanted))
        )
    )
    return {(row.code, row.currency): row.id for row in found}
