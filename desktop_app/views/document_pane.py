"""A document held in memory, shown page by page: drawn by the limited child, never parsed here.

Whoever opens the document logs it first; this pane only draws what it is given, and forgets it with the next.
"""

from PySide6.QtGui import QImage

from compliance.errors import ComplianceError
from compliance.use_cases.consent.checking import EvidenceFile
from desktop_app.errors import problem
from desktop_app.operations import render
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import column
from desktop_app.widgets.page_view import PageView


class DocumentPane(Page):
    """One document at a time."""

    def __init__(self, desk: Desk, *, by_width: bool = False) -> None:
        super().__init__(desk)
        self.setObjectName("plain")
        self.view = PageView(self.lang, by_width=by_width)
        self._found: EvidenceFile | None = None
        self.view.wanted.connect(self._draw)
        whole = column(self.notice, self.view, spacing=8)
        whole.setStretch(1, 1)
        self.setLayout(whole)

    def warm(self) -> None:
        """The drawing child gets ready; where it cannot, the first page says so."""
        self.run(render.warm(), lambda _: None, lambda _: None)

    def say(self, text: str) -> None:
        """Words instead of a document."""
        self._found = None
        self.view.say(text)

    def show_document(self, found: EvidenceFile, first: tuple[QImage, int] | None = None) -> None:
        """Show it; ``first`` is its first page when that was drawn ahead."""
        self._found = found
        self.view.begin(self.t("check.loading"))
        if first is not None:
            self.view.show_page(*first)
        elif found.media_type.startswith("text/"):
            self.view.say(found.data[:4000].decode("utf-8", "replace"))
        elif not found.data:
            self.view.say(self.t("check.no_file"))
        else:
            self._draw()

    def render_words(self) -> None:
        """Page number."""
        self.view.set_lang(self.lang)

    def _draw(self) -> None:
        found = self._found
        if found is not None:
            task = render.page(found=found, number=self.view.number, width=self.view.width_wanted)
            self.run(task, lambda page: self._drawn(found, page), lambda error: self._not_drawn(found, error))

    def _drawn(self, asked: EvidenceFile, page: tuple[QImage, int]) -> None:
        if asked is self._found:
            self.view.show_page(*page)

    def _not_drawn(self, asked: EvidenceFile, error: BaseException) -> None:
        if not isinstance(error, ComplianceError):
            self.failed(error)
        elif asked is self._found:
            self.view.say(f"{self.t('check.no_preview')}\n{problem(error, self.lang).text}")
