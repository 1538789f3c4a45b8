"""Numbers that identify: citizen ID (GB 11643), practice licence, mobile, bank card, unified social credit code.

Checks of form and checksum only; nothing here stores or prints a number.
"""

import re
import unicodedata
from datetime import date

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def is_citizen_id(text: str) -> bool:
    """18 places of GB 11643-1999: region, real birth date, check place (mod 11-2). 15-digit cards ended in 2013."""
    number = _normal(text).upper()
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", number):
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return number[17] == _ID_CHECK[sum(int(d) * w for d, w in zip(number[:17], _ID_WEIGHTS, strict=True)) % 11]


def is_old_citizen_id(text: str) -> bool:
    """15 places of the cards that ended in 2013: region, real birth date of the 1900s. There is no check place, so a
    caller looks at what stands around it."""
    number = _normal(text)
    if not re.fullmatch(r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])\d{13}", number):
        return False
    try:
        date(1900 + int(number[6:8]), int(number[8:10]), int(number[10:12]))
    except ValueError:
        return False
    return True


def is_licence_number(text: str) -> bool:
    """Practice licence of a physician 医师执业证书编码: 15 digits."""
    return re.fullmatch(r"\d{15}", _normal(text)) is not None


def is_mobile(text: str) -> bool:
    """A mainland mobile number: 11 digits from 13 to 19, with or without +86."""
    return re.fullmatch(r"(?:\+?86|0086)?1[3-9]\d{9}", re.sub(r"[\s-]", "", _normal(text))) is not None


def is_bank_card(text: str) -> bool:
    """12 to 19 digits whose last is the Luhn check digit."""
    number = re.sub(r"[\s-]", "", _normal(text))
    if not re.fullmatch(r"\d{12,19}", number):
        return False
    doubled = [int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(number))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def is_credit_code(text: str) -> bool:
    """Unified social credit code 统一社会信用代码 (GB 32100-2015): 18 places, check place mod 31."""
    code = _normal(text).upper()
    if len(code) != 18 or any(c not in _USCC for c in code):
        return False
    total = sum(_USCC.index(c) * w for c, w in zip(code[:17], _USCC_WEIGHTS, strict=True))
    return code[17] == _USCC[(31 - total % 31) % 31]


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()
