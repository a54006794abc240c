"""What can go wrong in the ledger. Most of it is a fault of the caller's program, so it is `Broken`."""

from __future__ import annotations

from app.kit.errors import Broken, NotPossible


class UnknownKind(Broken):
    code = "ledger.unknown_kind"
    text = "The ledger has no transactions of this kind (%(kind)s)."


class UnknownAccountCode(Broken):
    code = "ledger.unknown_account_code"
    text = "This is no code of a ledger account (%(account)s)."


class TransferNotBalanced(Broken):
    """Refused before the database would: an amount that is not a positive integer, or one account on both sides."""

    code = "ledger.transfer_not_balanced"
    text = "This transfer cannot be posted (%(reason)s)."


class KeyHasOtherContent(NotPossible):
    """The key of a transaction is its identity: posting it again with other transfers is never right."""

    code = "ledger.key_has_other_content"
    text = "A transaction with this key was posted before, with other content (%(key)s)."


class NothingToReverse(NotPossible):
    code = "ledger.nothing_to_reverse"
    text = "There is no transaction with this key to reverse (%(key)s)."
