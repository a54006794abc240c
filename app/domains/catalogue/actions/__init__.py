"""The only writers of the catalogue."""

from app.domains.catalogue.actions.attributes import change_attribute, learn_attributes
from app.domains.catalogue.actions.batches import announce_import, save_products
from app.domains.catalogue.actions.categories import save_category
from app.domains.catalogue.actions.exports import drop_export, finish_export, start_export, step_export
from app.domains.catalogue.actions.imports import begin_run, drop_check, finish_run, record_batch, start_run
from app.domains.catalogue.actions.offers import pause_offer, resume_offer
from app.domains.catalogue.actions.products import archive_product, publish_product, save_product

__all__ = [
    "announce_import",
    "archive_product",
    "begin_run",
    "change_attribute",
    "drop_check",
    "drop_export",
    "finish_export",
    "finish_run",
    "learn_attributes",
    "pause_offer",
    "publish_product",
    "record_batch",
    "resume_offer",
    "save_category",
    "save_product",
    "save_products",
    "start_export",
    "start_run",
    "step_export",
]
