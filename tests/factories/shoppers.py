"""Shoppers with an account, made through the flows that shoppers take; and a device that makes passkeys."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select
from webauthn.helpers import bytes_to_base64url

from app.domains.identity import flows
from app.domains.identity.models import ProofRow
from app.domains.identity.queries import get_proof_letter
from app.domains.identity.types import Device, ProofLetter, ShopperSession, SignedIn, Site
from app.kit.scope import Actor, Permissions, Scope

PASSWORD = "seven quiet boats"
HERE = Device("203.0.113.7", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
_numbers = itertools.count(1)


def last_letter(scope: Scope, email: str) -> ProofLetter:
    """The last letter to a mailbox that is still to be written."""
    with scope.as_system().transaction() as unit:
        proof_id = unit.db.scalars(
            select(ProofRow.id).where(ProofRow.email == email).order_by(ProofRow.id.desc()).limit(1)
        ).one()
        letter = get_proof_letter(unit, proof_id)
    assert letter is not None
    return letter


def make_shopper(scope: Scope, email: str = "", password: str = PASSWORD, name: str = "Malee") -> SignedIn:
    """Somebody who has signed up at this tenant and is signed in."""
    email = email or f"malee-{next(_numbers)}@example.com"
    device = Device(f"203.0.113.{next(_numbers) % 200 + 20}", HERE.user_agent)
    browser = flows.sign_up(scope, email, name, device)
    return flows.answer_code(scope, browser, last_letter(scope, email).code, device, password=password)


def recognised(scope: Scope, token: str) -> ShopperSession:
    found = flows.recognise_shopper(scope, token)
    assert found is not None
    return found


def as_shopper(scope: Scope, token: str) -> Scope:
    """The scope of a request that brings this session."""
    session = recognised(scope, token)
    actor = Actor("shopper", session.shopper_id, session.name)
    return scope.with_values(actor=actor, permissions=Permissions(session.permissions))


@dataclass
class Authenticator:
    """A device in software that makes one passkey (ES256, no attestation) and signs with it."""

    site: Site
    count: int = 0
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: str, *, origin: str = "", flags: int = 0x45) -> str:
        """What `navigator.credentials.create` would give. `flags`: present, verified, with a credential."""
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        credential = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cbor2.dumps(public)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": self._data(flags) + credential})
        said = self._client_data("webauthn.create", options, origin)
        return self._answer({"attestationObject": bytes_to_base64url(attestation)}, said)

    def get(self, options: str, *, origin: str = "", flags: int = 0x05) -> str:
        """What `navigator.credentials.get` would give."""
        said, data = self._client_data("webauthn.get", options, origin), self._data(flags)
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        signed = {"authenticatorData": bytes_to_base64url(data), "signature": bytes_to_base64url(signature)}
        return self._answer(signed, said)

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.site.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client_data(self, kind: str, options: str, origin: str) -> bytes:
        said = {"type": kind, "challenge": json.loads(options)["challenge"], "origin": origin or self.site.origin}
        return json.dumps(said).encode()

    def _answer(self, response: dict[str, Any], said: bytes) -> str:
        name = bytes_to_base64url(self.credential_id)
        response["clientDataJSON"] = bytes_to_base64url(said)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
