"""Every planted fault, and every right neighbour of one."""

from . import assets, building, errors_and_steps, money_and_effects, sql, tables, words
from .plant import Fault, Right

_ALL = (assets, building, errors_and_steps, money_and_effects, sql, tables, words)
FAULTS: list[Fault] = [fault for module in _ALL for fault in module.FAULTS]
RIGHTS: list[Right] = [right for module in _ALL for right in module.RIGHTS]
