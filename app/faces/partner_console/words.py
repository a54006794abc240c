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
    "running": N_("Not finished"),
    "finished": N_("Finished"),
    "failed": N_("Stopped"),
}
ROW_STATUSES = {
    "ok": N_("Imported"),
    "failed": N_("Failed"),
    "skipped": N_("Left out"),
    "note": N_("Note"),
}
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
