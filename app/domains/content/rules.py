"""What letters about an account say, and from a letter to HTML and text. Every text is escaped; styles are put inline,
because mail programs drop sheets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any

import css_inline

from app.domains.content.types import AccountFacts, Block, Button, Dress, Heading, Letter, Paragraph, Rows
from app.kit.i18n import Translator, direction, translator

_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}")
_FONT = re.compile(r"[\w\s,'\"-]{1,300}")
_PLAIN = Dress("", "#ffffff", "#ffffff", "#1c1c1c", "#5c5c5c", "#dddddd", "#1c1c1c", "#ffffff", "sans-serif")


def dress_of(brand: str, tokens: Mapping[str, Any]) -> Dress:
    """The dress of a brand's tokens; a token that is no colour (or no font stack) falls back to plain."""

    def colour(name: str, fallback: str) -> str:
        value = str(tokens.get(name, ""))
        return value if _COLOUR.fullmatch(value) else fallback

    font = str(tokens.get("font_body", ""))
    return Dress(
        brand=brand,
        surface=colour("surface", _PLAIN.surface),
        raised=colour("surface_raised", _PLAIN.raised),
        ink=colour("ink", _PLAIN.ink),
        muted=colour("ink_muted", _PLAIN.muted),
        line=colour("line", _PLAIN.line),
        accent=colour("accent", _PLAIN.accent),
        accent_ink=colour("accent_ink", _PLAIN.accent_ink),
        font=font if _FONT.fullmatch(font) else _PLAIN.font,
    )


def to_html(letter: Letter, dress: Dress) -> str:
    """A whole HTML document with inline styles."""
    body = "\n".join(_html_block(block) for block in letter.blocks)
    footer = f'<p class="footer">{_lines(letter.footer)}</p>' if letter.footer else ""
    document = (
        f'<!doctype html><html lang="{escape(letter.locale)}" dir="{letter.direction}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(letter.subject)}</title>'
        f"<style>{_style(dress)}</style></head><body><div class=page><p class=brand>{escape(dress.brand)}</p>"
        f"<div class=card>{body}</div>{footer}</div></body></html>"
    )
    return css_inline.CSSInliner(load_remote_stylesheets=False).inline(document)


def to_text(letter: Letter) -> str:
    """The same letter for programs that show no HTML."""
    return "\n\n".join([*(_text_block(block) for block in letter.blocks), letter.footer]).strip() + "\n"


def _html_block(block: Block) -> str:
    match block:
        case Heading(text):
            return f"<h1>{escape(text)}</h1>"
        case Paragraph(text):
            return f"<p>{_lines(text)}</p>"
        case Button(label, url):
            return f'<p><a class="button" href="{escape(url, quote=True)}">{escape(label)}</a></p>'
        case Rows(rows, has_total):
            kind = "amount" if has_total else "value"
            cells = [
                f"<tr{_total(index, rows, has_total)}><td>{_lines(label)}</td>"
                f"<td class={kind}>{_lines(value)}</td></tr>"
                for index, (label, value) in enumerate(rows)
            ]
            return f"<table role=presentation>{''.join(cells)}</table>"


def _total(index: int, rows: tuple[tuple[str, str], ...], has_total: bool) -> str:
    return ' class="total"' if has_total and index == len(rows) - 1 else ""


def _text_block(block: Block) -> str:
    match block:
        case Heading(text):
            return text.upper()
        case Paragraph(text):
            return text
        case Button(label, url):
            return f"{label}:\n{url}"
        case Rows(rows, _):
            return "\n".join(f"{label}  {value}" for label, value in rows)


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _style(dress: Dress) -> str:
    return (
        f"body{{margin:0;background:{dress.surface};color:{dress.ink};font:16px/1.55 {dress.font}}}"
        ".page{max-width:560px;margin:0 auto;padding:32px 20px}"
        ".brand{font-size:20px;font-weight:600;margin:0 0 20px}"
        f".card{{background:{dress.raised};border:1px solid {dress.line};border-radius:12px;padding:28px}}"
        "h1{font-size:22px;line-height:1.3;margin:0 0 16px}p{margin:0 0 16px}"
        "table{width:100%;border-collapse:collapse;margin:0 0 20px}"
        f"td{{padding:10px 0;border-bottom:1px solid {dress.line};vertical-align:top}}"
        ".amount{text-align:end;white-space:nowrap;padding-inline-start:16px}"
        ".value{text-align:end;overflow-wrap:anywhere;padding-inline-start:16px}"
        ".total td{font-weight:700;border-bottom:0}"
        f".button{{display:inline-block;background:{dress.accent};color:{dress.accent_ink};"
        "padding:12px 22px;border-radius:8px;text-decoration:none;font-weight:600}"
        f".footer{{color:{dress.muted};font-size:13px;margin:20px 0 0}}"
    )


def account_letter(kind: str, facts: AccountFacts, locale: str, legal_name: str) -> Letter:
    """The letter of a kind (`types.ACCOUNT_LETTERS`) in a language."""
    say = translator(locale)
    subject, blocks = _account_words(kind, facts, say)
    return Letter(
        subject=f"{subject} · {facts.brand}",
        blocks=(Heading(subject), *blocks),
        footer=f"{facts.brand} · {legal_name}" if legal_name else facts.brand,
        locale=locale,
        direction=direction(locale),
    )


def _account_words(kind: str, facts: AccountFacts, say: Translator) -> tuple[str, tuple[Block, ...]]:
    hello = Paragraph(say.gettext("Hello %(name)s,") % {"name": facts.name})
    code = Rows(((say.gettext("Your code"), facts.code),))
    not_you = Paragraph(say.gettext("If this was not you, you need not do anything: nothing has changed."))
    secret = Paragraph(say.gettext("Give this code to nobody. We never ask for it by telephone or message."))
    short = Paragraph(say.gettext("The code is valid for 10 minutes."))
    brand = {"brand": facts.brand}
    sign_in = Button(say.gettext("Sign in"), f"{facts.address}/account/sign-in")
    security = Button(say.gettext("Look at your account"), f"{facts.address}/account/security")
    match kind:
        case "sign_up":
            confirm = Button(say.gettext("Confirm your address"), f"{facts.address}/account/welcome/{facts.link}")
            asks = Paragraph(say.gettext("Enter this code where you began, or follow the link. Both work for an hour."))
            return say.gettext("Welcome to %(brand)s") % brand, (hello, asks, code, confirm, secret, not_you)
        case "known":
            told = say.gettext("You have an account with this address already. With this code you are signed in.")
            return say.gettext("You have an account already"), (hello, Paragraph(told), code, secret, not_you)
        case "sign_in":
            return say.gettext("Your code to sign in"), (hello, code, short, secret, not_you)
        case "unknown":
            told = say.gettext("Somebody asked to sign in with this address, but there is no account for it.")
            begin = Button(say.gettext("Create an account"), f"{facts.address}/account/sign-up")
            return say.gettext("There is no account for this address"), (Paragraph(told), begin, not_you)
        case "reset":
            told = say.gettext("Follow the link to choose a new password. It works once, for 30 minutes.")
            choose = Button(say.gettext("Choose a new password"), f"{facts.address}/account/new-password/{facts.link}")
            return say.gettext("A new password"), (hello, Paragraph(told), choose, not_you)
        case "new_email":
            told = say.gettext("Enter this code to make this the address of your account.")
            return say.gettext("Confirm your new address"), (hello, Paragraph(told), code, secret, not_you)
        case "taken":
            told = say.gettext("Somebody wanted to use this address for another account. It stays with yours.")
            return say.gettext("Your address stays with your account"), (Paragraph(told), sign_in)
        case "email_asked":
            told = say.gettext(
                "Somebody who is signed in to your account asked to change its address. If this was not you, change"
                " your password now."
            )
            return say.gettext("Your address may change"), (hello, Paragraph(told), security)
    alarm = Paragraph(say.gettext("If this was not you, choose a new password now: that ends all other sessions."))
    subjects = {
        "secured_password": say.gettext("Your password was changed"),
        "secured_email": say.gettext("Your address was changed"),
        "secured_passkey_added": say.gettext("A passkey was added"),
        "secured_passkey_removed": say.gettext("A passkey was removed"),
    }
    return subjects[kind], (hello, alarm, security)
