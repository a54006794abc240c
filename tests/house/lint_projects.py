"""Lint several projects in one fresh process: `lint_projects.py FOLDER CONTRACT …` prints `[[code, report], …]`.

A process of its own, because the linter finds `app` as Python does, and the tests have imported the real one. One
for all, because to start the linter takes longer than to lint.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys

from importlinter.cli import lint_imports


def lint(folder: str, contract: str) -> tuple[int, str]:
    os.chdir(folder)
    sys.path[0] = folder
    report = io.StringIO()
    with contextlib.redirect_stdout(report):
        code = lint_imports(no_cache=True, no_logo=True, limit_to_contracts=(contract,) if contract else ())
    return code, report.getvalue()


if __name__ == "__main__":
    print(json.dumps([lint(*pair) for pair in zip(sys.argv[1::2], sys.argv[2::2], strict=True)]))
