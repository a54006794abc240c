"""Who comes: the shopper of the session's cookie, or a guest; and the cookies that say so."""

from __future__ import annotations

import re

from flask import current_app, g, request, url_for
from werkzeug.wrappers import Response

from app.domains.identity import flows
from app.domains.identity.types import GUEST_PERMISSIONS, Device, ShopperSession, SignedIn, Site
from app.domains.orders.flows.taking_over import take_over
from app.faces.storefront import carts, wishes
from app.kit.errors import NotAllowed
from app.kit.scope import GUEST, Actor, Permissions, Scope
from app.kit.web import scope

COOKIE, ASKED = "shopper", "asked"
AGE_S = 180 * 24 * 3600
ASKED_AGE_S = 3600
ANONYMOUS = frozenset({"serve_asset", "files.show_theme", "files.show_picture", "files.show_favicon"})
"""What is the same for everybody: nobody's session is looked up for it."""
_SAFE_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


class SignInNeeded(NotAllowed):
    status = 401
    code = "storefront.sign_in_needed"
    text = "You are not signed in, or your session has ended. Sign in, then repeat the step."


def recognise(of: Scope) -> Scope:
    """The request's scope: of the shopper whose session the cookie names, else of a guest. Without the cookie nothing
    is looked up."""
    token = request.cookies.get(cookie_name(COOKIE), "")
    found = flows.recognise_shopper(of, token) if token and request.endpoint not in ANONYMOUS else None
    g.shopper = found
    if found is None:
        return of.with_values(actor=GUEST, permissions=Permissions(frozenset(GUEST_PERMISSIONS)))
    actor = Actor("shopper", found.shopper_id, found.name)
    return of.with_values(actor=actor, permissions=Permissions(found.permissions))


def session() -> ShopperSession:
    """The session of this request. Raises `SignInNeeded`."""
    found: ShopperSession | None = g.get("shopper")
    if found is None:
        raise SignInNeeded()
    return found


def is_signed_in() -> bool:
    return g.get("shopper") is not None


def token() -> str:
    return request.cookies.get(cookie_name(COOKIE), "")


def asked() -> str:
    """The token of what this browser has asked of a mailbox; empty for nothing."""
    return request.cookies.get(cookie_name(ASKED), "")


def device() -> Device:
    """Where the request comes from: as the proxies say that the settings trust, else as the socket does."""
    return Device(request.remote_addr or "", request.headers.get("User-Agent", ""))


def site() -> Site:
    """The storefront for WebAuthn: the host of this request, which the directory knows."""
    origin = f"{request.scheme}://{request.host}"
    return Site(request.host.rpartition(":")[0] if ":" in request.host else request.host, origin)


def cookie_name(name: str) -> str:
    return f"__Host-{name}" if current_app.config["SESSION_COOKIE_SECURE"] else name


def keep(answer: Response, name: str, value: str, age_s: int) -> None:
    answer.set_cookie(cookie_name(name), value, max_age=age_s, **_guards())


def drop(answer: Response, name: str) -> None:
    answer.delete_cookie(cookie_name(name), **_guards())


def sign_in(answer: Response, signed_in: SignedIn) -> Response:
    """The session begins: what the guest had becomes the shopper's, and the cookies of before are gone."""
    count = take_over(scope(), signed_in.shopper_id, carts.read_token(), wishes.read_token())
    keep(answer, COOKIE, signed_in.token, AGE_S)
    drop(answer, ASKED)
    wishes.forget(answer)
    carts.keep_count(answer, count)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def forget(answer: Response) -> Response:
    """The session has ended: this browser knows nothing of the shopper any more."""
    drop(answer, COOKIE)
    drop(answer, ASKED)
    carts.forget(answer)
    wishes.forget(answer)
    return answer


def way_on() -> str:
    """Where the shopper wanted to go: a path of this site only, and none that leads back to here."""
    wanted = request.args.get("next", "")
    if len(wanted) > 2000 or not _SAFE_PATH.fullmatch(wanted) or wanted.startswith("/account/sign-"):
        return url_for("account.show")
    return request.script_root + wanted


def _guards() -> dict[str, object]:
    return {"path": "/", "secure": current_app.config["SESSION_COOKIE_SECURE"], "httponly": True, "samesite": "Lax"}
