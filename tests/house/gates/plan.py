"""The plan of the house: its rooms from the ground up, the files of a room, the faces. Kept equal to docs."""

ROOMS = (
    "tenancy",
    "identity",
    "media",
    "ledger",
    "payments",
    "escrow",
    "content",
    "sellers",
    "catalogue",
    "pricing",
    "inventory",
    "delivery",
    "search",
    "orders",
    "invoicing",
    "fulfilment",
    "returns",
    "cases",
    "settlement",
    "insight",
    "reviews",
    "marketing",
    "crossborder",
    "provisioning",
    "expansion",
    "webhooks",
)
NUMBER = {room: number for number, room in enumerate(ROOMS, start=1)}

ROOM_FILES = (
    "jobs",
    "flows",
    "actions",
    "queries",
    "gateways",
    "models",
    "schemas",
    "rules",
    "events",
    "errors",
    "types",
)
"""From the top: a file imports only files below it."""

PUBLIC_FILES = frozenset({"queries", "actions", "flows", "types", "events", "errors", "schemas"})
"""What one room may use of another."""

FACES = (
    "storefront",
    "partner_console",
    "seller_centre",
    "operator_console",
    "api",
    "callbacks",
    "worker",
    "cli",
)

MONEY_ROOMS = (
    "ledger",
    "payments",
    "escrow",
    "pricing",
    "delivery",
    "orders",
    "invoicing",
    "returns",
    "cases",
    "settlement",
    "crossborder",
)
"""The rooms whose sums end in somebody's account."""
