from app.kit.errors import NotAllowed, NotFound, NotPossible, NotValid


class SignInRefused(NotValid):
    """The same for an unknown person, a wrong password and one who was disabled."""

    code = "identity.sign_in_refused"
    text = "The e-mail address or the password is wrong."


class TooManyTries(NotPossible):
    """Slowed down, never locked out: `seconds` says when the next try is taken."""

    status = 429
    code = "identity.too_many_tries"
    text = "Too many tries. Wait %(seconds)s seconds, then try again."


class CodeNotValid(NotValid):
    code = "identity.code_not_valid"
    text = "This code is wrong or was used already. Enter the one that your device shows now."


class SignInExpired(NotPossible):
    """The second step came too late, or after too many wrong codes."""

    code = "identity.sign_in_expired"
    text = "This sign-in has expired. Begin again with your password."


class PasswordWrong(NotValid):
    code = "identity.password_wrong"
    text = "This is not your current password."


class PasswordNotValid(NotValid):
    code = "identity.password_not_valid"
    text = "A password needs %(shortest)s to %(longest)s characters and must not be your e-mail address."


class EmailNotValid(NotValid):
    code = "identity.email_not_valid"
    text = "“%(email)s” is not an e-mail address that is taken here."


class RoleNotValid(NotValid):
    code = "identity.role_not_valid"
    text = "There is no role “%(role)s”."


class StaffOnly(NotAllowed):
    """The step is about one's own sign-in, and the actor is none of the staff."""

    code = "identity.staff_only"
    text = "Sign in to do this."


class SessionNotFound(NotFound):
    code = "identity.session_not_found"
    text = "This session has ended already."


class TotpNotBegun(NotPossible):
    code = "identity.totp_not_begun"
    text = "Begin the set-up of two-step sign-in first."


class TotpStandsAlready(NotPossible):
    code = "identity.totp_stands_already"
    text = "Two-step sign-in is on already."


class ShopperOnly(NotAllowed):
    """The step is about one's own account, and the actor is no shopper."""

    status = 401
    code = "identity.shopper_only"
    text = "Sign in to do this."


class SignInAgain(NotAllowed):
    """What guards an account is changed only shortly after a sign-in."""

    code = "identity.sign_in_again"
    text = "To change this, sign in once more: your last sign-in was a while ago."


class ProofExpired(NotPossible):
    """Nothing is asked any more: too late, used, or after too many wrong codes."""

    code = "identity.proof_expired"
    text = "This code or link is not valid any more. Ask for a new one."


class ProofWrong(NotValid):
    code = "identity.proof_wrong"
    text = "This code is wrong. Look at the letter that came last."


class NameNotValid(NotValid):
    code = "identity.name_not_valid"
    text = "Enter your name."


class AddressNotFound(NotFound):
    code = "identity.address_not_found"
    text = "There is no such address in your account."


class TooManyAddresses(NotPossible):
    code = "identity.too_many_addresses"
    text = "You can keep %(most)s addresses. Remove one first."


class PasskeyRefused(NotValid):
    """Unknown, not meant for this site, answered twice, or not signed by it: one answer."""

    code = "identity.passkey_refused"
    text = "This passkey was not accepted. Try again, or sign in another way."


class PasskeyNotFound(NotFound):
    code = "identity.passkey_not_found"
    text = "There is no such passkey in your account."
