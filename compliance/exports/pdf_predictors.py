"""Predictors of ISO 32000-1 7.4.4.4: rows of a deflated stream kept as differences, as PNG and TIFF do.

Rules: (1) any program may store any stream so, an attachment too, and its bytes then mean nothing until the differences
are taken back; (2) what does not fit its own rows stays as it is.
"""

import re

_PARAMETER = re.compile(rb"/(Predictor|Columns|Colors|BitsPerComponent)\s+(\d{1,6})")
_TIFF, _PNG = 2, 10


def without_predictor(head: bytes, content: bytes) -> bytes:
    """``content`` with the differences taken back that the dictionary ``head`` names."""
    named = {name: int(number) for name, number in _PARAMETER.findall(head)}
    kind = named.get(b"Predictor", 1)
    if kind not in (_TIFF, *range(_PNG, _PNG + 6)):
        return content
    bits = named.get(b"Colors", 1) * named.get(b"BitsPerComponent", 8)
    step, width = max(1, bits // 8), (named.get(b"Columns", 1) * bits + 7) // 8
    if not width:
        return content
    return _tiff(content, step, width) if kind == _TIFF else _png(content, step, width)


def _tiff(content: bytes, step: int, width: int) -> bytes:
    out = bytearray(content)
    for start in range(0, len(out), width):
        for at in range(start + step, min(start + width, len(out))):
            out[at] = (out[at] + out[at - step]) & 255
    return bytes(out)


def _png(content: bytes, step: int, width: int) -> bytes:
    """Each row begins with the number of its filter (RFC 2083 6)."""
    out, above = bytearray(), bytes(width)
    for start in range(0, len(content), width + 1):
        kind, row = content[start], bytearray(content[start + 1 : start + 1 + width])
        for at in range(len(row)):
            left = row[at - step] if at >= step else 0
            corner = above[at - step] if at >= step else 0
            added = (0, left, above[at], (left + above[at]) // 2, _paeth(left, above[at], corner))
            row[at] = (row[at] + (added[kind] if kind < len(added) else 0)) & 255
        out += row
        above = bytes(row) + bytes(width - len(row))
    return bytes(out)


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda one: abs(guess - one))
