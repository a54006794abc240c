"""The words of the hosted page, and the amount as the shopper's language writes it."""

from __future__ import annotations

import re
from decimal import Decimal

from babel import Locale
from babel.numbers import format_currency, get_currency_precision

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Pay safely",
        "test": "Test provider: no real money moves here.",
        "reference": "Reference",
        "amount": "Amount",
        "pay": "Pay",
        "decline": "Have it declined",
        "cancel": "Cancel and go back",
        "back": "Back to the merchant",
        "captured": "The payment is done.",
        "declined": "The payment was declined.",
        "voided": "The payment was cancelled.",
        "close": "You may close this page.",
        "languages": "Language",
        "not_found": "There is no such payment.",
        "failed": "Something failed at the payment provider. Please try again.",
    },
    "th": {
        "title": "ชำระเงินอย่างปลอดภัย",
        "test": "ผู้ให้บริการทดสอบ ไม่มีการเคลื่อนย้ายเงินจริง",
        "reference": "เลขอ้างอิง",
        "amount": "จำนวนเงิน",
        "pay": "ชำระเงิน",
        "decline": "ให้ปฏิเสธการชำระเงิน",
        "cancel": "ยกเลิกและกลับไป",
        "back": "กลับไปที่ร้านค้า",
        "captured": "ชำระเงินเรียบร้อยแล้ว",
        "declined": "การชำระเงินถูกปฏิเสธ",
        "voided": "ยกเลิกการชำระเงินแล้ว",
        "close": "คุณปิดหน้านี้ได้",
        "languages": "ภาษา",
        "not_found": "ไม่พบรายการชำระเงินนี้",
        "failed": "เกิดข้อผิดพลาดที่ผู้ให้บริการชำระเงิน กรุณาลองอีกครั้ง",
    },
    "ar": {
        "title": "ادفع بأمان",
        "test": "مزوّد تجريبي: لا تنتقل هنا أموال حقيقية.",
        "reference": "المرجع",
        "amount": "المبلغ",
        "pay": "ادفع",
        "decline": "ارفض الدفع",
        "cancel": "إلغاء والعودة",
        "back": "العودة إلى المتجر",
        "captured": "تمّ الدفع.",
        "declined": "رُفضت عملية الدفع.",
        "voided": "أُلغيت عملية الدفع.",
        "close": "يمكنك إغلاق هذه الصفحة.",
        "languages": "اللغة",
        "not_found": "لا توجد عملية دفع كهذه.",
        "failed": "حدث خطأ لدى مزوّد الدفع. يرجى المحاولة مرة أخرى.",
    },
}
LANGUAGES = {"en": "English", "th": "ไทย", "ar": "العربية"}

# Where a code of letters stands beside a digit, CLDR's currencySpacing wants a space, which Babel leaves out.
LETTER_BESIDE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


def direction(language: str) -> str:
    """`rtl` or `ltr`, by CLDR."""
    return Locale.parse(language).text_direction


def amount_text(amount_minor: int, currency: str, language: str) -> str:
    """The amount with the digits that CLDR gives the currency: 0 for JPY, 2 for THB, 3 for KWD."""
    digits = get_currency_precision(currency)
    text = format_currency(Decimal(amount_minor).scaleb(-digits), currency, locale=language)
    return LETTER_BESIDE_DIGIT.sub("\u00a0", text)
