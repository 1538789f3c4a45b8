"""Looking at evidence: pages drawn for the check desk, and the original saved to a file.

Rules: (1) a document is opened by :func:`.checking.open_evidence`, which logs it, before a page of it is drawn; (2) the
parent never parses one: a page comes as dots from the limited child of :mod:`compliance.importing.drawing`; (3) what
cannot be drawn can still be saved and opened elsewhere, which is logged as another act.
"""

from pathlib import Path

from compliance.errors import bad_input
from compliance.exports.files import write_file
from compliance.importing.drawing import DRAWN_KINDS, Drawer, Drawn
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.progress import Progress
from compliance.use_cases.consent.checking import EvidenceFile, open_evidence
from compliance.use_cases.seat.session import Session

__all__ = ["Drawer", "Drawn", "draw_page", "drawable", "save_evidence"]


def drawable(found: EvidenceFile) -> bool:
    """Whether pages can be drawn at all; a mail or a note is text."""
    return found.media_type in DRAWN_KINDS


def draw_page(
    drawer: Drawer, found: EvidenceFile, *, page: int = 0, width: int, progress: Progress | None = None
) -> Drawn:
    """One page of an opened document. InputErrors as :class:`compliance.importing.drawing.Drawer` gives them."""
    return drawer.draw(found, page=page, width=width, progress=progress)


def save_evidence(session: Session, *, event_id: str, path: Path) -> Answer[EvidenceFile | Refusal]:
    """Write the sealed document of one event to ``path``, readable by its owner alone. Never over another file."""
    if path.exists():
        raise bad_input("file_exists", "out")
    answer = open_evidence(session, event_id=event_id)
    found = answer.value
    if isinstance(found, Refusal):
        return answer
    written = write_file(path, found.data)
    with session.vault.unit_of_work() as uow:
        uow.commit(
            session.event(
                Kind.EXPORT_WRITTEN,
                at=session.now(),
                detail={"what": "evidence", "event": event_id, "sha256": written.sha256},
            )
        )
    return Answer(found, Changes(exports=True, audit=True))
