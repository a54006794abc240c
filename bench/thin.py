"""A thin Flask application on the same tables: what the framework, Jinja and PostgreSQL cost without a product.

List page: three statements and 24 cards; order: the writes that any shop must do, with the same stock guard.
"""

from __future__ import annotations

import secrets

from flask import Flask, render_template_string
from sqlalchemy import Engine, text

CARDS = """<!doctype html><html lang="en"><head><title>{{ name }}</title></head><body><h1>{{ name }}</h1>
<p>{{ total }} products</p><ul>{% for card in cards %}<li><a href="/p/{{ card.slug }}">{{ card.title }}</a>
<span>{{ card.price_minor }}</span></li>{% endfor %}</ul></body></html>"""


def create_thin(engine: Engine, schema: str) -> Flask:
    """The application; `schema` is the tenant's, set once per connection as the benchmark's own owner."""
    app = Flask("thin")

    @app.get("/list")
    def list_page() -> str:
        with engine.begin() as connection:
            connection.execute(text("SELECT set_config('search_path', :schema, true)"), {"schema": schema})
            name = connection.execute(text("SELECT name ->> 'en' FROM catalogue_categories LIMIT 1")).scalar()
            total = connection.execute(text("SELECT count(*) FROM catalogue_products")).scalar()
            cards = connection.execute(
                text("SELECT title, slug, price_minor FROM search_documents WHERE locale = 'en' LIMIT 24")
            ).all()
        return render_template_string(CARDS, name=name, total=total, cards=cards)

    @app.post("/order/<offer_id>")
    def order(offer_id: str) -> str:
        with engine.begin() as connection:
            connection.execute(text("SELECT set_config('search_path', :schema, true)"), {"schema": schema})
            taken = connection.execute(
                text(
                    "UPDATE inventory_levels SET on_hand = on_hand - 1"
                    " WHERE offer_id = :offer AND on_hand - reserved >= 1 RETURNING location_id"
                ),
                {"offer": offer_id},
            ).scalar_one()
            for number in range(7):
                connection.execute(
                    text("INSERT INTO bench_rows (offer_id, location_id, note) VALUES (:offer, :location, :note)"),
                    {"offer": offer_id, "location": taken, "note": f"{number} {secrets.token_hex(8)}"},
                )
        return "placed"

    return app
