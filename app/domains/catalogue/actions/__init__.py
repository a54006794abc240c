"""The only writers of the catalogue."""

from app.domains.catalogue.actions.categories import save_category
from app.domains.catalogue.actions.imports import finish_run, record_row, start_run
from app.domains.catalogue.actions.offers import pause_offer, resume_offer
from app.domains.catalogue.actions.products import archive_product, publish_product, save_product

__all__ = [
    "archive_product",
    "finish_run",
    "pause_offer",
    "publish_product",
    "record_row",
    "resume_offer",
    "save_category",
    "save_product",
    "start_run",
]
