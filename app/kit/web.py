"""What every face stands on: one request is one transaction, committed here, at the edge.

A view asks `unit()` for a scope with an open transaction (opened at first use, committed when the answer is below
400, rolled back otherwise), or `scope()` for one without, to run a flow. After a flow, `unit()` opens a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, Flask, Response, abort, g, jsonify, render_template, request
from flask_compress import Compress
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from secure import ContentSecurityPolicy
from sqlalchemy.exc import OperationalError, StatementError
from werkzeug.exceptions import HTTPException, InternalServerError

from app.kit import ids
from app.kit.assets import Assets
from app.kit.errors import Broken, NotAllowed, NotFound, NotPossible, NotReady, NotValid, Problem
from app.kit.i18n import translator
from app.kit.scope import Scope

log = structlog.get_logger()
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SCOPE = "serai.scope"
YEAR_S = 31_536_000


class ForeignForm(NotAllowed):
    code = "kit.foreign_form"
    text = "This form was sent from another site. Open the page again and repeat the step."


class PageNotFound(NotFound):
    code = "kit.page_not_found"
    text = "There is no page at this address."


class MethodNotPossible(NotPossible):
    status = 405
    code = "kit.method_not_possible"
    text = "This address does not take such a request."


class TooLarge(NotValid):
    status = 413
    code = "kit.too_large"
    text = "What was sent is too large."


class RequestMalformed(NotValid):
    code = "kit.request_malformed"
    text = "The request could not be read."


class Unexpected(Broken):
    code = "kit.unexpected"
    text = "Something went wrong on our side. Nothing was lost; please try again."


class DatabaseBusy(NotReady):
    code = "kit.database_busy"
    text = "This took too long. Please try again in a moment."


_BY_STATUS: dict[int, type[Problem]] = {404: PageNotFound, 405: MethodNotPossible, 413: TooLarge}


def scope() -> Scope:
    """The scope of this request, without a transaction."""
    found: Scope = g.scope
    return found


def set_scope(changed: Scope) -> None:
    """Replace the request's scope (a face has recognised its actor). Only before a unit is open."""
    if "unit" in g:
        raise RuntimeError("the request's unit of work is open already")
    g.scope = changed


def unit() -> Scope:
    """The scope of this request with its open transaction."""
    if "unit" not in g:
        manager: AbstractContextManager[Scope] = scope().transaction()
        g.unit = manager.__enter__()
        g.unit_manager = manager
    found: Scope = g.unit
    return found


class _RolledBack(Exception):
    """Tells the unit of work that its request was refused."""


def settle(*, commit: bool) -> None:
    """End the open unit of work, if there is one."""
    manager = g.pop("unit_manager", None)
    g.pop("unit", None)
    if manager is None:
        return
    if commit:
        manager.__exit__(None, None, None)
        return
    refused = _RolledBack()
    manager.__exit__(type(refused), refused, None)


def create_face(
    name: str,
    import_name: str,
    *,
    templates: Path,
    static: Path,
    secret_key: str,
    blueprints: Iterable[Blueprint],
    prepare: Callable[[Scope], Scope],
    form_targets: Iterable[str] = (),
    is_secure: bool = False,
) -> Flask:
    """A Flask application for one audience.

    :param prepare: recognises the actor: from the site's scope to the request's scope.
    :param form_targets: other origins that a form of this face may lead to (payment pages).
    """
    app = Flask(import_name, static_folder=None, template_folder=str(templates))
    app.config.update(
        SECRET_KEY=secret_key,
        SESSION_COOKIE_NAME=f"__Host-{name}" if is_secure else name,
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=is_secure,
        MAX_CONTENT_LENGTH=20 * 1024 * 1024,
        COMPRESS_MIN_SIZE=800,
        COMPRESS_STREAMS=False,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.loader = ChoiceLoader([FileSystemLoader(templates)])
    app.jinja_env.install_gettext_callables(_gettext, _ngettext, newstyle=True, pgettext=_pgettext)
    assets = Assets(static)
    app.extensions["assets"] = assets
    app.jinja_env.globals["asset"] = assets.url
    Compress(app)
    policy = _policy(form_targets)

    @app.before_request
    def open_request() -> None:
        base = request.environ.get(SCOPE)
        if base is None:
            abort(404)
        g.request_id = request.environ.get("serai.request_id", "")
        structlog.contextvars.bind_contextvars(request_id=g.request_id)
        refuse_foreign_form()
        refuse_nul()
        g.scope = prepare(base)

    @app.after_request
    def close_request(response: Response) -> Response:
        settle(commit=response.status_code < 400)
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers["X-Request-Id"] = g.get("request_id", "")
        if is_secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        return response

    @app.teardown_request
    def abandon_request(error: BaseException | None) -> None:
        settle(commit=False)
        structlog.contextvars.clear_contextvars()

    @app.get("/assets/<name>")
    def serve_asset(name: str) -> Response:
        found = assets.find(name)
        if found is None:
            raise PageNotFound()
        return immutable(Response(found.content, content_type=found.content_type))

    _handle_errors(app, name)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    return app


def immutable(response: Response) -> Response:
    """An answer whose address changes with its content."""
    response.headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
    return response


def refuse_foreign_form() -> None:
    """Refuse an unsafe request that another site has made (Fetch Metadata; `Origin` where it is not sent)."""
    if request.method in SAFE or request.path.startswith("/callbacks/"):
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise ForeignForm()
        return
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise ForeignForm()


def refuse_nul() -> None:
    """Refuse the character that PostgreSQL cannot keep; no field of ours has a use for it."""
    if "\x00" in request.path:
        raise PageNotFound()
    fields = [request.args] if request.path.startswith("/callbacks/") else [request.args, request.form, request.files]
    for field in fields:
        for name, value in field.items(multi=True):
            if "\x00" in name or "\x00" in (value if isinstance(value, str) else value.filename or ""):
                raise RequestMalformed()


def wants_json() -> bool:
    accepted = request.accept_mimetypes
    return accepted.best_match(["text/html", "application/json"]) == "application/json"


def describe(problem: Problem, locale: str) -> str:
    """The problem's sentence in the reader's language."""
    say = translator(locale).gettext
    facts = dict(problem.facts)
    for name, words in problem.words.items():
        if facts.get(name) in words:
            facts[name] = say(words[facts[name]])
    try:
        return say(problem.text) % facts
    except (KeyError, ValueError, TypeError):
        return str(problem)


def answer_problem(problem: Problem) -> tuple[str | Response, int]:
    """A problem as a page of the face, or as problem+json (RFC 9457)."""
    locale = g.scope.locale if "scope" in g else request.environ.get("serai.locale", "en")
    sentence = describe(problem, locale)
    if wants_json() or request.path.startswith("/callbacks/"):
        document = {
            "type": "about:blank",
            "title": sentence,
            "status": problem.status,
            "code": problem.code,
            "request_id": g.get("request_id", ""),
        }
        answer = jsonify(document)
        answer.content_type = "application/problem+json"
        return answer, problem.status
    if "scope" not in g:
        return Response(f"{sentence}\n", content_type="text/plain; charset=utf-8"), problem.status
    request_id = g.get("request_id", "")
    page = render_template("errors/problem.html", problem=problem, sentence=sentence, request_id=request_id)
    return page, problem.status


def _handle_errors(app: Flask, name: str) -> None:
    @app.errorhandler(Problem)
    def handle_problem(problem: Problem) -> Any:
        settle(commit=False)
        if problem.status >= 500:
            log.error("problem", face=name, code=problem.code, facts=str(problem.facts)[:500], exc_info=problem)
        return answer_problem(problem)

    @app.errorhandler(HTTPException)
    def handle_http(error: HTTPException) -> Any:
        settle(commit=False)
        if error.code is not None and error.code < 400:
            return error
        cause = error.original_exception if isinstance(error, InternalServerError) else None
        if isinstance(cause, OperationalError):
            return handle_busy(cause)  # the commit itself failed, after the view had answered
        if cause is not None or (error.code or 500) >= 500:
            return handle_unexpected(cause or error)
        return answer_problem(_BY_STATUS.get(error.code, RequestMalformed)())

    @app.errorhandler(OperationalError)
    def handle_busy(error: OperationalError) -> Any:
        settle(commit=False)
        log.warning("database.busy", face=name, reason=str(error.orig).strip())
        return answer_problem(DatabaseBusy())

    @app.errorhandler(Exception)
    def handle_unexpected(error: Exception) -> Any:
        if isinstance(error, StatementError) and isinstance(error.orig, Problem):
            return handle_problem(error.orig)  # a value that its column refuses: an id of another kind
        settle(commit=False)
        log.error("unexpected", face=name, path=request.path, exc_info=error)
        return answer_problem(Unexpected())


def _policy(form_targets: Iterable[str]) -> str:
    return (
        ContentSecurityPolicy()
        .default_src("'none'")
        .script_src("'self'")
        .style_src("'self'")
        .img_src("'self'", "data:")
        .font_src("'self'")
        .connect_src("'self'")
        .manifest_src("'self'")
        .base_uri("'none'")
        .frame_ancestors("'none'")
        .form_action("'self'", *form_targets)
        .header_value
    )


def _gettext(message: str) -> str:
    return translator(g.scope.locale).gettext(message)


def _ngettext(singular: str, plural: str, number: int) -> str:
    return translator(g.scope.locale).ngettext(singular, plural, number)


def _pgettext(context: str, message: str) -> str:
    return translator(g.scope.locale).pgettext(context, message)


def new_request_id() -> str:
    return ids.new("req")
