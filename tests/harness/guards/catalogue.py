"""Imports: a batch is saved once, whoever runs it, and what somebody may no longer do is not done."""

from __future__ import annotations

from .guard import Guard

IMPORTS = "tests/domains/provisioning/test_imports.py"
PAGES = "tests/faces/partner_console/test_imports.py"

CATALOGUE: tuple[Guard, ...] = (
    Guard(
        name="only who stands at a position of a file goes on from there",
        file="app/domains/catalogue/actions/imports.py",
        snippet=', ImportRunRow.status == "running", ImportRunRow.position == after)',
        replacement=', ImportRunRow.status == "running")',
        tests=(f"{IMPORTS}::test_only_one_process_goes_on_from_a_position",),
    ),
    Guard(
        name="a picture of another tenant is refused in a batch",
        file="app/domains/catalogue/actions/batches.py",
        snippet=" or not around.has_pictures(product)",
        replacement="",
        tests=(f"{IMPORTS}::test_pictures_of_others_are_refused",),
    ),
    Guard(
        name="the job asks what its person may do now",
        file="app/domains/provisioning/flows/runs.py",
        snippet="    acting.require(permission)\n",
        replacement="",
        tests=(f"{PAGES}::test_who_has_lost_the_right_meanwhile_imports_nothing",),
    ),
    Guard(
        name="what a person has decided of an attribute is not changed by a file",
        file="app/domains/catalogue/rules/attributes.py",
        snippet="standing.is_fixed or (standing.kind",
        replacement="(standing.kind",
        tests=("tests/domains/catalogue/test_attributes.py::test_a_definition_is_only_widened",),
    ),
)
