"""Adapters that are named by a dotted path and loaded on first use: the one place for a late import."""

from __future__ import annotations

import functools
import importlib
from typing import Any


@functools.cache
def load(path: str) -> Any:
    """The object at `package.module:name`. Raises `LookupError` when there is none."""
    module_name, _, name = path.partition(":")
    try:
        return getattr(importlib.import_module(module_name), name)
    except (ImportError, AttributeError) as error:
        raise LookupError(f"no plug-in at {path}: {error}") from error
