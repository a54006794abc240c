from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class MailboxAsked:
    """Somebody says that a mailbox is theirs: whoever reads it there is written to. Known or not, it is announced."""

    name: ClassVar[str] = "identity.mailbox_asked"
    proof_id: str


@dataclass(frozen=True, slots=True)
class ShopperSecured:
    """What guards an account has changed. `what`: `password`, `email`, `passkey_added`, `passkey_removed`."""

    name: ClassVar[str] = "identity.shopper_secured"
    shopper_id: str
    what: str
    change_id: str
