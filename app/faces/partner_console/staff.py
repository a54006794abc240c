"""Who works here."""

from __future__ import annotations

from flask import Blueprint, render_template

from app.domains.identity import queries
from app.faces.partner_console.words import ROLES
from app.kit.web import unit

blueprint = Blueprint("staff", __name__)


@blueprint.get("/staff")
def list_all() -> str:
    return render_template("staff/list.html", members=queries.list_staff(unit()), roles=ROLES)
