"""What providers tell us. They come to the storefront's host, so the tenant is known before a word is read."""

from __future__ import annotations

from flask import Blueprint

from app.faces.callbacks import payments


def blueprints() -> list[Blueprint]:
    return [payments.blueprint]
