"""Evidence: the log, how it stands, findings and holds, retention, data quality, reports, the check of any file."""

from PySide6.QtWidgets import QTabWidget, QVBoxLayout

from compliance.model.answer import Changes
from desktop_app.views.evidence_findings import FindingsPart
from desktop_app.views.evidence_log import LogPart
from desktop_app.views.evidence_quality import QualityPart
from desktop_app.views.evidence_report import ReportPart
from desktop_app.views.evidence_retention import RetentionPart
from desktop_app.views.evidence_seal import SealPart
from desktop_app.views.page import Desk, Page
from desktop_app.views.verify import VerifyPart

_TABS = ("log", "seal", "findings", "retention", "quality", "report", "verify")
#: Tabs only some roles have, by the act.
_FOR = {"retention": "see_retention", "quality": "see_quality"}
#: Tiles of the first page that lead to the registers of audits.
_HERE = ("findings", "holds")


class EvidencePage(Page):
    """Seven tabs; retention and quality for those who may see them."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.log, self.seal, self.findings, self.retention, self.quality, self.report, self.verify = (
            LogPart(desk),
            SealPart(desk),
            FindingsPart(desk),
            RetentionPart(desk),
            QualityPart(desk),
            ReportPart(desk),
            VerifyPart(desk),
        )
        every: tuple[Page, ...] = (
            self.log, self.seal, self.findings, self.retention, self.quality, self.report, self.verify
        )  # fmt: skip
        self._tab_names = tuple(name for name in _TABS if name not in _FOR or desk.state.may(_FOR[name]))
        self._parts = tuple(part for part, name in zip(every, _TABS, strict=True) if name in self._tab_names)
        self._tabs = QTabWidget()
        self._tabs.setObjectName("evidenceTabs")
        self._tabs.setDocumentMode(True)
        for part, name in zip(self._parts, self._tab_names, strict=True):
            self._tabs.addTab(part, self.t(f"evidence.tab.{name}"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 10, 0, 0)
        layout.addWidget(self._tabs)
        self._tabs.currentChanged.connect(lambda _: self.refresh())

    def refresh(self) -> None:
        """The part in front."""
        front = self._tabs.currentWidget()
        if isinstance(front, Page):
            front.refresh()

    def open_at(self, what: object) -> None:
        """A tab by name, or a person in the log."""
        if what in _HERE:
            what = "findings"
        if what in self._tab_names:
            self._tabs.setCurrentIndex(self._tab_names.index(str(what)))
        elif isinstance(what, str) and what.startswith("HCP-"):
            self._tabs.setCurrentIndex(0)
            self.log.show_person(what)

    def affected(self, changes: Changes) -> bool:
        """The log grows with everything; it is read again when looked at, not while."""
        return False

    def render_words(self) -> None:
        """Tabs and parts."""
        for number, name in enumerate(self._tab_names):
            self._tabs.setTabText(number, self.t(f"evidence.tab.{name}"))
        for part in self._parts:
            part.render_words()
