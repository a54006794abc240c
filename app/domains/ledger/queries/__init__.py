"""What one may ask the ledger."""

from app.domains.ledger.queries.balances import get_balance, list_postings
from app.domains.ledger.queries.invariants import INVARIANTS
from app.domains.ledger.queries.transactions import find_by_key, list_transactions

__all__ = ["INVARIANTS", "find_by_key", "get_balance", "list_postings", "list_transactions"]
