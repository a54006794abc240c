"""Who may do what, and when: tenants, permissions, transactions, forms."""

from __future__ import annotations

from .guard import Guard

GUIDANCE = "tests/domains/search/test_guidance.py"
ROWS = "tests/resilience/test_row_guards.py"
REFUNDS = "tests/domains/payments/test_refunds.py"
HOLDS = "tests/domains/escrow/test_holds.py"

RIGHTS: tuple[Guard, ...] = (
    Guard(
        name="a transaction has the rights of its tenant alone",
        file="app/kit/db.py",
        snippet='; SET LOCAL ROLE {tenant}"',
        replacement='"',
        tests=(f"{ROWS}::test_a_transaction_has_the_rights_of_its_tenant_alone",),
    ),
    Guard(
        name="what a permission does not allow is refused",
        file="app/kit/scope.py",
        snippet="        if not self.permissions.allows(permission):\n",
        replacement="        if False:\n",
        tests=(f"{REFUNDS}::test_a_guest_gives_nothing_back", f"{HOLDS}::test_holding_is_the_software_s_own"),
    ),
    Guard(
        name="a flow is not entered with a transaction open",
        file="app/kit/scope.py",
        snippet="                refuse_open_transaction(name)\n",
        replacement="                pass\n",
        tests=(f"{ROWS}::test_a_flow_is_not_entered_with_a_transaction_open",),
    ),
    Guard(
        name="nothing is said to the outside with a transaction open",
        file="app/kit/http.py",
        snippet='        refuse_open_transaction(f"{method} {path}")\n',
        replacement="",
        tests=(f"{ROWS}::test_nothing_is_said_to_the_outside_while_rows_are_locked",),
    ),
    Guard(
        name="a form of another site is refused",
        file="app/kit/web.py",
        snippet="        refuse_foreign_form()\n",
        replacement="",
        tests=("tests/faces/storefront/test_cart.py::test_a_form_of_another_site_is_refused",),
    ),
    Guard(
        name="what the tenant document says of searches is not removed at the console",
        file="app/domains/search/actions/guidance.py",
        snippet="    if row.is_from_document:\n        raise GuidanceOfDocument()\n",
        replacement="",
        tests=(f"{GUIDANCE}::test_the_document_owns_its_own_and_leaves_the_staffs",),
    ),
    Guard(
        name="a search is led to pages of the shop only",
        file="app/domains/search/actions/guidance.py",
        snippet='wanted.startswith("//") or ',
        replacement="",
        tests=(f"{GUIDANCE}::test_what_is_refused_changes_nothing",),
    ),
)
