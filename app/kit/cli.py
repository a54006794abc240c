"""What the command line stands on: errors as one line, exit codes (0 done, 1 a fault was found, 2 wrong use)."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import rich_click as click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from app.kit.errors import Problem
from app.kit.settings import WrongSetting

T = TypeVar("T")
console = Console(highlight=False)
complaints = Console(stderr=True, highlight=False)
EXPECTED = (Problem, WrongSetting)


class CommandGroup(click.RichGroup):
    """A group that shows an expected error as one line that says what to do, and a traceback only with `--debug`."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if context.params.get("debug") or not isinstance(error, expected_errors()):
                raise
            complaints.print(f"serai: {error}", style="red", markup=False)
            raise click.exceptions.Exit(2 if isinstance(error, WrongSetting) else 1) from None


_expected: list[type[Exception]] = [*EXPECTED]


def expect(error: type[Exception]) -> None:
    """Name one more kind of error whose text is a sentence for the person at the keyboard."""
    _expected.append(error)


def expected_errors() -> tuple[type[Exception], ...]:
    return tuple(_expected)


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def print_table(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(str(value) if value is not None else "–" for value in row))
    console.print(table)


PLAIN_LINE_EVERY_S = 5.0


@contextmanager
def watched(label: str) -> Iterator[Callable[[int, int], None]]:
    """Yields `watch(done, total)` (0 in all: still being counted): a bar on a terminal, elsewhere a plain line now
    and then, and one at the end."""
    if console.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console) as bar:
            task = bar.add_task(f"{label}: reading", total=None)

            def show(done: int, total: int) -> None:
                bar.update(task, completed=done, total=total or None, description=label if total else None)

            yield show
        return
    last, done_last = time.monotonic(), 0

    def tell(done: int, total: int) -> None:
        nonlocal last, done_last
        done_last = done
        if time.monotonic() - last >= PLAIN_LINE_EVERY_S:
            last = time.monotonic()
            console.print(f"{label}: {done} of {total}" if total else f"{label}: reading, {done}", markup=False)

    yield tell
    console.print(f"{label}: {done_last}", markup=False)


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, a plain line at the end elsewhere; yields `advance(n)`."""
    if not console.is_terminal:
        done = 0

        def count(number: int = 1) -> None:
            nonlocal done
            done += number

        yield count
        console.print(f"{label}: {done}", markup=False)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(label, total=total)
        yield lambda number=1: bar.advance(task, number)
