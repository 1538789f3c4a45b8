"""Pictures of proofs, on the free lane: drawn page by page in a limited child that stays warm until :func:`forget`.

The lane has one thread, so the one drawer is never used twice at once; the vault lane is free meanwhile.
"""

from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from compliance.progress import Progress
from desktop_app.tasks import Lane, Task

if TYPE_CHECKING:
    from compliance.use_cases.consent.checking import EvidenceFile
    from compliance.use_cases.intake.evidence_pages import Drawer

_drawer: "Drawer | None" = None


def warm() -> Task[None]:
    """Have the child ready before the first document is looked at."""
    return Task(lambda _, __: _one().warm(), lane=Lane.FREE)


def page(*, found: "EvidenceFile", number: int, width: int) -> Task[tuple[QImage, int]]:
    """Page ``number`` of an opened proof, and of how many; InputErrors when it cannot be drawn."""

    def work(_: object, progress: Progress) -> tuple[QImage, int]:
        from compliance.use_cases.intake.evidence_pages import draw_page

        drawn = draw_page(_one(), found, page=number, width=width, progress=progress)
        kind = QImage.Format.Format_RGB888
        image = QImage(drawn.rgb, drawn.width, drawn.height, drawn.width * 3, kind)
        return image.copy(), drawn.pages  # Qt does not keep the bytes alive

    return Task(work, lane=Lane.FREE)


def forget() -> Task[None]:
    """End the child: no byte of a document outlives the sitting."""

    def work(_: object, __: object) -> None:
        global _drawer
        if _drawer is not None:
            _drawer.close()
            _drawer = None

    return Task(work, lane=Lane.FREE)


def _one() -> "Drawer":
    global _drawer
    if _drawer is None:
        from compliance.use_cases.intake.evidence_pages import Drawer

        _drawer = Drawer()
    return _drawer
