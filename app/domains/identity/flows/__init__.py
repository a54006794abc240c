"""Signing in and changing one's secrets: a try is counted and committed before the password is looked at."""

from app.domains.identity.flows.secrets import change_password, disable_totp
from app.domains.identity.flows.sign_in import recognise, sign_in, sign_in_with_code

__all__ = ["change_password", "disable_totp", "recognise", "sign_in", "sign_in_with_code"]
