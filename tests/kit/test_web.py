"""What every face stands on: one request is one transaction, problems are answered in kind, foreign forms refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
from flask import Blueprint, Flask, abort, request
from sqlalchemy import event, text
from werkzeug.test import Client, TestResponse

from app.kit import web
from app.kit.cluster import connect_owner
from app.kit.errors import Broken, NotAllowed, NotFound, NotPossible, NotReady, NotValid, Problem, TransactionOpen
from app.kit.scope import Actor, Permissions, Scope, flow

KINDS: dict[str, type[Problem]] = {
    "missing": NotFound,
    "forbidden": NotAllowed,
    "too-late": NotPossible,
    "wrong": NotValid,
    "away": NotReady,
    "broken": Broken,
}
WRITE = text("INSERT INTO inventory_locations (id, code) VALUES (gen_random_uuid(), :code)")
MAY = Permissions(frozenset({"cart.edit"}))
PAGE = "{{ problem.status }}|{{ problem.code }}|{{ sentence }}|{{ request_id }}"


class Spoken(NotPossible):
    code = "tests.spoken"
    text = "Only %(left)s of <b> left."


class Moved(NotPossible):
    code = "tests.moved"
    text = "Only %(left)s of <b> left."
    words: ClassVar = {"left": {"failed": "Failed"}}


@flow("public")
def go(scope: Scope) -> str:
    return scope.tenant_id


def views() -> Blueprint:
    blueprint = Blueprint("pages", __name__)

    @blueprint.post("/write/<code>")
    def write(code: str) -> Any:
        web.unit().db.execute(WRITE, {"code": code})
        status = int(request.args.get("status", "200"))
        if problem := request.args.get("problem"):
            raise KINDS[problem]()
        if request.args.get("crash"):
            raise ZeroDivisionError
        return "written", status

    @blueprint.get("/flow")
    def run() -> str:
        if request.args.get("open"):
            web.unit().db.connection()
        return go(web.scope())

    @blueprint.get("/flow-then-unit")
    def both() -> str:
        go(web.scope())
        return str(web.unit().db.execute(text("SELECT current_user")).scalar_one())

    @blueprint.get("/twice")
    def twice() -> str:
        first = web.unit()
        web.settle(commit=True)
        return str(web.unit() is not first)

    @blueprint.get("/actor")
    def actor() -> str:
        return f"{web.scope().actor.kind} {web.scope().permissions.allows('cart.edit')}"

    @blueprint.get("/late")
    def late() -> str:
        web.unit()
        web.set_scope(web.scope())
        return "never"

    @blueprint.get("/spoken")
    def spoken() -> str:
        raise Spoken(left=3)

    @blueprint.get("/abort/<int:status>")
    def stop(status: int) -> str:
        abort(status)

    @blueprint.post("/commit-lost")
    def lose() -> str:
        unit = web.unit()
        unit.db.execute(text("INSERT INTO inventory_locations (id, code) VALUES (gen_random_uuid(), 'lost')"))
        pid = unit.db.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with connect_owner(unit.settings) as owner:
            owner.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        return "done"

    @blueprint.post("/commit-refused")
    def refuse() -> str:
        unit = web.unit()
        unit.db.execute(text("INSERT INTO inventory_locations (id, code) VALUES (gen_random_uuid(), 'refused')"))
        event.listen(unit.db, "before_commit", lambda session: 1 // 0)
        return "done"

    @blueprint.get("/slow")
    def slow() -> str:
        web.unit().db.execute(text("SELECT pg_sleep(20)"))
        return "never"

    return blueprint


@dataclass
class Face:
    """A face of these views, and the scope that each request comes with."""

    app: Flask
    scope: Scope

    def ask(self, verb: str, path: str, **options: Any) -> TestResponse:
        environ = {web.SCOPE: self.scope, "serai.request_id": "req_1"} if options.pop("known", True) else {}
        options.setdefault("environ_overrides", environ)
        return Client(self.app).open(path, method=verb, base_url="http://house.localhost", **options)

    def codes(self) -> list[str]:
        with self.scope.transaction() as unit:
            return list(unit.db.scalars(text("SELECT code FROM inventory_locations ORDER BY code")))


def make(scope: Scope, folder: Path, **options: Any) -> Face:
    (folder / "errors").mkdir(parents=True, exist_ok=True)
    (folder / "errors" / "problem.html").write_text(PAGE)
    static = folder / "static"
    (static / "nothing").mkdir(parents=True, exist_ok=True)
    app = web.create_face(
        "house",
        __name__,
        templates=folder,
        static=static,
        secret_key="x" * 32,
        blueprints=[views()],
        prepare=lambda base: base.with_values(
            actor=Actor("shopper"), permissions=Permissions(frozenset({"cart.edit"}))
        ),
        **options,
    )
    return Face(app, scope)


@pytest.fixture
def face(system_scope: Scope, tmp_path: Path) -> Iterator[Face]:
    yield make(system_scope, tmp_path)


@pytest.mark.parametrize(
    ("status", "is_kept"), [(200, True), (204, True), (303, True), (400, False), (409, False), (500, False)]
)
def test_a_request_is_committed_when_its_answer_is_good(face: Face, status: int, is_kept: bool) -> None:
    assert face.ask("POST", f"/write/a?status={status}").status_code == status
    assert face.codes() == (["a"] if is_kept else [])


@pytest.mark.parametrize("problem", KINDS)
def test_a_problem_is_answered_in_its_kind_and_undoes_the_request(face: Face, problem: str) -> None:
    answer = face.ask("POST", f"/write/a?problem={problem}")
    assert answer.status_code == KINDS[problem].status
    assert answer.text.startswith(f"{KINDS[problem].status}|") and answer.text.endswith("|req_1")
    assert face.codes() == []


def test_a_crash_tells_nothing_and_undoes_the_request(face: Face) -> None:
    answer = face.ask("POST", "/write/a?crash=1")
    assert answer.status_code == 500 and "ZeroDivision" not in answer.text and "kit.unexpected" in answer.text
    assert face.codes() == []


@pytest.mark.parametrize(
    ("path", "status", "code"), [("/commit-lost", 503, "kit.database_busy"), ("/commit-refused", 500, "kit.unexpected")]
)
def test_a_commit_that_fails_is_our_fault_and_not_the_reader_s(face: Face, path: str, status: int, code: str) -> None:
    answer = face.ask("POST", path)
    assert (answer.status_code, code in answer.text) == (status, True)
    assert face.codes() == []


def test_a_statement_that_takes_too_long_is_a_matter_of_later(face: Face) -> None:
    short = face.scope.settings.with_values(statement_timeout_ms=200)
    database = type(face.scope.database)(short)
    quick = Face(face.app, face.scope.with_values(database=database, settings=short))
    answer = quick.ask("GET", "/slow")
    database.dispose()
    assert answer.status_code == 503 and "kit.database_busy" in answer.text


def test_a_route_that_runs_a_flow_has_no_open_transaction(face: Face) -> None:
    assert face.ask("GET", "/flow").text == face.scope.tenant_id
    assert TransactionOpen.code in face.ask("GET", "/flow?open=1").text
    assert face.ask("GET", "/flow-then-unit").text == face.scope.tenant_id
    assert face.ask("GET", "/twice").text == "True"


def test_the_actor_is_known_before_the_view_and_not_changed_after(face: Face) -> None:
    assert face.ask("GET", "/actor").text == "shopper True"
    assert face.ask("GET", "/late").status_code == 500


def test_a_request_without_a_site_is_404(face: Face) -> None:
    answer = face.ask("GET", "/actor", known=False)
    assert (answer.status_code, answer.mimetype) == (404, "text/plain")


def test_a_program_gets_problem_json(face: Face) -> None:
    answer = face.ask("GET", "/spoken", headers={"Accept": "application/json"})
    assert answer.mimetype == "application/problem+json"
    assert json.loads(answer.text) == {
        "type": "about:blank",
        "title": "Only 3 of <b> left.",
        "status": 409,
        "code": "tests.spoken",
        "request_id": "req_1",
    }


def test_a_person_gets_a_page_in_which_words_are_words(face: Face) -> None:
    answer = face.ask("GET", "/spoken", headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.text == "409|tests.spoken|Only 3 of &lt;b&gt; left.|req_1"


@pytest.mark.parametrize(
    ("verb", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "kit.page_not_found"),
        ("GET", "/write/a", 405, "kit.method_not_possible"),
        ("GET", "/abort/400", 422, "kit.request_malformed"),
        ("GET", "/abort/413", 413, "kit.too_large"),
        ("GET", "/assets/nothing.css", 404, "kit.page_not_found"),
        ("GET", "/assets/..%2fsecret", 404, "kit.page_not_found"),
    ],
)
def test_what_the_framework_refuses_has_a_code_too(face: Face, verb: str, path: str, status: int, code: str) -> None:
    answer = face.ask(verb, path)
    assert (answer.status_code, code in answer.text) == (status, True)


@pytest.mark.parametrize(
    ("verb", "path", "options", "status"),
    [
        ("GET", "/flow?q=a%00b", {}, 422),
        ("GET", "/flow?a%00b=q", {}, 422),
        ("POST", "/write/a", {"data": {"name": "a\x00b"}}, 422),
        ("POST", "/write/a%00b", {}, 404),
    ],
)
def test_a_nul_character_is_refused_at_the_door(
    face: Face, verb: str, path: str, options: dict[str, Any], status: int
) -> None:
    assert face.ask(verb, path, **options).status_code == status
    assert face.codes() == []


@pytest.mark.parametrize(
    ("headers", "is_taken"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://house.localhost"}, False),
        ({"Origin": "http://house.localhost"}, True),
        ({"Origin": "http://other.localhost"}, False),
        ({"Origin": "http://house.localhost.evil.example"}, False),
        ({"Origin": "null"}, False),
    ],
)
def test_a_form_of_another_site_is_refused(face: Face, headers: dict[str, str], is_taken: bool) -> None:
    answer = face.ask("POST", "/write/a", headers=headers)
    assert answer.status_code == (200 if is_taken else 403)
    assert face.codes() == (["a"] if is_taken else [])
    assert face.ask("GET", "/actor", headers=headers).status_code == 200


def test_every_answer_carries_its_guards(face: Face) -> None:
    for path in ("/actor", "/nowhere", "/spoken"):
        headers = face.ask("GET", path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Request-Id"] == "req_1"
        assert "Strict-Transport-Security" not in headers


def test_a_secure_site_says_so(system_scope: Scope, tmp_path: Path) -> None:
    face = make(system_scope, tmp_path, is_secure=True, form_targets=["https://pay.example"])
    headers = face.ask("GET", "/actor").headers
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert "form-action 'self' https://pay.example" in headers["Content-Security-Policy"]
    assert (face.app.config["SESSION_COOKIE_NAME"], face.app.config["SESSION_COOKIE_SECURE"]) == ("__Host-house", True)


def test_a_code_in_a_sentence_is_told_by_its_word_in_the_readers_language() -> None:
    """A program still gets the code; a code without a word stands as it is."""
    moved = Moved(left="failed")
    assert web.describe(moved, "ja").endswith("失敗 of <b> left.") and moved.facts == {"left": "failed"}
    assert web.describe(Moved(left="gone"), "ja") == web.describe(Spoken(left="gone"), "ja")
    assert web.describe(Moved(), "ja") == str(Moved())
