"""Packed data wherever they stand in other data: what an enemy unpacks before searching.

Rules: (1) deflated (RFC 1950, 1952), bzip2, xz and zip data are found by their first bytes at any place, and again in
what comes out of them; only what unpacks to its end counts, so that chance opens nothing in a font or a picture;
(2) where nothing should stand at all (``thorough``), also what breaks off is given as far as it went, and deflated
data without a head (RFC 1951) are tried at every place of a short piece; (3) tries and output of one file are bounded,
so a small file costs neither the memory nor the day.
"""

import base64
import bz2
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

_MOST = 64 * 1024 * 1024
_ALL = 256 * 1024 * 1024
_DEEP = 3  # archives in archives
_TRIES = 4_000  # places of one piece that look like packed data
_BARE = 64 * 1024  # longest piece in which data without a head are looked for
_LEAST = 4  # bytes; shorter output is chance


def _zlib_heads() -> bytes:
    """A class of characters for each first byte of RFC 1950 with the second bytes that make it a head."""
    heads = []
    for window in range(0x08, 0x88, 0x10):
        seconds = (b for b in range(256) if (window * 256 + b) % 31 == 0 and not b & 0x20)
        heads.append(b"\\x%02x[%s]" % (window, b"".join(b"\\x%02x" % b for b in seconds)))
    return b"|".join(heads)


#: What packed data begin with when they are written in Base64 or in hexadecimal digits.
_BASE64 = re.compile(rb"(?:eJ|eN|eA|eF|H4sI|UEsD|QlpoO|/Td6WFo)[A-Za-z0-9+/]{10,}={0,2}")
_HEX = re.compile(
    rb"(?:78(?:01|5[eE]|9[cC]|[dD][aA])|1[fF]8[bB]08|504[bB]0304|425[aA]68|[fF][dD]377[aA]585[aA])[0-9A-Fa-f]{16,}"
)
_MARKS = re.compile(
    rb"(?P<zlib>%s)|(?P<gzip>\x1f\x8b\x08)|(?P<bz2>BZh[1-9]1AY&SY)|(?P<xz>\xfd7zXZ\0)|(?P<zip>PK\x03\x04)"
    % _zlib_heads()
)


def unpacked(content: bytes, *, thorough: bool = False) -> list[bytes]:
    """Everything that unpacks out of ``content``."""
    out: list[bytes] = []
    left = _ALL
    for piece in _pieces(content, _DEEP, thorough=thorough):
        left -= len(piece)
        if left < 0:
            break
        out.append(piece)
    return out


def written_packed(content: bytes) -> list[bytes]:
    """Everything that unpacks out of runs of Base64 and hexadecimal digits in ``content``."""
    runs = [_decoded(run, base64.b64decode) for run in _BASE64.findall(content)]
    runs += [_decoded(run, bytes.fromhex) for run in _HEX.findall(content)]
    return [piece for run in runs for piece in unpacked(run)]


def _decoded(run: bytes, decode: Callable[[str], bytes]) -> bytes:
    text = run.decode("ascii")
    for cut in range(4):  # a run may end in the middle of its last group, or beside other letters
        try:
            return decode(text[: len(text) - cut])
        except ValueError:
            continue
    return b""


def _pieces(content: bytes, deep: int, *, thorough: bool) -> Iterator[bytes]:
    at = tries = 0
    while tries < _TRIES and (mark := _MARKS.search(content, at)) is not None:
        tries += 1
        members, used = _opened(mark.lastgroup or "", content, mark.start())
        for member in members if used or thorough else ():
            yield member
            if deep > 1:
                yield from _pieces(member, deep - 1, thorough=False)
        at = mark.start() + max(used, 1)
    if thorough and len(content) <= _BARE:
        for start in range(len(content)):
            member, used = _worked(zlib.decompressobj(-zlib.MAX_WBITS), content, start)
            if member and (used or not start):
                yield member


def _opened(kind: str, content: bytes, at: int) -> tuple[list[bytes], int]:
    """What unpacks at this place, and how many bytes it took when it unpacked to its end."""
    if kind == "zip":
        return list(_members(content[at:])), len(b"PK\3\4")
    if kind == "zlib":
        worker: Any = zlib.decompressobj()
    elif kind == "gzip":
        worker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    else:
        worker = bz2.BZ2Decompressor() if kind == "bz2" else lzma.LZMADecompressor(memlimit=2 * _MOST)
    member, used = _worked(worker, content, at)
    return ([member] if member else []), used


def _worked(worker: Any, content: bytes, start: int) -> tuple[bytes, int]:
    """The output as far as it goes, and the bytes it took, 0 when its end was not reached."""
    out, at, step = bytearray(), start, 256
    while at < len(content) and not worker.eof and len(out) < _MOST:
        try:
            out += worker.decompress(content[at : at + step], _MOST)
        except (zlib.error, lzma.LZMAError, OSError, EOFError):
            break
        at, step = at + step, min(step * 4, 1 << 20)
    taken = min(at, len(content)) - len(worker.unused_data) - start if worker.eof else 0
    return (bytes(out) if len(out) >= _LEAST else b""), taken


def _members(content: bytes) -> Iterator[bytes]:
    """Members of an archive, each behind its name."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            for info in archive.infolist():
                if info.file_size <= _MOST:
                    yield info.filename.encode() + b"\n" + archive.read(info)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError, ValueError, zlib.error):
        return
