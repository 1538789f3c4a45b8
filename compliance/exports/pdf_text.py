"""The text layer of a finished paper, page by page, as whoever copies from it gets it."""

import pypdfium2


def page_texts(pdf: bytes) -> list[str]:
    """The text of each page. Raises ``pypdfium2.PdfiumError`` for what is no PDF."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()
