"""What each role of a partner's staff may do. Written out, so that a permission can be looked up here."""

from __future__ import annotations

from collections.abc import Mapping

BROWSING = ("catalogue.browse", "cart.edit", "checkout.place", "orders.view_own")
"""What a guest may: staff look at the same catalogue."""

SHOPPER = frozenset({*BROWSING, "shopper.manage_own"})
"""What a shopper who has signed in may do."""

OWN = ("identity.manage_own",)
"""One's own password, second factor and sessions."""

ROLES: Mapping[str, frozenset[str]] = {
    "owner": frozenset(
        {
            *BROWSING,
            *OWN,
            "catalogue.edit",
            "pricing.edit",
            "promotions.edit",
            "inventory.edit",
            "orders.view",
            "orders.manage",
            "orders.refund",
            "import.run",
            "catalogue.export",
            "ledger.view",
            "staff.manage",
            "tenancy.view",
        }
    ),
    "merchandiser": frozenset(
        {
            *BROWSING,
            *OWN,
            "catalogue.edit",
            "catalogue.export",
            "pricing.edit",
            "promotions.edit",
            "inventory.edit",
            "import.run",
        }
    ),
    "fulfilment": frozenset({*BROWSING, *OWN, "orders.view", "orders.manage", "inventory.edit"}),
    "support": frozenset({*BROWSING, *OWN, "orders.view", "orders.manage", "orders.refund"}),
    "finance": frozenset({*BROWSING, *OWN, "orders.view", "ledger.view", "tenancy.view"}),
}


def permissions_of(role: str) -> frozenset[str]:
    """The permissions of a role; an unknown role has none."""
    return ROLES.get(role, frozenset())
