"""Writers of identity."""

from app.domains.identity.actions.secrets import begin_totp, confirm_totp, drop_totp, replace_password
from app.domains.identity.actions.sessions import (
    count_code,
    end_others,
    forget_old,
    open_pending,
    open_session,
    open_with_code,
    revoke_session,
    sign_out,
    take_code,
    touch,
)
from app.domains.identity.actions.staff import ensure_staff
from app.domains.identity.actions.tries import count_try, forgive

__all__ = [
    "begin_totp",
    "confirm_totp",
    "count_code",
    "count_try",
    "drop_totp",
    "end_others",
    "ensure_staff",
    "forget_old",
    "forgive",
    "open_pending",
    "open_session",
    "open_with_code",
    "replace_password",
    "revoke_session",
    "sign_out",
    "take_code",
    "touch",
]
