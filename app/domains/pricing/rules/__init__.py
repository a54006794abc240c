"""Pure rules of pricing."""

from app.domains.pricing.rules.quotes import (
    FORMAT,
    LARGEST_QUANTITY,
    fingerprint,
    inputs_document,
    quote,
    read_benefit,
    read_conditions,
    replay,
    to_document,
)

__all__ = [
    "FORMAT",
    "LARGEST_QUANTITY",
    "fingerprint",
    "inputs_document",
    "quote",
    "read_benefit",
    "read_conditions",
    "replay",
    "to_document",
]
