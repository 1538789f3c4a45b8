"""One proof's document on the check desk: opened (which is logged), drawn page by page, the next one made ready.

Rules: (1) while one proof is looked at the next one is opened and drawn, so that it comes at once; it is kept until it
is shown, and forgotten with the page; (2) nothing is opened twice, because each opening stands in the log; (3) what
cannot be drawn says why and can still be saved.
"""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog

from compliance.errors import ComplianceError
from compliance.i18n import t
from compliance.model.answer import Answer, Refusal
from compliance.use_cases.consent.checking import EvidenceFile, PendingCheck
from desktop_app.errors import problem
from desktop_app.operations import consents as ops
from desktop_app.operations import render
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import column
from desktop_app.widgets.page_view import FITTED, PageView


@dataclass(slots=True)
class _Ready:
    """A proof opened ahead, its first page once drawn, and the look that already waits for it."""

    event_id: str
    found: EvidenceFile | None = None
    page: tuple[QImage, int] | None = None
    wanted: PendingCheck | None = None


class ProofPane(Page):
    """The left side of the check desk."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.setObjectName("plain")  # on a card
        self.view = PageView(self.lang)
        self._now: PendingCheck | None = None
        self._coming: PendingCheck | None = None
        self._found: EvidenceFile | None = None
        self._ready: _Ready | None = None
        self.view.wanted.connect(self._draw_page)
        whole = column(self.notice, self.view, spacing=8)
        whole.setStretch(1, 1)
        self.setLayout(whole)

    def warm(self) -> None:
        """The drawing child gets ready; where it cannot, the first page says so."""
        self.run(render.warm(), lambda _: None, lambda _: None)

    def show_proof(self, now: PendingCheck | None, coming: PendingCheck | None) -> None:
        """Bring the document of ``now``: from what was made ready, or anew. ``coming`` is made ready after it."""
        self._now, self._coming, self._found = now, coming, None
        self.notice.clear()
        if now is None:
            self.view.say(self.t("check.none"))
            return
        self.view.begin(self.t("check.loading"))
        ready = self._ready if self._ready and self._ready.event_id == now.event_id else None
        self._ready = None
        if not now.evidence_id:
            self.view.say(self.t("check.no_file"))
        elif ready is None:
            self.run(ops.evidence(event_id=now.event_id), lambda answer: self._answered(now, answer))
        elif ready.found is None:
            ready.wanted = now  # on its way already; asking twice would log it twice
        else:
            self._opened(now, ready.found, ready.page)

    def render_words(self) -> None:
        """Page number."""
        self.view.set_lang(self.lang)
        if self._now is None:
            self.view.say(self.t("check.none"))

    def save(self) -> None:
        """Ask where the original shall go."""
        if self._now is not None and self._now.evidence_id:
            chosen = QFileDialog.getSaveFileName(self, t("desk.path.save", self.lang), self._now.event_id)[0]
            if chosen:
                self.save_to(Path(chosen))

    def save_to(self, path: Path) -> None:
        """The original into a file, for a program that knows its kind; logged."""
        if self._now is not None:
            done = self.t("check.saved", file=path.name)
            self.ask(ops.save_evidence(event_id=self._now.event_id, path=path), lambda _: self.notice.tell(done))

    def _answered(self, asked: PendingCheck, answer: "Answer[EvidenceFile | Refusal]") -> None:
        if asked is not self._now:
            return
        if isinstance(answer.value, Refusal):
            self.notice.refuse(answer.value, self.lang)
            self.view.say(self.t("check.no_file"))
            return
        self._opened(asked, answer.value, None)

    def _opened(self, asked: PendingCheck, found: EvidenceFile, page: tuple[QImage, int] | None) -> None:
        self._found = found
        if page is not None:
            self._drawn(asked, page)
        elif found.media_type.startswith("text/"):
            self.view.say(_plain(found))
            self._look_ahead()
        else:
            self._draw_page()

    def _draw_page(self) -> None:
        now, found = self._now, self._found
        if now is None or found is None:
            return
        task = render.page(found=found, number=self.view.number, width=self.view.width_wanted)
        self.run(task, lambda page: self._drawn(now, page), lambda error: self._not_drawn(now, error))

    def _drawn(self, asked: PendingCheck, page: tuple[QImage, int]) -> None:
        if asked is self._now:
            self.view.show_page(*page)
            self._look_ahead()

    def _not_drawn(self, asked: PendingCheck, error: BaseException) -> None:
        if not isinstance(error, ComplianceError):
            self.failed(error)
        elif asked is self._now:
            self.view.say(f"{self.t('check.no_preview')}\n{problem(error, self.lang).text}")
            self._look_ahead()

    def _look_ahead(self) -> None:
        coming = self._coming
        if coming is None or not coming.evidence_id or self._ready is not None:
            return
        self._ready = ready = _Ready(coming.event_id)
        self.run(ops.evidence(event_id=coming.event_id), lambda answer: self._draw_ahead(ready, answer))

    def _draw_ahead(self, ready: _Ready, answer: "Answer[EvidenceFile | Refusal]") -> None:
        found = answer.value
        if ready.wanted is not None:
            self._answered(ready.wanted, answer)
        elif ready is self._ready and not isinstance(found, Refusal):
            ready.found = found
            if not found.media_type.startswith("text/"):
                task = render.page(found=found, number=0, width=FITTED)
                self.run(task, lambda page: setattr(ready, "page", page), lambda _: None)


def _plain(found: EvidenceFile) -> str:
    """First lines of a text proof (a call note, a mail); nothing of it is interpreted."""
    return found.data[:4000].decode("utf-8", "replace")
