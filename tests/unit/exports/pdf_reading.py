"""Two independent readers of the PDFs under test."""

import re
from io import BytesIO

import pypdf
import pypdfium2


def pdfium_text(pdf):
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


def pypdf_text(pdf):
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages)


def squeezed(text):
    return re.sub(r"\s+", "", text)


def fonts(pdf):
    """(base font, embedded, has ToUnicode) of every font object."""
    reader = pypdf.PdfReader(BytesIO(pdf))
    found = set()
    for page in reader.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            font = font.get_object()
            descriptor = font.get("/FontDescriptor")
            embedded = bool(descriptor) and "/FontFile2" in descriptor.get_object()
            found.add((str(font["/BaseFont"]), embedded, "/ToUnicode" in font))
    return found
