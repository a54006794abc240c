"""What one may ask about money that is held."""

from app.domains.escrow.queries.holds import get_hold, list_holds
from app.domains.escrow.queries.invariants import INVARIANTS

__all__ = ["INVARIANTS", "get_hold", "list_holds"]
