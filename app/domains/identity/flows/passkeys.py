"""Passkeys (WebAuthn Level 2): a device signs a challenge for this storefront's host. No attestation is asked for."""

from __future__ import annotations

import json

from sqlalchemy.exc import NoResultFound
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.domains.identity import actions, queries
from app.domains.identity.actions import passkeys, shopper_sessions
from app.domains.identity.errors import PasskeyRefused, ShopperOnly, SignInAgain
from app.domains.identity.rules.limits import ADDRESS, network_of
from app.domains.identity.rules.sessions import describe_browser
from app.domains.identity.rules.shoppers import is_fresh
from app.domains.identity.types import Device, ShopperSession, SignedIn, Site
from app.kit import ids
from app.kit.scope import PUBLIC, Scope, flow

LONGEST_ANSWER = 20_000
VERIFIED = UserVerificationRequirement.REQUIRED


@flow("shopper.manage_own")
def begin_passkey(scope: Scope, site: Site, name: str, session: ShopperSession) -> str:
    """The options for `navigator.credentials.create`, as JSON, with a challenge for this shopper.

    :raises SignInAgain:
    """
    shopper_id = _own_id(scope)
    if not is_fresh(session.opened_at, scope.now()):
        raise SignInAgain()
    with scope.transaction() as unit:
        known = queries.list_passkeys(unit)
        options = generate_registration_options(
            rp_id=site.host,
            rp_name=name,
            user_name=session.email,
            user_display_name=session.name,
            user_id=ids.to_uuid("shp", shopper_id).bytes,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=VERIFIED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential_id) for one in known],
        )
        passkeys.keep_challenge(unit.as_system(), bytes_to_base64url(options.challenge), shopper_id)
    return options_to_json(options)


@flow("shopper.manage_own")
def keep_passkey(scope: Scope, site: Site, answer: str, device: Device, session: ShopperSession) -> None:
    """Keep the passkey that the device has made. Raises `PasskeyRefused`, `SignInAgain`."""
    shopper_id = _own_id(scope)
    if not is_fresh(session.opened_at, scope.now()):
        raise SignInAgain()
    challenge = _challenge_of(answer)
    with scope.as_system().transaction() as unit:
        passkeys.take_challenge(unit, challenge, shopper_id)
    try:
        verified = verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise PasskeyRefused() from error
    with scope.as_system().transaction() as unit:
        passkeys.keep_passkey(
            unit,
            shopper_id,
            credential_id=verified.credential_id,
            public_key=verified.credential_public_key,
            sign_count=verified.sign_count,
            label=describe_browser(device.user_agent),
        )


@flow(PUBLIC)
def ask_passkey(scope: Scope, site: Site, device: Device) -> str:
    """The options for `navigator.credentials.get`, as JSON: the device offers what it has for this host.

    :raises TooManyTries:
    """
    options = generate_authentication_options(rp_id=site.host, user_verification=VERIFIED)
    with scope.as_system().transaction() as unit:
        actions.count_try(unit, f"passkey-from:{network_of(device.address)}", ADDRESS)
        passkeys.keep_challenge(unit, bytes_to_base64url(options.challenge), None)
    return options_to_json(options)


@flow(PUBLIC)
def sign_in_by_passkey(scope: Scope, site: Site, answer: str, device: Device, *, instead_of: str = "") -> SignedIn:
    """Sign in with the challenge that a passkey has signed. Raises `PasskeyRefused`."""
    challenge = _challenge_of(answer)
    system = scope.as_system()
    with system.transaction() as unit:
        passkeys.take_challenge(unit, challenge, None)
    try:
        credential_id = base64url_to_bytes(json.loads(answer)["rawId"])
        with system.transaction() as unit:
            known = queries.get_passkey_key(unit, credential_id)
        verified = verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=known.public_key,
            credential_current_sign_count=known.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, NoResultFound, ValueError, TypeError, KeyError) as error:
        raise PasskeyRefused() from error
    with system.transaction() as unit:
        shopper_id = passkeys.use_passkey(unit, credential_id, known.sign_count, verified.new_sign_count)
        token = shopper_sessions.open_shopper_session(unit, shopper_id, device, instead_of=instead_of)
    return SignedIn(token, shopper_id)


def _challenge_of(answer: str) -> str:
    """The challenge that an answer says it signs; whether it does is verified with it."""
    try:
        if len(answer) > LONGEST_ANSWER:
            raise ValueError
        told = json.loads(base64url_to_bytes(json.loads(answer)["response"]["clientDataJSON"]))
        challenge = told["challenge"]
        base64url_to_bytes(challenge)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise PasskeyRefused() from error
    return str(challenge)


def _own_id(scope: Scope) -> str:
    if scope.actor.kind != "shopper" or scope.actor.id is None:
        raise ShopperOnly()
    return scope.actor.id
