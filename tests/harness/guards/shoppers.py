"""What keeps a shopper's account the shopper's."""

from __future__ import annotations

from .guard import Guard

SHOPPERS = "tests/domains/identity/test_shoppers.py"
PASSKEYS = "tests/domains/identity/test_passkeys.py"
TAKING = "tests/domains/orders/test_taking_over.py"

ACCOUNTS: tuple[Guard, ...] = (
    Guard(
        name="a proof is answered once",
        file="app/domains/identity/actions/proofs.py",
        snippet="        .where(*which, ProofRow.ended_at.is_(None), ProofRow.expires_at > scope.now())\n",
        replacement="        .where(*which, ProofRow.expires_at > scope.now())\n",
        tests=(f"{SHOPPERS}::test_the_link_of_the_letter_opens_the_account_in_any_browser_and_once",),
    ),
    Guard(
        name="a code dies after five wrong ones",
        file="app/domains/identity/actions/proofs.py",
        snippet="            ProofRow.tries < TRIES_PER_CODE,\n",
        replacement="",
        tests=(f"{SHOPPERS}::test_a_code_dies_after_five_wrong_ones",),
    ),
    Guard(
        name="a challenge is answered once",
        file="app/domains/identity/flows/passkeys.py",
        snippet="        passkeys.take_challenge(unit, challenge, None)\n",
        replacement="        pass\n",
        tests=(f"{PASSKEYS}::test_a_challenge_of_one_is_not_another_s",),
    ),
    Guard(
        name="a guest's cart is merged once",
        file="app/domains/orders/actions/taking_over.py",
        snippet="locked.order_by(CartRow.id).with_for_update()",
        replacement="locked.order_by(CartRow.id)",
        tests=(f"{TAKING}::test_sign_ins_at_once_merge_a_cart_once",),
    ),
    Guard(
        name="a cart's token opens no shopper's cart",
        file="app/domains/orders/queries/carts.py",
        snippet="CartRow.token_hash == token_hash(token or \"\"), CartRow.shopper_id.is_(None))",
        replacement="CartRow.token_hash == token_hash(token or \"\"))",
        tests=(f"{TAKING}::test_a_guest_s_cart_becomes_the_shopper_s_and_its_token_opens_nothing_more",),
    ),
)
