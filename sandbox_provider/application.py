"""Puts the provider together."""

from __future__ import annotations

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from .api import api
from .calls import Provider, error_response
from .control import control
from .errors import Refused
from .hosted import hosted

LARGEST_BODY = 64 * 1024
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def create_application(provider: Provider) -> Flask:
    """The WSGI application: /v1, /pay, /control, the control page at / and /healthz."""
    flask = Flask("sandbox_provider")
    flask.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    flask.register_blueprint(api(provider))
    flask.register_blueprint(hosted(provider))
    flask.register_blueprint(control(provider))
    flask.register_error_handler(Refused, error_response)

    @flask.errorhandler(HTTPException)
    def answer_http_error(error: HTTPException) -> Response:
        code = (error.name or "error").lower().replace(" ", "_")
        return error_response(Refused(error.code or 500, code, error.description or code))

    @flask.get("/healthz")
    def healthz() -> Response:
        return jsonify({"status": "ok"})

    @flask.after_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            if not (request.path.startswith("/static/") and name == "Cache-Control"):
                response.headers[name] = value
        return response

    return flask
