"""Signing in and out, and the guard: what is not open to everybody is for staff who have signed in."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Flask, Response, g, redirect, render_template, request, session, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.wrappers import Response as AnyResponse

from app.domains.identity import actions, flows
from app.domains.identity.errors import SignInExpired
from app.domains.identity.types import StaffSession
from app.faces.partner_console.frame import gettext, tell
from app.kit.errors import NotAllowed, Problem
from app.kit.scope import Scope
from app.kit.web import SAFE, answer_problem, describe, scope, settle, unit

blueprint = Blueprint("entrance", __name__)

OPEN = frozenset({"serve_asset", "files.show_theme", "entrance.show", "entrance.sign_in", "entrance.send_code"})
"""What everybody may ask. All else, also an address that does not exist, is for staff who have signed in."""

ANONYMOUS = frozenset({"serve_asset", "files.show_theme"})
"""What is the same for everybody: nobody's session is looked up for it."""

COOKIE = "console"
WEEK_S = 7 * 24 * 3600
PENDING = "pending_sign_in"
_SAFE_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


class SignInNeeded(NotAllowed):
    status = 401
    code = "partner_console.sign_in_needed"
    text = "You are not signed in, or your session has ended. Sign in, then repeat the step."


class FormExpired(NotAllowed):
    code = "partner_console.form_expired"
    text = "This form is not valid any more. Open the page again and repeat the step."


def cookie_name(of: Scope) -> str:
    return f"__Host-{COOKIE}" if of.settings.is_production else COOKIE


def needs_person(endpoint: str | None) -> bool:
    """Must the session be looked up for this address?"""
    return endpoint not in ANONYMOUS


def remember(found: StaffSession | None) -> None:
    g.staff = found


def staff_session() -> StaffSession:
    """The session of this request. Raises `SignInNeeded`."""
    found: StaffSession | None = g.get("staff")
    if found is None:
        raise SignInNeeded()
    return found


@blueprint.before_app_request
def let_staff_pass() -> AnyResponse | None:
    """An address is closed unless it is named in `OPEN`; a page leads to the sign-in and back, a form is refused."""
    if request.endpoint in OPEN or g.get("staff") is not None:
        return None
    if request.method in SAFE:
        wanted = request.full_path.rstrip("?")
        return redirect(url_for("entrance.show", next=None if wanted == "/" else wanted), 303)
    raise SignInNeeded()


@blueprint.after_app_request
def keep_out_of_caches(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    return response


@blueprint.get("/sign-in")
def show() -> Any:
    if g.get("staff") is not None:
        return redirect(_way_on(), 303)
    return _page("code" if PENDING in session and "code" in request.args else "password")


@blueprint.post("/sign-in")
def sign_in() -> Any:
    """The password. With a second factor the code is asked for next."""
    email, password = request.form.get("email", ""), request.form.get("password", "")
    try:
        outcome = flows.sign_in(
            scope(), email, password, address=_address(), user_agent=request.headers.get("User-Agent", "")
        )
    except Problem as problem:
        return _refused("password", problem)
    if outcome.outcome == "code_needed":
        session[PENDING] = outcome.token
        return redirect(url_for("entrance.show", code=1, next=request.args.get("next")), 303)
    return _signed_in(outcome.token)


@blueprint.post("/sign-in/code")
def send_code() -> Any:
    """The code of the second factor."""
    try:
        outcome = flows.sign_in_with_code(
            scope(),
            session.get(PENDING, ""),
            request.form.get("code", ""),
            address=_address(),
            user_agent=request.headers.get("User-Agent", ""),
        )
    except SignInExpired as problem:
        session.pop(PENDING, None)
        return _refused("password", problem)
    except Problem as problem:
        return _refused("code", problem)
    return _signed_in(outcome.token)


@blueprint.post("/sign-out")
def sign_out() -> AnyResponse:
    name = cookie_name(scope())
    actions.sign_out(unit(), request.cookies.get(name, ""))
    session.clear()
    tell(gettext("You have signed out."))
    response = redirect(url_for("entrance.show"), 303)
    response.delete_cookie(name, path="/", secure=scope().settings.is_production, httponly=True, samesite="Lax")
    return response


def protect(app: Flask) -> None:
    """Every unsafe request needs the token of its own session; it lives as long as the session does."""
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    CSRFProtect(app)

    @app.errorhandler(CSRFError)
    def refuse_form(error: CSRFError) -> Any:
        settle(commit=False)
        return answer_problem(FormExpired())


def _signed_in(token: str) -> AnyResponse:
    """The session begins with everything new, so that what was set before cannot be used on."""
    session.clear()
    response = redirect(_way_on(), 303)
    response.set_cookie(
        cookie_name(scope()),
        token,
        max_age=WEEK_S,
        path="/",
        secure=scope().settings.is_production,
        httponly=True,
        samesite="Lax",
    )
    return response


def _way_on() -> str:
    """Where the reader wanted to go: a path of this site only, and none that leads back to here."""
    wanted = request.args.get("next", "")
    if len(wanted) > 2000 or not _SAFE_PATH.fullmatch(wanted) or wanted.startswith("/sign-in"):
        return url_for("orders.show_home")
    return request.script_root + wanted


def _address() -> str:
    """The caller: as the proxies say that the settings trust (`trusted_proxies`), else as the socket does."""
    return request.remote_addr or ""


def _page(step: str, problem: Problem | None = None) -> str:
    sentence = describe(problem, scope().locale) if problem else ""
    return render_template(
        f"entrance/{step}.html",
        sentence=sentence,
        email=request.form.get("email", ""),
        next=request.args.get("next"),
    )


def _refused(step: str, problem: Problem) -> Any:
    headers = {"Retry-After": str(problem.facts["seconds"])} if "seconds" in problem.facts else {}
    return _page(step, problem), problem.status, headers
