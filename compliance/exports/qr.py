"""QR codes as one small path: runs of dark modules in units of a module, scaled once.

Rules: (1) error correction M; (2) one fixed mask: every reader takes any of the eight, and weighing all eight costs
more than the rest of the code; (3) whole numbers only, so the same text gives the same bytes.
"""

from functools import lru_cache

_MASK = 2


@lru_cache(maxsize=64)
def qr_path(text: str) -> tuple[int, str]:
    """(modules of a side, PDF path with the origin at the upper left module, y downwards)."""
    from reportlab.graphics.barcode.qr import QrCodeWidget

    code = QrCodeWidget(text, barLevel="M").qr
    code.version = code.calculate_version()
    code.makeImpl(False, _MASK)
    side = code.getModuleCount()
    runs = []
    for row, modules in enumerate(code.modules):
        begin = None
        for column, dark in enumerate([*modules, False]):
            if dark and begin is None:
                begin = column
            elif not dark and begin is not None:
                runs.append(f"{begin} {row} {column - begin} 1 re")
                begin = None
    return side, " ".join(runs)
