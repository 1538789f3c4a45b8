"""Check any file of ours by drag and drop: each claim holds, is broken or stays open, in the reader's words."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QVBoxLayout

from compliance.i18n import has
from compliance.use_cases.evidence.audit_pack import CheckPageSaved
from compliance.use_cases.evidence.evidence import VerifyReport
from desktop_app.operations import evidence as ops
from desktop_app.theme import AMBER, GREEN, RED
from desktop_app.views.page import Desk, Page, scrolled
from desktop_app.widgets.basic import button, card, column, empty, label, picture, row
from desktop_app.widgets.form import DropZone, PathField, field, line
from desktop_app.widgets.refusal import banner


class VerifyPart(Page):
    """Drop a file, see each claim: holds, broken, or open."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._report: tuple[Path, VerifyReport] | None = None
        self._result = QVBoxLayout()
        self._result.setSpacing(10)
        layout = scrolled(self, width=860)
        layout.setContentsMargins(0, 18, 28, 28)
        layout.addWidget(DropZone("evidence.verify.drop", self.check, name="verifyDrop", lang=self.lang))
        self.trust = PathField("verifyTrust", mode="open", lang=self.lang)
        self.previous = PathField("verifyPrevious", mode="open", lang=self.lang)
        frame, inside = card(margin=20, spacing=12)
        trust = field("evidence.verify.trust", self.trust, lang=self.lang, help_key="evidence.verify.trust.help")
        older = field("evidence.verify.previous", self.previous, lang=self.lang, help_key="evidence.verify.older.help")
        inside.addLayout(row(trust, older, spacing=18))
        layout.addWidget(frame)
        layout.addWidget(self._names_card())
        layout.addLayout(self._result)
        about = label(key="evidence.page.about", kind="small", lang=self.lang)
        save = button("evidence.page.save", self._choose_page, name="saveCheckPage", lang=self.lang)
        outside = row(about, save, spacing=14)
        outside.setStretch(0, 1)
        layout.addLayout(outside)
        layout.addStretch(1)

    def check(self, path: Path) -> None:
        """Check one file."""
        self.notice.clear()
        task = ops.verify(path=path, trust=self.trust.path, previous=self.previous.path)
        self.run(task, lambda report: self._got(path, report))

    def _choose_page(self) -> None:
        chosen = QFileDialog.getSaveFileName(self, self.t("evidence.page.save"), "verify.html")[0]
        if chosen:
            self.save_page(Path(chosen))

    def save_page(self, path: Path) -> None:
        """The page for people without the program."""
        self.run(ops.check_page(path=path), self._saved)

    def _saved(self, saved: CheckPageSaved) -> None:
        self.notice.tell(
            self.t("evidence.page.done", file=saved.file.name), more=self.t("evidence.page.next", sha=saved.sha256)
        )

    def open_names(self) -> None:
        """Who the pseudonyms of a report are."""
        path = self.names.path
        if path is None:
            self.notice.tell(self.t("evidence.report.path.missing"), tone="red")
            return
        secret = self.secret.text()
        self.secret.clear()
        self.run(ops.open_names(path=path, passphrase=secret), self._show_names)

    def _show_names(self, found: Any) -> None:
        report, lines = found
        empty(self._result)
        frame, inside = card(name="card", spacing=8)
        inside.addWidget(label(self.t("evidence.names.title", report=report), kind="heading"))
        for line_ in lines:
            inside.addLayout(row(label(line_.hcp_id, kind="muted"), label(line_.name or "–"), label(line_.hospital), 1))
        self._result.addWidget(frame)

    def _names_card(self) -> Any:
        self.names = PathField("verifyNames", mode="open", lang=self.lang)
        self.secret = line("verifyNamesSecret", secret=True, lang=self.lang)
        frame, inside = card(margin=20, spacing=12)
        file = field("evidence.names.file", self.names, lang=self.lang)
        secret = field("evidence.names.secret", self.secret, lang=self.lang)
        go = button("evidence.names.open", self.open_names, name="openNames", lang=self.lang)
        inside.addLayout(row(file, secret, column(1, go), spacing=18))
        return frame

    def render_words(self) -> None:
        """Say again."""
        if self._report is not None:
            self._draw(*self._report)

    def _got(self, path: Path, report: VerifyReport) -> None:
        self._report = (path, report)
        self._draw(path, report)

    def _draw(self, path: Path, report: VerifyReport) -> None:
        empty(self._result)
        if not report.ok:
            key, tone = "evidence.verify.bad", "red"
        elif report.signer_known:
            key, tone = "evidence.verify.known", "green"
        else:
            key, tone = "evidence.verify.unknown", "amber"
        self._result.addWidget(banner(self.t(key, file=path.name), tone=tone, more=self.t("evidence.verify.means")))
        frame, inside = card(name="card", spacing=10)
        frame.setObjectName("card")
        for claim in report.claims:
            inside.addLayout(self._claim(claim))
        self._result.addWidget(frame)

    def _claim(self, claim: Any) -> Any:
        name, colour = {True: ("check", GREEN), False: ("alert", RED)}.get(claim.ok, ("info", AMBER))
        key = f"verify.claim.{claim.claim}"
        text = self.t(key) if has(key) else claim.claim
        state = self.t({True: "evidence.claim.ok", False: "evidence.claim.bad"}.get(claim.ok, "evidence.claim.open"))
        more = label(claim.found(self.lang), kind="small") if claim.detail and claim.ok is not True else None
        line_ = row(picture(name, colour), column(label(text), more, spacing=2), label(state, kind="small"), spacing=12)
        line_.setStretch(1, 1)
        line_.setAlignment(Qt.AlignmentFlag.AlignTop)
        return line_
