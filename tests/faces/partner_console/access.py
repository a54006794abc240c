"""Who may what in the partner console: every route by every role, written down by hand (ACC-01)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

OWNER, MERCHANDISER, FULFILMENT, SUPPORT, FINANCE = "owner", "merchandiser", "fulfilment", "support", "finance"
ROLES = (OWNER, MERCHANDISER, FULFILMENT, SUPPORT, FINANCE)

EVERYBODY = frozenset({"anonymous", *ROLES})
STAFF = frozenset(ROLES)
SEE_ORDERS = frozenset({OWNER, FULFILMENT, SUPPORT, FINANCE})
MOVE_ORDERS = frozenset({OWNER, FULFILMENT, SUPPORT})
REFUND = frozenset({OWNER, SUPPORT})
EDIT_OFFERS = frozenset({OWNER, MERCHANDISER, FULFILMENT})
EDIT_PRICES = frozenset({OWNER, MERCHANDISER})
EDIT_CATALOGUE = frozenset({OWNER, MERCHANDISER})
PROMOTE = frozenset({OWNER, MERCHANDISER})
IMPORT = frozenset({OWNER, MERCHANDISER})
MANAGE_STAFF = frozenset({OWNER})
VIEW_TENANT = frozenset({OWNER, FINANCE})


class Door(NamedTuple):
    """One method of one endpoint. `who`: who is not refused; `form`: what is sent."""

    who: frozenset[str]
    form: Mapping[str, str] = {}


ACCESS: Mapping[tuple[str, str], Door] = {
    ("GET", "serve_asset"): Door(EVERYBODY),
    ("GET", "files.show_theme"): Door(EVERYBODY),
    ("GET", "files.show_picture"): Door(STAFF),
    ("GET", "entrance.show"): Door(EVERYBODY),
    ("POST", "entrance.sign_in"): Door(EVERYBODY, {"email": "x@khwan.example", "password": "x"}),
    ("POST", "entrance.send_code"): Door(EVERYBODY, {"code": "000000"}),
    ("POST", "entrance.sign_out"): Door(STAFF),
    ("GET", "orders.show_home"): Door(STAFF),
    ("GET", "orders.list_all"): Door(SEE_ORDERS),
    ("GET", "orders.show"): Door(SEE_ORDERS),
    ("POST", "orders.pack"): Door(MOVE_ORDERS, {"version": "99"}),
    ("POST", "orders.ship"): Door(MOVE_ORDERS, {"version": "99", "carrier": "Post"}),
    ("GET", "orders.confirm_cancellation"): Door(REFUND),
    ("POST", "orders.cancel"): Door(REFUND, {"version": "99", "reason": "asked for"}),
    ("GET", "refunds.list_all"): Door(REFUND),
    ("POST", "refunds.repeat"): Door(REFUND),
    ("GET", "offers.list_all"): Door(EDIT_OFFERS),
    ("POST", "offers.change"): Door(EDIT_OFFERS, {"stock": "5", "stock_version": "99"}),
    ("POST", "bulk.preview"): Door(EDIT_OFFERS, {"operation": "stock", "value": "5"}),
    ("POST", "bulk.apply"): Door(EDIT_OFFERS, {"operation": "stock"}),
    ("GET", "imports.show"): Door(IMPORT),
    ("POST", "imports.upload"): Door(IMPORT, {"format": "shopify"}),
    ("POST", "imports.start"): Door(IMPORT),
    ("POST", "exports.ask"): Door(IMPORT, {"format": "jsonl", "language": "en"}),
    ("GET", "exports.show"): Door(IMPORT),
    ("GET", "exports.download"): Door(IMPORT),
    ("GET", "imports.show_run"): Door(IMPORT),
    ("GET", "imports.download_problems"): Door(IMPORT),
    ("GET", "promotions.list_all"): Door(PROMOTE),
    ("GET", "promotions.begin"): Door(PROMOTE),
    ("POST", "promotions.create"): Door(PROMOTE),
    ("GET", "promotions.show"): Door(PROMOTE),
    ("POST", "promotions.change"): Door(PROMOTE, {"version": "99"}),
    ("POST", "promotions.activate"): Door(PROMOTE, {"version": "99"}),
    ("POST", "promotions.end"): Door(PROMOTE, {"version": "99"}),
    ("GET", "promotions.preview"): Door(PROMOTE),
    ("POST", "coupons.add"): Door(PROMOTE, {"coupon": "WELCOME"}),
    ("POST", "coupons.order"): Door(PROMOTE, {"wanted": "1"}),
    ("POST", "coupons.change"): Door(PROMOTE, {"is_active": "1"}),
    ("GET", "coupons.export"): Door(PROMOTE),
    ("GET", "search.show"): Door(EDIT_CATALOGUE),
    ("POST", "search.add_synonyms"): Door(EDIT_CATALOGUE, {"words": "cup", "language": "en"}),
    ("POST", "search.remove_synonyms"): Door(EDIT_CATALOGUE),
    ("POST", "search.add_redirect"): Door(EDIT_CATALOGUE, {"query": "cup", "path": "nowhere", "language": "en"}),
    ("POST", "search.remove_redirect"): Door(EDIT_CATALOGUE),
    ("GET", "letters.list_all"): Door(VIEW_TENANT),
    ("GET", "letters.show"): Door(VIEW_TENANT),
    ("GET", "staff.list_all"): Door(MANAGE_STAFF),
    ("GET", "profile.show"): Door(STAFF),
    ("POST", "profile.change_password"): Door(STAFF, {"password": "x", "new_password": "y", "repeated": "y"}),
    ("POST", "profile.begin_totp"): Door(STAFF),
    ("GET", "profile.show_totp_picture"): Door(STAFF),
    ("POST", "profile.confirm_totp"): Door(STAFF, {"code": "000000"}),
    ("POST", "profile.disable_totp"): Door(STAFF, {"password": "x"}),
    ("POST", "profile.end_session"): Door(STAFF),
}
