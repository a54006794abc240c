"""Writers of the room."""

from app.domains.search.actions.documents import (
    MOST_MISSES,
    count_terms,
    forget_rare_misses,
    index_product,
    index_products,
    record_miss,
    refresh_availability,
)
from app.domains.search.actions.guidance import (
    apply_section,
    remove_redirect,
    remove_synonyms,
    save_redirect,
    save_synonyms,
)

__all__ = [
    "MOST_MISSES",
    "apply_section",
    "count_terms",
    "forget_rare_misses",
    "index_product",
    "index_products",
    "record_miss",
    "refresh_availability",
    "remove_redirect",
    "remove_synonyms",
    "save_redirect",
    "save_synonyms",
]
