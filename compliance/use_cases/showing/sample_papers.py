"""Consent papers of the sample, drawn by program: real PDF and PNG files for the demo and the tests to seal.

Rules: (1) the same words give the same bytes; (2) Latin text only: these stand for a scan, their words prove nothing.
"""

import random
import zlib
from collections.abc import Sequence


def make_consent_pdf(title: str, lines: Sequence[str]) -> bytes:
    """A one-page paper with a drawn signature."""
    text = ["BT /F1 16 Tf 60 780 Td (" + _pdf_text(title) + ") Tj ET"]
    for number, line in enumerate(lines[:30]):
        text.append(f"BT /F1 11 Tf 60 {740 - 22 * number} Td ({_pdf_text(line)}) Tj ET")
    dice = random.Random(zlib.crc32("\n".join((title, *lines)).encode()))  # noqa: S311
    stroke = " ".join(f"{60 + 9 * step} {90 + dice.randrange(40)} l" for step in range(1, 24))
    text.append(f"1.4 w 60 100 m {stroke} S")
    stream = "\n".join(text).encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def make_signature_png(seed: int, width: int = 240, height: int = 90) -> bytes:
    """A grey picture of a squiggle: what a photographed signature line looks like to the program."""
    dice = random.Random(seed)  # noqa: S311
    dark = set()
    level = height // 2
    for x in range(10, width - 10):
        level = min(height - 8, max(8, level + dice.randrange(-5, 6)))
        dark.update({(x, level), (x, level + 1), (x + 1, level)})
    rows = b"".join(b"\0" + bytes(30 if (x, y) in dark else 245 for x in range(width)) for y in range(height))
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\0\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")


def _pdf_text(text: str) -> str:
    plain = text.encode("latin-1", "replace").decode("latin-1")
    return plain.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
