"""Bytes of a PDF that belong to nothing a reader shows: before its head, behind its end, between its objects.

Rules: (1) the file is walked as ISO 32000-1 7.5 builds it: head, objects, cross-reference table, trailer, end, then
the same again for each incremental update; (2) what is none of these is outside, but for blanks, comments in plain
letters, which are searched where they stand, and the comment of bytes that the standard advises behind the head;
(3) a mark the walk does not know counts as outside until the next known one: a strange file is never called clean for
being strange; (4) nothing is judged here by its content.
"""

import re
from collections.abc import Iterator
from itertools import chain

BEFORE, BETWEEN, BEHIND = "before_head", "between_parts", "behind_end"
_EMPTY = b"\0\t\n\f\r \xef\xbb\xbf"
_BLANKS = re.compile(rb"[\0\t\n\f\r ]*")
_HEAD = re.compile(rb"%PDF-\d\.\d[ \t]*(?:\r\n|\r|\n|$)(?:%[^\r\n]{4,8}[\t\x20-\x7e]*(?:\r\n|\r|\n))?")
_COMMENT = re.compile(rb"%[\t\x20-\x7e]*(?=[\r\n]|$)")
_OBJECT = re.compile(rb"\d+\s+\d+\s+obj\b")
_INSIDE = re.compile(rb"endobj\b|>>\s*stream(?:\r\n|\n|\r)")
_LENGTH = re.compile(rb"/Length\s+(\d+)(?!\d|\s+\d+\s+R)")
_STREAM_END = re.compile(rb"(?:\r\n|\r|\n)?endstream\b")
_OBJECT_END = re.compile(rb"endobj\b")
_TABLE = re.compile(rb"xref\s+(?:\d+\s+\d+\s+(?:\d{10} \d{5} [nf]\s*)*)+")
_TRAILER = re.compile(rb"trailer\s*<<")
_START = re.compile(rb"startxref\s+\d+")
_END = re.compile(rb"%%EOF")
_KNOWN = re.compile(rb"(?<!\d)\d+\s+\d+\s+obj\b|\b(?:xref|trailer|startxref)\b|%%EOF")


def outside(pdf: bytes) -> list[tuple[str, bytes]]:
    """(where, bytes) of everything that belongs to no part of the file, in its order."""
    begin = max(pdf.find(b"%PDF-"), 0)
    head = _HEAD.match(pdf, begin)
    last = pdf.rfind(b"%%EOF")
    loose = chain([(0, pdf[:begin])], _walk(pdf, head.end() if head else begin + len(b"%PDF-x.y")))
    found = [(at, content) for at, content in loose if content.strip(_EMPTY)]
    return [(BEFORE if at < begin else BEHIND if 0 <= last < at else BETWEEN, content) for at, content in found]


def _walk(pdf: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Everything between the known parts, with its place."""
    while (at := _end(_BLANKS, pdf, at)) < len(pdf):
        if (begin := _end(_OBJECT, pdf, at)) > at:
            end, loose = _object(pdf, begin)
            yield from loose
        elif (begin := _end(_TRAILER, pdf, at)) > at:
            start = _START.search(pdf, begin)
            end = start.start() if start else len(pdf)
        else:
            end = next((stop for part in (_TABLE, _START, _END, _COMMENT) if (stop := _end(part, pdf, at)) > at), at)
        if end == at:
            known = _KNOWN.search(pdf, at + 1)
            end = known.start() if known else len(pdf)
            yield at, pdf[at:end]
        at = end


def _object(pdf: bytes, at: int) -> tuple[int, list[tuple[int, bytes]]]:
    """Where the object ends whose body begins at ``at``, and what stands between its stream and its end."""
    inside = _INSIDE.search(pdf, at)
    if inside is None:
        return len(pdf), []
    if inside[0] == b"endobj":
        return inside.end(), []
    length = _LENGTH.search(pdf, at, inside.start())
    stop = _STREAM_END.match(pdf, inside.end() + int(length[1])) if length else None
    stop = stop or _STREAM_END.search(pdf, inside.end())
    end = _OBJECT_END.search(pdf, stop.end()) if stop else None
    if stop is None or end is None:
        return len(pdf), []
    return end.end(), [(stop.end(), pdf[stop.end() : end.start()])]


def _end(part: re.Pattern[bytes], pdf: bytes, at: int) -> int:
    """Where ``part`` ends that begins at ``at``; ``at`` when it does not."""
    match = part.match(pdf, at)
    return match.end() if match else at
