"""Readers of identity."""

from app.domains.identity.queries.proofs import find_asked, find_link, get_proof_letter
from app.domains.identity.queries.shoppers import (
    ShopperCredentials,
    find_shopper_credentials,
    find_shopper_credentials_of,
    find_shopper_session,
    get_address,
    get_passkey_key,
    get_profile,
    get_shopper_contact,
    list_addresses,
    list_passkeys,
    list_shopper_sessions,
)
from app.domains.identity.queries.staff import (
    Credentials,
    find_credentials,
    find_credentials_of,
    find_session,
    find_staff_permissions,
    find_totp_setup,
    list_sessions,
    list_staff,
)

__all__ = [
    "Credentials",
    "ShopperCredentials",
    "find_asked",
    "find_credentials",
    "find_credentials_of",
    "find_link",
    "find_session",
    "find_shopper_credentials",
    "find_shopper_credentials_of",
    "find_shopper_session",
    "find_staff_permissions",
    "find_totp_setup",
    "get_address",
    "get_passkey_key",
    "get_profile",
    "get_proof_letter",
    "get_shopper_contact",
    "list_addresses",
    "list_passkeys",
    "list_sessions",
    "list_shopper_sessions",
    "list_staff",
]
