"""Breaking lines of mixed Chinese and Latin text.

Rules: (1) Chinese breaks between any two characters, Latin words and numbers stay whole unless longer than the line;
(2) closing punctuation never begins a line and opening punctuation never ends one (GB/T 15834 5.1.10); (3) text that
must be cut ends in … and keeps within its width.
"""

from collections.abc import Iterator
from functools import lru_cache

from compliance.exports.fonts import char_width, width

_NO_START = frozenset("，。、；：？！）》」』】〉”’…%,.;:?!)]}·～")
_NO_END = frozenset("（《「『【〈“‘([{")


@lru_cache(maxsize=20_000)
def wrap(text: str, size: float, room: float, *, bold: bool = False) -> tuple[str, ...]:
    """``text`` in lines of at most ``room`` points (hanging punctuation may stand a little over)."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.extend(_wrap_one(paragraph, size, room, bold))
    return tuple(lines)


def clip(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """``text`` on one line, cut with … when it does not fit."""
    if width(text, size, bold=bold) <= room:
        return text
    left = room - width("…", size, bold=bold)
    kept = 0
    for char in text:
        left -= char_width(char, bold) * size
        if left < 0:
            break
        kept += 1
    return text[:kept].rstrip() + "…"


def wrap_at_most(text: str, size: float, room: float, lines: int, *, bold: bool = False) -> tuple[str, ...]:
    """:func:`wrap`, the last of at most ``lines`` lines cut with …"""
    all_lines = wrap(text, size, room, bold=bold)
    if len(all_lines) <= lines:
        return all_lines
    rest = all_lines[lines - 1] + all_lines[lines]
    return (*all_lines[: lines - 1], clip(rest + "…", size, room, bold=bold))


def _wrap_one(text: str, size: float, room: float, bold: bool) -> Iterator[str]:
    line, used = "", 0.0
    for token in _tokens(text):
        need = sum(char_width(c, bold) for c in token) * size
        if used + need <= room + 0.01 or (token in _NO_START and line and used <= room):
            line, used = line + token, used + need
            continue
        carry = ""
        while line and line[-1] in _NO_END:
            carry, line = line[-1] + carry, line[:-1]
        if line.strip():
            yield line.rstrip()
        line = (carry + token).lstrip()
        used = width(line, size, bold=bold)
        while used > room and len(line) > 1:
            head = _head(line, size, room, bold)
            yield head
            line = line[len(head) :]
            used = width(line, size, bold=bold)
    yield line.rstrip()


def _head(text: str, size: float, room: float, bold: bool) -> str:
    used = 0.0
    for place, char in enumerate(text):
        used += char_width(char, bold) * size
        if used > room:
            return text[: max(place, 1)]
    return text


def _tokens(text: str) -> Iterator[str]:
    word = ""
    for char in text:
        if "!" <= char < "\u0300" and char != "·":
            word += char
            continue
        if word:
            yield word
            word = ""
        yield char
    if word:
        yield word
