"""Adapters that are named by a dotted path and loaded on first use: the one place for a late import."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import pkgutil
from typing import Any


@functools.cache
def load(path: str) -> Any:
    """The object at `package.module:name`. Raises `LookupError` when there is none."""
    module_name, _, name = path.partition(":")
    try:
        return getattr(importlib.import_module(module_name), name)
    except (ImportError, AttributeError) as error:
        raise LookupError(f"no plug-in at {path}: {error}") from error


@functools.cache
def rooms(file: str) -> tuple[Any, ...]:
    """The modules `app.domains.<room>.<file>` of all rooms that have one, in the rooms' names' order."""
    package = importlib.import_module("app.domains")
    found = []
    for room in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        name = f"app.domains.{room.name}.{file}"
        if _exists(name):
            found.append(importlib.import_module(name))
    return tuple(found)


def _exists(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False  # the part before the last dot is a file here, not a folder
