"""One's own password, second factor and sessions."""

from __future__ import annotations

import io
from typing import Any

import segno
from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.domains.identity import actions, flows, queries
from app.domains.identity.errors import TotpNotBegun
from app.faces.partner_console.entrance import staff_session
from app.faces.partner_console.frame import gettext, ngettext, tell
from app.faces.partner_console.words import ROLES
from app.kit.errors import NotValid, Problem
from app.kit.web import describe, scope, settle, unit

blueprint = Blueprint("profile", __name__)


class PasswordsDiffer(NotValid):
    code = "partner_console.passwords_differ"
    text = "The two new passwords are not the same."


@blueprint.get("/profile")
def show() -> str:
    return _page()


@blueprint.post("/profile/password")
def change_password() -> Any:
    current, new = request.form.get("password", ""), request.form.get("new_password", "")
    try:
        if new != request.form.get("repeated", ""):
            raise PasswordsDiffer(field="repeated")
        ended = flows.change_password(scope(), current, new, session=staff_session())
    except Problem as problem:
        return _refused("password", problem)
    tell(gettext("Your password is changed."))
    if ended:
        told = "%(count)s other session was signed out.", "%(count)s other sessions were signed out."
        tell(ngettext(*told, ended))
    return _back()


@blueprint.post("/profile/two-step")
def begin_totp() -> Any:
    try:
        actions.begin_totp(unit())
    except Problem as problem:
        return _refused("totp", problem)
    return _back("two-step")


@blueprint.get("/profile/two-step/picture.svg")
def show_totp_picture() -> Response:
    """The secret as a QR code, for the reader of this session alone and only while it waits for its first code."""
    setup = queries.find_totp_setup(unit())
    if setup is None:
        raise TotpNotBegun()
    drawn = io.BytesIO()
    segno.make(setup.uri, error="m").save(drawn, kind="svg", scale=5, border=4, light="#ffffff", xmldecl=False)
    return Response(drawn.getvalue(), content_type="image/svg+xml")


@blueprint.post("/profile/two-step/confirmation")
def confirm_totp() -> Any:
    try:
        actions.confirm_totp(unit(), request.form.get("code", ""), session_id=staff_session().session_id)
    except Problem as problem:
        return _refused("totp", problem)
    tell(gettext("Two-step sign-in is on. Sessions that were opened without it have ended."))
    return _back("two-step")


@blueprint.post("/profile/two-step/removal")
def disable_totp() -> Any:
    try:
        flows.disable_totp(scope(), request.form.get("password", ""))
    except Problem as problem:
        return _refused("totp", problem)
    tell(gettext("Two-step sign-in is off."))
    return _back("two-step")


@blueprint.post("/profile/sessions/<session_id>/end")
def end_session(session_id: str) -> Any:
    try:
        actions.revoke_session(unit(), session_id)
    except Problem as problem:
        return _refused("sessions", problem)
    tell(gettext("The session has ended."))
    return _back("sessions")


def _back(part: str | None = None) -> AnyResponse:
    return redirect(url_for("profile.show", _anchor=part), 303)


def _page(part: str = "", problem: Problem | None = None) -> str:
    opened = unit()
    return render_template(
        "profile/show.html",
        staff=staff_session(),
        sessions=queries.list_sessions(opened),
        setup=queries.find_totp_setup(opened),
        roles=ROLES,
        part=part,
        field=str(problem.facts.get("field", "")) if problem else "",
        sentence=describe(problem, scope().locale) if problem else "",
    )


def _refused(part: str, problem: Problem) -> Any:
    settle(commit=False)
    if problem.status in (401, 403) or problem.status >= 500:
        raise problem
    headers = {"Retry-After": str(problem.facts["seconds"])} if "seconds" in problem.facts else {}
    return _page(part, problem), problem.status, headers
