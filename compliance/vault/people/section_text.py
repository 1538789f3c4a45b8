"""The inside of a sealed section: fields of one person, packed small, because they are most of the store.

Plain text = number of the provenance most fields have, then field by field in the order of their numbers. A field is
one byte (7 bits: its number in ``resources/packing/fields.txt``; the eighth: a provenance of its own follows), a head
and the text. The two lowest bits of the head say how the text is written, the rest how long it is. Numbers take seven
bits a byte, lowest first. Rules: (1) the same fields always make the same bytes; (2) a field without a number is named
in full, so that no dictionary is needed to read it; (3) a text is a word of ``resources/packing/words.txt`` by its line
(names of places, titles, departments), digits as a number, else the shorter of UTF-8 and UTF-16; (4) both files only
ever grow at their end: a line once used keeps its meaning.
"""

from collections.abc import Iterator, Mapping
from functools import cache

from compliance.errors import VaultError
from compliance.resources import read_text

_UTF8, _WORD, _DIGITS, _UTF16 = range(4)
#: In place of a number: the name follows.
_NAMED = 127
_OWN = 128
#: Numbers of fewer digits are as short in UTF-8; longer ones than this are no numbers people have.
_LEAST_DIGITS, _MOST_DIGITS = 3, 60
#: Bytes that so many digits take.
_BYTES = [((10**digits - 1).bit_length() + 7) // 8 for digits in range(_MOST_DIGITS + 1)]


def pack(values: Mapping[str, tuple[str, int]]) -> bytes:
    """The plain text of field → (text, number of its provenance). VaultError ``bad_text`` for a lone surrogate."""
    numbers = [number for _, number in values.values()]
    most = max(sorted(set(numbers)), key=numbers.count)
    fields = sorted((tag(key), key) for key in values)
    parts = [number_bytes(most)]
    for lead, key in fields:
        text, number = values[key]
        if number == most:
            parts.append(lead + packed(text))
        else:
            parts.append(bytes((lead[0] | _OWN,)) + lead[1:] + number_bytes(number) + packed(text))
    return b"".join(parts)


def unpack(plain: bytes) -> dict[str, tuple[str, int]]:
    """Inverse of :func:`pack`. ValueError or IndexError for anything else."""
    names, words = _names(), _words()
    most, at = _number(plain, 0)
    found: dict[str, tuple[str, int]] = {}
    end = len(plain)
    while at < end:
        first = plain[at]
        at += 1
        number = most
        place = first & ~_OWN
        if place == _NAMED:
            size, at = _number(plain, at)
            key, at = plain[at : at + size].decode(), at + size
        else:
            key = names[place]
        if first & _OWN:
            number, at = _number(plain, at)
        head = plain[at]
        at += 1
        if head & _OWN:
            head, at = _number(plain, at - 1)
        form, size = head & 3, head >> 2
        if form == _WORD:
            found[key] = words[size], number
            continue
        begin = at
        at += size if form == _UTF8 else 2 * size if form == _UTF16 else _BYTES[size]
        if at > end:
            raise ValueError("a field that ends too soon")
        block = plain[begin:at]
        if form == _UTF8:
            text = block.decode()
        elif form == _UTF16:
            text = block.decode("utf-16-be")
        else:
            text = str(int.from_bytes(block)).zfill(size)
        found[key] = text, number
    return found


@cache
def tag(key: str) -> bytes:
    """The first bytes of a field."""
    number = _numbers().get(key)
    if number is not None:
        return bytes((number,))
    name = key.encode()
    return bytes((_NAMED,)) + number_bytes(len(name)) + name


def packed(text: str) -> bytes:
    """Head and text of a value. VaultError ``bad_text`` for a lone surrogate."""
    word = _places().get(text)
    if word is not None:
        return number_bytes(word << 2 | _WORD)
    if text.isascii():
        size = len(text)
        if text.isdigit() and _LEAST_DIGITS <= size <= _MOST_DIGITS:
            return number_bytes(size << 2 | _DIGITS) + int(text).to_bytes(_BYTES[size])
        return number_bytes(size << 2 | _UTF8) + text.encode()
    try:
        plain = text.encode()
    except UnicodeEncodeError:
        raise VaultError("bad_text") from None
    wide = text.encode("utf-16-be")
    if len(wide) < len(plain):
        return number_bytes(len(wide) << 1 | _UTF16) + wide
    return number_bytes(len(plain) << 2 | _UTF8) + plain


def number_bytes(number: int) -> bytes:
    """A number, seven bits a byte."""
    if number < _OWN:
        return _SMALL[number]
    parts = []
    while number >= _OWN:
        parts.append(number & 127 | _OWN)
        number >>= 7
    parts.append(number)
    return bytes(parts)


_SMALL = [bytes((number,)) for number in range(_OWN)]


def _number(plain: bytes, at: int) -> tuple[int, int]:
    """A number and where it ends."""
    found = shift = 0
    while True:
        byte = plain[at]
        at += 1
        found |= (byte & 127) << shift
        if byte < _OWN:
            return found, at
        shift += 7


@cache
def _names() -> tuple[str, ...]:
    """Fields by number, from 0."""
    return tuple(_lines("fields.txt"))


@cache
def _numbers() -> dict[str, int]:
    return {name: number for number, name in enumerate(_names()) if number < _NAMED}


@cache
def _words() -> tuple[str, ...]:
    return tuple(_lines("words.txt"))


@cache
def _places() -> dict[str, int]:
    return {word: place for place, word in enumerate(_words())}


def _lines(name: str) -> Iterator[str]:
    return (line for line in read_text("packing", name).split("\n") if line)
