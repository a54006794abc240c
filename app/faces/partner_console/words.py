"""The words for statuses, roles and ways to pay, marked for translation; templates translate them by `_(…)`."""

from __future__ import annotations

from app.domains.inventory.types import SellingStatus, StockStatus
from app.kit.i18n import N_

ROLES = {
    "owner": N_("Owner"),
    "merchandiser": N_("Merchandiser"),
    "fulfilment": N_("Fulfilment"),
    "support": N_("Support"),
    "finance": N_("Finance"),
}
ORDER_STATUSES = {
    "placed": N_("New"),
    "packed": N_("Packed"),
    "shipped": N_("Shipped"),
    "cancelled": N_("Cancelled"),
}
SELLING_STATUSES: dict[SellingStatus, str] = {
    "selling": N_("Selling"),
    "paused": N_("Paused"),
    "draft": N_("Draft"),
    "archived": N_("Archived"),
}
STOCK_STATUSES: dict[StockStatus, str] = {
    "in_stock": N_("In stock"),
    "low": N_("Low stock"),
    "sold_out": N_("Sold out"),
    "no_price": N_("Without a price"),
}
GATEWAYS = {"cod": N_("Cash on delivery"), "sandbox": N_("Sandbox payment")}
HOLD_STATUSES = {
    "held": N_("Held in escrow"),
    "frozen": N_("Frozen"),
    "released": N_("Released"),
    "refunded": N_("Refunded"),
}
REFUND_STATUSES = {
    "requested": N_("Being paid back"),
    "succeeded": N_("Paid back"),
    "failed": N_("Failed"),
    "unknown": N_("Being checked with the provider"),
}
IMPORT_STATUSES = {
    "waiting": N_("Waiting"),
    "running": N_("Going on"),
    "finished": N_("Finished"),
    "failed": N_("Stopped"),
}
ROW_STATUSES = {
    "ok": N_("Imported"),
    "failed": N_("Failed"),
    "skipped": N_("Left out"),
    "note": N_("Note"),
}
EXPORT_FORMATS = {
    "shopify": N_("Shopify product CSV"),
    "google": N_("Google Merchant, XML"),
    "google-tsv": N_("Google Merchant, tab-separated"),
    "jsonl": N_("Serai JSON Lines"),
}
LOST_FIELDS = {
    "product": N_("Products that it cannot say at all; they are left out"),
    "picture_files": N_("Files of pictures; their addresses are in it"),
    "external_id": N_("The product’s own id"),
    "source": N_("Who named the product"),
    "title": N_("Title"),
    "title.languages": N_("Titles in other languages"),
    "slug": N_("Address of the page"),
    "slug.languages": N_("Addresses in other languages"),
    "category_path": N_("Category: codes, or names in other languages"),
    "brand": N_("Brand"),
    "summary": N_("Summary"),
    "summary.languages": N_("Summaries in other languages"),
    "description": N_("Description, or its layout"),
    "description.languages": N_("Descriptions in other languages"),
    "tax_category": N_("Tax category"),
    "status": N_("Status: draft or active"),
    "attributes": N_("Attributes: kinds, units, codes, or other languages"),
    "options": N_("Options: codes, or other languages"),
    "pictures": N_("Pictures: their order or descriptions"),
    "keywords": N_("Keywords"),
    "keywords.languages": N_("Keywords in other languages"),
    "variants.options": N_("Options of variants: their codes"),
    "variants.gtin": N_("Article numbers (GTIN)"),
    "variants.price": N_("Prices"),
    "variants.compare_at": N_("Former prices"),
    "variants.stock": N_("How many are in stock"),
    "variants.weight_g": N_("Weights"),
}
"""What a format could not carry, as `rules/exports/writing.py` names it."""
LEDGER_KINDS = {
    "payment_captured": N_("Payment captured"),
    "payment_parked": N_("Payment without a home"),
    "parked_held": N_("Parked money found its order"),
    "payment_refunded": N_("Paid back"),
    "refund_reversed": N_("Refund taken back"),
    "correction": N_("Correction"),
}
LEDGER_ACCOUNTS = {
    "provider": N_("At the provider"),
    "bank": N_("At the bank"),
    "carrier": N_("At the carrier"),
    "fees": N_("Fees"),
    "promotion": N_("Promotions"),
    "rounding": N_("Rounding"),
    "escrow": N_("Escrow of the order"),
    "suspense": N_("Suspense"),
    "wallet": N_("Wallet"),
    "seller": N_("Owed to the seller"),
    "commission": N_("Commission"),
    "tax": N_("Tax"),
    "payout": N_("Payout"),
    "ads": N_("Advertising"),
    "partner": N_("Owed to the partner"),
    "platform": N_("Owed to the platform"),
}
"""By the first word of an account's code."""
