"""The planes of the database: what opens a transaction, what ends it, and who may enter a step."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text

from app.kit.db import PLATFORM, Database, identifier, is_in_transaction, opening_message, refuse_open_transaction
from app.kit.errors import NoTransaction, PermissionDenied, TransactionOpen
from app.kit.scope import EVERYTHING, NOTHING, PUBLIC, Permissions, Scope, action, document_query, flow, query

TENANT = "t_" + "0" * 26


@action("stock.edit")
def change(scope: Scope) -> str:
    return "changed"


@query(PUBLIC)
def ask(scope: Scope) -> str:
    return "asked"


@document_query("stock.edit")
def read(scope: Scope) -> str:
    return "read"


@flow("stock.edit")
def go(scope: Scope) -> str:
    return "gone"


def test_one_message_opens_a_tenant_s_transaction() -> None:
    assert opening_message(TENANT, 250) == (
        f"BEGIN; SET LOCAL search_path TO {TENANT}, ext, queue; SET LOCAL statement_timeout TO 250;"
        f" SET LOCAL ROLE {TENANT}".encode()
    )
    assert opening_message(PLATFORM, 250) == (
        b"BEGIN; SET LOCAL search_path TO platform, ext, queue; SET LOCAL statement_timeout TO 250"
    )
    assert opening_message(TENANT, 250, read_only=True).startswith(b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ")


@pytest.mark.parametrize("name", ["a", "_", "orders_carts", "a" * 63])
def test_a_plain_name_is_an_identifier(name: str) -> None:
    assert identifier(name) == f'"{name}"'


@pytest.mark.parametrize("name", ["", "A", "1a", "a-b", 'a"b', "a b", "a;b", "a" * 64, "ä", "a\n"])
def test_any_other_name_is_none(name: str) -> None:
    with pytest.raises(ValueError, match="not an identifier"):
        identifier(name)


def test_a_unit_of_work_is_committed_at_its_end_and_rolled_back_on_an_error(system_scope: Scope) -> None:
    keep = text("INSERT INTO inventory_locations (id, code) VALUES (gen_random_uuid(), :code)")
    with system_scope.transaction() as unit:
        unit.db.execute(keep, {"code": "kept"})
    with pytest.raises(KeyboardInterrupt), system_scope.transaction() as unit:
        unit.db.execute(keep, {"code": "lost"})
        raise KeyboardInterrupt
    with system_scope.transaction() as unit:
        assert unit.db.scalars(text("SELECT code FROM inventory_locations")).all() == ["kept"]


def test_a_transaction_is_known_in_its_own_thread_only(system_scope: Scope) -> None:
    seen = []
    with system_scope.transaction():
        assert is_in_transaction()
        thread = threading.Thread(target=lambda: seen.append(is_in_transaction()))
        thread.start()
        thread.join(10)
        with pytest.raises(TransactionOpen):
            refuse_open_transaction("mail")
    assert seen == [False] and not is_in_transaction()
    refuse_open_transaction("mail")


def test_a_unit_of_work_is_never_nested(system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        with pytest.raises(TransactionOpen), unit.transaction():
            pass
        with pytest.raises(TransactionOpen), system_scope.transaction():
            pass


def test_actions_and_queries_need_a_transaction_and_flows_refuse_one(system_scope: Scope) -> None:
    for step in (change, ask):
        with pytest.raises(NoTransaction):
            step(system_scope)
    assert (go(system_scope), read(system_scope)) == ("gone", "read")
    with system_scope.transaction() as unit:
        assert (change(unit), ask(unit), read(unit)) == ("changed", "asked", "read")
        for entered in (unit, system_scope):
            with pytest.raises(TransactionOpen):
                go(entered)


def test_a_step_is_taken_with_its_permission_only(system_scope: Scope) -> None:
    for permissions, is_allowed in (
        (NOTHING, False),
        (Permissions(frozenset({"stock.view"})), False),
        (Permissions(frozenset({"stock.edit"})), True),
        (EVERYTHING, True),
    ):
        with system_scope.with_values(permissions=permissions).transaction() as unit:
            assert ask(unit) == "asked"
            if is_allowed:
                assert change(unit) == "changed"
                continue
            for step in (change, read):
                with pytest.raises(PermissionDenied) as refused:
                    step(unit)
                assert refused.value.facts == {"permission": "stock.edit"}


def test_a_step_tells_its_permission_and_kind() -> None:
    assert [(vars(step)["permission"], vars(step)["kind"]) for step in (change, ask, read, go)] == [
        ("stock.edit", "action"),
        ("public", "query"),
        ("stock.edit", "document_query"),
        ("stock.edit", "flow"),
    ]


def test_a_scope_without_a_tenant_is_the_platform(root: Scope) -> None:
    assert root.plane == PLATFORM
    with pytest.raises(NoTransaction):
        _ = root.tenant_id
    with pytest.raises(NoTransaction):
        _ = root.db
    with root.transaction() as unit:
        assert unit.db.execute(text("SELECT current_schema")).scalar_one() == PLATFORM


def test_the_owner_is_another_login_than_the_application(database: Database, root: Scope) -> None:
    with root.transaction() as unit:
        login = unit.db.execute(text("SELECT session_user")).scalar_one()
        flags = unit.db.execute(
            text(
                "SELECT rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = :n"
            ),
            {"n": login},
        ).one()
    assert login == root.settings.app_login and tuple(flags) == (False,) * 5
    with database.owner.connect() as connection:
        assert connection.execute(text("SELECT session_user")).scalar_one() != login
