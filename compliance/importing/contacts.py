"""Phone numbers, e-mail addresses and the numbers of documents.

Rules: (1) a number that lost a digit is dropped, never repaired: a guess would call a stranger, but 13812345678.0 is
whole, and noughts behind the fifteenth digit are what Excel writes for digits it lost; (2) of several addresses in one
cell the first good one is taken and the fact noted; (3) mainland mobile numbers only (1[3-9] and nine digits; 工信部
numbering plan); (4) licence numbers have 15 digits (卫医发 coding rules); 14 are a lost digit and are dropped, because
the missing one is not certain to have been a leading zero, and three digits with nothing but noughts behind are what is
left of one once saved as 1.10E+14: it would be the key of a whole province, as 13900000000 (1.39E+10) is the number of
a stranger and makes one of many; (5) identity numbers check by GB 11643 (ISO
7064 MOD 11-2), bank cards by Luhn (ISO/IEC 7812-1).
"""

import re
import unicodedata

from compliance.importing.words import fold, word_set

_MOBILE = re.compile(r"1[3-9]\d{9}")
#: Assistants' and relatives' numbers are never collected (domain.md 8.3).
_OTHERS = re.compile("秘书|助理|家属|爱人|老婆|老公|妻|丈夫|父|母|assistant|secretary|wife|husband", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_SPLIT = re.compile(r"[,，;；、/|\n]+|\s+或\s*|\s+or\s+")
_SPLIT_MAIL = re.compile(r"[,，;；、/|\s]+")
_MAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.)+[A-Za-z]{2,24}")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")
#: Digits Excel keeps of a number, and from how many on noughts behind them are no accident.
_KEPT, _SURELY_CUT = 15, 18
#: Digits that 1.10E+14 and 1.39E+10 keep, the form in which Excel shows and saves a long number.
_SHOWN = 3
#: A whole number that a program wrote as a float: nothing is lost as long as a double holds every digit.
_WHOLE = re.compile(r"\+?(\d{1,15})\.0{1,6}")
_PHONE_NOISE = str.maketrans(dict.fromkeys(" \t-‐‑–—()（）.·　\u00a0", ""))
_ID = re.compile(r"\d{17}[\dXx]")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

Checked = tuple[str, str | None]


def read_mobile(text: str) -> Checked:
    """11 digits, or a code: phone_damaged, phone_landline, phone_of_other, phone_bad, phone_several (with one)."""
    if len(text) == 11 and text.isascii() and _MOBILE.fullmatch(text):
        return (text, None) if text[_SHOWN:].strip("0") else ("", "number_damaged")
    if is_empty(text):
        return "", None
    wide = _whole(unicodedata.normalize("NFKC", text))
    if _SCIENTIFIC.fullmatch(wide):
        return "", "number_damaged"
    if _OTHERS.search(wide):
        return "", "phone_of_other"
    parts = [part for part in _SPLIT.split(wide) if part.strip()]
    read = [number for part in parts if (number := _mobile(part))]
    good = [number for number in read if number[_SHOWN:].strip("0")]
    if read and not good:
        return "", "number_damaged"
    if good:
        return good[0], ("phone_several" if len(parts) > 1 else None)
    digits = "".join(_DIGITS.findall(wide))
    if digits.startswith("0") and not digits.startswith("00") and 10 <= len(digits) <= 12:
        return "", "phone_landline"
    if len(digits) in (8, 9, 10, 12) and digits.startswith("1"):
        return "", "phone_damaged"
    return "", "phone_bad"


def read_email(text: str) -> Checked:
    """An address with its domain in lower case, or a code: email_bad, email_several (with a value)."""
    if is_empty(text):
        return "", None
    wide = unicodedata.normalize("NFKC", text) if not text.isascii() else text
    parts = [part.strip("<>()[]\"' ") for part in _SPLIT_MAIL.split(wide) if part]
    good = [part for part in parts if len(part) <= 254 and _is_mail(part)]
    if not good:
        return "", "email_bad"
    local, _, domain = good[0].partition("@")
    return f"{local}@{domain.lower()}", ("email_several" if len(parts) > 1 else None)


def read_licence(text: str) -> Checked:
    """15 digits, or a code: licence_bad, number_damaged."""
    if is_empty(text):
        return "", None
    bare = text
    if not (text.isascii() and text.isdigit()):
        bare = _whole(unicodedata.normalize("NFKC", text)).translate(_PHONE_NOISE)
    if _SCIENTIFIC.fullmatch(text):
        return "", "number_damaged"
    if len(bare) == 15 and bare.isascii() and bare.isdigit() and bare.strip(bare[0]):
        return (bare, None) if bare[_SHOWN:].strip("0") else ("", "number_damaged")
    return "", "licence_bad"


def loses_digits(text: str) -> bool:
    """Whether a spreadsheet has eaten digits: 1.58E+18, or 18 digits and more with nothing but noughts behind the
    fifteenth, which is all it keeps."""
    if _SCIENTIFIC.fullmatch(text):
        return True
    return len(text) >= _SURELY_CUT and text.isascii() and text.isdigit() and not text[_KEPT:].strip("0")


def read_id_document(text: str) -> Checked:
    """A resident identity number that checks, or id_bad, number_damaged."""
    if is_empty(text):
        return "", None
    bare = _whole(unicodedata.normalize("NFKC", text)).translate(_PHONE_NOISE).upper()
    if "E+" in bare or loses_digits(bare):
        return "", "number_damaged"
    return (bare, None) if _ID.fullmatch(bare) and _id_checks(bare) else ("", "id_bad")


def read_bank_account(text: str) -> Checked:
    """An account of 12 to 19 digits, or bank_bad, number_damaged. Cards check by Luhn, passbooks and older accounts do
    not: what does not check is kept and marked ``bank_unchecked``."""
    if is_empty(text):
        return "", None
    bare = _whole(unicodedata.normalize("NFKC", text)).translate(_PHONE_NOISE)
    if "E+" in bare.upper() or loses_digits(bare):
        return "", "number_damaged"
    if not (bare.isascii() and bare.isdigit() and 12 <= len(bare) <= 19):
        return "", "bank_bad"
    if len(bare) <= _KEPT or _luhn(bare):
        return bare, None
    return (bare, "bank_unchecked") if bare[_KEPT:].strip("0") else ("", "number_damaged")


def holds_personal_number(text: str) -> bool:
    """Whether free text holds an identity number, a mobile number or a bank card."""
    if not any(character.isdigit() for character in text):
        return False
    runs = re.findall(r"(?<!\d)(?:\d[ -]?){10,18}[\dXx](?![\dXx])", unicodedata.normalize("NFKC", text))
    for run in runs:
        bare = run.translate(_PHONE_NOISE).upper()
        if _MOBILE.fullmatch(bare) or (_ID.fullmatch(bare) and _id_checks(bare)):
            return True
        if bare.isdigit() and 16 <= len(bare) <= 19 and _luhn(bare):
            return True
    return False


def is_empty(text: str) -> bool:
    """Whether a cell says that there is nothing: empty, 无, 不详, n/a."""
    return not text or (len(text) <= 12 and fold(text) in word_set("values", "empty"))


def _whole(text: str) -> str:
    found = _WHOLE.fullmatch(text.strip())
    return found[1] if found else text


def _mobile(part: str) -> str:
    bare = part.strip().translate(_PHONE_NOISE)
    for prefix in ("+86", "0086", "86"):
        if bare.startswith(prefix) and len(bare) == len(prefix) + 11:
            bare = bare[len(prefix) :]
            break
    if bare.startswith(("+", "00")):
        return ""  # another country: its digits must not pass for a mobile number here
    if len(bare) > 11 and not bare.isdigit():
        inside = [run for run in _DIGITS.findall(bare) if len(run) == 11]
        bare = inside[0] if len(inside) == 1 else bare
    return bare if _MOBILE.fullmatch(bare) and bare.isascii() else ""


def _is_mail(text: str) -> bool:
    return _MAIL.fullmatch(text) is not None and ".." not in text and not text.startswith((".", "-", "=", "+", "@"))


def _id_checks(number: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _ID_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == number[17]


def _luhn(number: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
