"""Pictures of proofs, drawn on the free lane."""

from PySide6.QtGui import QImage

from desktop_app.tasks import Lane, Task

_SCALE = 2.0


def pdf_page(*, data: bytes, number: int = 0) -> Task[QImage]:
    """One page of a PDF as a picture; active content is never run."""

    def work(_: object, __: object) -> QImage:
        import pypdfium2

        document = pypdfium2.PdfDocument(data)
        try:
            bitmap = document[number].render(scale=_SCALE, may_draw_forms=False, rev_byteorder=True)
            width, height, stride = bitmap.width, bitmap.height, bitmap.stride
            kind = QImage.Format.Format_RGBA8888 if bitmap.n_channels == 4 else QImage.Format.Format_RGB888
            return QImage(bytes(bitmap.buffer), width, height, stride, kind).copy()
        finally:
            document.close()

    return Task(work, lane=Lane.FREE)
