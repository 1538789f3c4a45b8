"""What the QR on a printed consent form says: which notice, which person, which items, which page. Text format CKF1.

    CKF1*NOTICE*PERSON*SERIAL*PAGE/PAGES*ITEM ITEM …*CHECK

Rules: (1) only characters of the QR alphanumeric set (digits, capitals, space, ``$%*+-./:``), so the code stays small;
(2) ``NOTICE`` is the first 16 hexadecimal digits of the notice's SHA-256, in capitals: it names the version and its
exact words; (3) items stand in the order of the boxes on this page, each page names its own; (4) in ``PERSON``,
``SERIAL`` and items a lower-case letter is written as capital, ``_`` as ``+``, a capital as ``$`` and the letter, any
other character outside ``0-9 - . / :`` as ``%HH`` for each UTF-8 byte; a person or serial, whose letters are all
capitals, is written as it is; (5) ``CHECK`` is eight hexadecimal digits of the SHA-256 over everything before the last
``*``. It finds misreading; it is no signature: who is meant and what was ticked, a second person checks on the page.
"""

import re
from dataclasses import dataclass
from hashlib import sha256

from compliance.errors import bad_input

_MARK, _VERSION = "CKF", "1"
_HASH_DIGITS, _CHECK_DIGITS = 16, 8
_PLAIN = frozenset("0123456789-./:")
_ID = re.compile(r"[A-Z0-9.:/-]+")
_PART = re.compile(r"\$[A-Z]|%[0-9A-F]{2}|[0-9A-Z+./:-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormCode:
    """One page of one form. ``notice_hash`` is the whole SHA-256 when made, its first 16 digits when read."""

    notice_hash: str
    hcp_id: str
    serial: str
    items: tuple[str, ...]
    page: int = 1
    pages: int = 1

    def of_notice(self, sha256_hex: str) -> bool:
        """Whether the page belongs to the notice version with this hash."""
        return sha256_hex.casefold().startswith(self.notice_hash.casefold()[:_HASH_DIGITS])


def encode(code: FormCode) -> str:
    """The text for the QR. InputErrors ``form_code_unfit`` where an id or a number could not be read back."""
    fit = (
        re.fullmatch(rf"[0-9a-fA-F]{{{_HASH_DIGITS},64}}", code.notice_hash)
        and _ID.fullmatch(code.hcp_id)
        and _ID.fullmatch(code.serial)
        and code.items
        and all(code.items)
        and 1 <= code.page <= code.pages
    )
    if not fit:
        raise bad_input("form_code_unfit", "form")
    body = "*".join(
        (
            f"{_MARK}{_VERSION}",
            code.notice_hash[:_HASH_DIGITS].upper(),
            code.hcp_id,
            code.serial,
            f"{code.page}/{code.pages}",
            " ".join(_written(item) for item in code.items),
        )
    )
    return f"{body}*{_check(body)}"


def is_form_code(text: str) -> bool:
    """Whether ``text`` claims to be one of ours, so that other codes on a page are passed over in silence."""
    return text.strip().upper().startswith(_MARK)


def decode(text: str) -> FormCode:
    """What a QR says. InputErrors: ``form_code_foreign`` (not ours), ``form_code_newer`` (a later format),
    ``form_code_damaged`` (misread or altered)."""
    body, star, check = text.strip().rpartition("*")
    if not is_form_code(text):
        raise bad_input("form_code_foreign", "form")
    if not body.startswith(f"{_MARK}{_VERSION}*"):
        raise bad_input("form_code_newer", "form")
    parts = body.split("*")
    if not star or check != _check(body) or len(parts) != 6:
        raise bad_input("form_code_damaged", "form")
    _, notice, hcp_id, serial, pages, items = parts
    numbers = re.fullmatch(r"(\d{1,4})/(\d{1,4})", pages)
    fit = (
        numbers
        and re.fullmatch(rf"[0-9A-F]{{{_HASH_DIGITS}}}", notice)
        and _ID.fullmatch(hcp_id)
        and _ID.fullmatch(serial)
        and items
        and 1 <= int(numbers[1]) <= int(numbers[2])
    )
    if not fit or numbers is None:
        raise bad_input("form_code_damaged", "form")
    return FormCode(
        notice_hash=notice.lower(),
        hcp_id=hcp_id,
        serial=serial,
        items=tuple(_read(item) for item in items.split(" ")),
        page=int(numbers[1]),
        pages=int(numbers[2]),
    )


def _written(item: str) -> str:
    def one(letter: str) -> str:
        if "a" <= letter <= "z":
            return letter.upper()
        if "A" <= letter <= "Z":
            return f"${letter}"
        if letter == "_":
            return "+"
        return letter if letter in _PLAIN else "".join(f"%{byte:02X}" for byte in letter.encode())

    return "".join(map(one, item))


def _read(text: str) -> str:
    out = bytearray()
    at = 0
    while at < len(text):
        found = _PART.match(text, at)
        if found is None:
            raise bad_input("form_code_damaged", "form")
        part = found[0]
        if part[0] == "$":
            out += part[1].encode()
        elif part[0] == "%":
            out.append(int(part[1:], 16))
        else:
            out += b"_" if part == "+" else part.lower().encode()
        at = found.end()
    try:
        return out.decode()
    except UnicodeDecodeError:  # carries the bytes
        raise bad_input("form_code_damaged", "form") from None


def _check(body: str) -> str:
    return sha256(body.encode()).hexdigest()[:_CHECK_DIGITS].upper()
