"""Pictures of proofs. On the vault lane: PDFium knows one thread only, and the core's leak check uses it there."""

from PySide6.QtGui import QImage

from desktop_app.tasks import Task

_SCALE = 2.0


def pdf_page(*, data: bytes, number: int = 0) -> Task[QImage | None]:
    """One page of a PDF as a picture, None when it is damaged or locked; active content is never run."""

    def work(_: object, __: object) -> QImage | None:
        import pypdfium2

        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError:
            return None
        try:
            bitmap = document[number].render(scale=_SCALE, may_draw_forms=False, rev_byteorder=True)
            width, height, stride = bitmap.width, bitmap.height, bitmap.stride
            kind = QImage.Format.Format_RGBA8888 if bitmap.n_channels == 4 else QImage.Format.Format_RGB888
            return QImage(bytes(bitmap.buffer), width, height, stride, kind).copy()
        except (pypdfium2.PdfiumError, IndexError):
            return None
        finally:
            document.close()

    return Task(work)
