"""The sealed chain: what a block's hash covers, and whether it still does."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select, text

from app.domains.ledger import rules
from app.domains.ledger.models import Block
from app.kit import ids
from app.kit.scope import SYSTEM_ONLY, Scope, query

# One line per transaction: everything that it says, as JSON, with moments in microseconds since the epoch, so that
# neither a time zone nor a date style of the reader changes a byte.
_UNSEALED = text(
    "SELECT t.id, t.sequence, json_build_array(t.id, t.idempotency_key, t.kind, t.reference,"
    "  to_char(t.business_date, 'YYYY-MM-DD'), (extract(epoch FROM t.posted_at) * 1000000)::bigint,"
    "  (SELECT json_agg(json_build_array(f.id, f.debit_account_id, f.credit_account_id, f.currency, f.amount_minor)"
    "    ORDER BY f.id) FROM ledger_transfers f WHERE f.transaction_id = t.id))::text AS line"
    " FROM ledger_transactions t"
    " WHERE t.id IN (SELECT f.transaction_id FROM ledger_transfers f WHERE f.id > :floor)"
    " AND t.created_xid < CAST(CAST(:xmin AS text) AS xid8)"
    " AND NOT EXISTS (SELECT 1 FROM ledger_block_entries e WHERE e.transaction_id = t.id)"
    " ORDER BY t.sequence LIMIT :limit"
)
_SEALED = text(
    "SELECT json_build_array(t.id, t.idempotency_key, t.kind, t.reference,"
    "  to_char(t.business_date, 'YYYY-MM-DD'), (extract(epoch FROM t.posted_at) * 1000000)::bigint,"
    "  (SELECT json_agg(json_build_array(f.id, f.debit_account_id, f.credit_account_id, f.currency, f.amount_minor)"
    "    ORDER BY f.id) FROM ledger_transfers f WHERE f.transaction_id = t.id))::text AS line"
    " FROM ledger_block_entries e JOIN ledger_transactions t ON t.id = e.transaction_id"
    " WHERE e.block_number = :number ORDER BY e.position"
)


@query(SYSTEM_ONLY)
def list_unsealed(scope: Scope, *, before_xid: str, above_transfer_id: int, limit: int) -> list[tuple[str, int, str]]:
    """Id, sequence and line of transactions in no block, written before a database transaction, oldest first."""
    values = {"xmin": before_xid, "floor": above_transfer_id, "limit": limit}
    found = scope.db.execute(_UNSEALED, values)
    return [(_shown(row.id), row.sequence, row.line) for row in found]


@query("ledger.view")
def find_chain_breaks(scope: Scope) -> Iterator[Mapping[str, Any]]:
    """Each block whose number, predecessor, count or hash is not what its content gives."""
    previous = rules.FIRST_HASH
    blocks = scope.db.execute(
        select(Block.number, Block.previous_hash, Block.hash, Block.transaction_count).order_by(Block.number)
    ).all()
    for expected, block in enumerate(blocks, start=1):
        lines = [row.line for row in scope.db.execute(_SEALED, {"number": block.number})]
        if block.number != expected:
            yield {"block": block.number, "fault": f"block {expected} is missing"}
            return
        if block.previous_hash != previous:
            yield {"block": block.number, "fault": "it does not follow the block before"}
        elif block.transaction_count != len(lines):
            yield {"block": block.number, "fault": "transactions were added or removed"}
        elif block.hash != rules.block_hash(block.number, block.previous_hash, lines):
            yield {"block": block.number, "fault": "its transactions are not those that were sealed"}
        previous = block.hash


def _shown(value: Any) -> str:
    return ids.from_uuid("txn", value) if isinstance(value, uuid.UUID) else str(value)
