"""Reads of stock."""

from app.domains.inventory.queries.levels import Level, list_available, list_levels
from app.domains.inventory.queries.offers import count_offers, list_offers

__all__ = ["Level", "count_offers", "list_available", "list_levels", "list_offers"]
