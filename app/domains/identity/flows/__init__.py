"""Signing in and changing one's secrets: a try is counted and committed before what was given is looked at."""

from app.domains.identity.flows.passkeys import ask_passkey, begin_passkey, keep_passkey, sign_in_by_passkey
from app.domains.identity.flows.secrets import change_password, disable_totp
from app.domains.identity.flows.shopper_secrets import answer_new_email, ask_new_email, change_shopper_password
from app.domains.identity.flows.shoppers import (
    answer_code,
    answer_link,
    ask_code,
    ask_reset,
    recognise_shopper,
    reset_password,
    sign_in_shopper,
    sign_up,
)
from app.domains.identity.flows.sign_in import recognise, sign_in, sign_in_with_code

__all__ = [
    "answer_code",
    "answer_link",
    "answer_new_email",
    "ask_code",
    "ask_new_email",
    "ask_passkey",
    "ask_reset",
    "begin_passkey",
    "change_password",
    "change_shopper_password",
    "disable_totp",
    "keep_passkey",
    "recognise",
    "recognise_shopper",
    "reset_password",
    "sign_in",
    "sign_in_by_passkey",
    "sign_in_shopper",
    "sign_in_with_code",
    "sign_up",
]
