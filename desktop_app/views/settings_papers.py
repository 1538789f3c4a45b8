"""Papers about the store itself: key-fingerprint card and recovery sheet, printed again."""

from PySide6.QtWidgets import QVBoxLayout

from desktop_app.operations import settings as ops
from desktop_app.views.page import Desk, Page
from desktop_app.views.settings_company import part_layout
from desktop_app.widgets.basic import button, card, label, row
from desktop_app.widgets.form import PathField, field, line

_KINDS = "PDF (*.pdf);;TXT (*.txt)"


class PapersPart(Page):
    """One card for each paper this role may print."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        layout = part_layout(self)
        if desk.state.may("audit_report"):
            self._key_card(layout)
        if desk.state.may("recovery_sheet"):
            self._recovery(layout)
        layout.addStretch(1)

    def _key_card(self, layout: QVBoxLayout) -> None:
        frame, inside = card(margin=26, spacing=14)
        inside.addWidget(label(key="papers.card", kind="title", lang=self.lang))
        inside.addWidget(label(key="papers.card.sub", kind="muted", lang=self.lang))
        self._card = PathField("keyCardOut", mode="save", lang=self.lang, filters=_KINDS)
        inside.addLayout(field("exports.file", self._card, lang=self.lang, help_key="papers.card.help"))
        go = button("papers.card.go", self._make_card, look="primary", name="makeKeyCard", lang=self.lang)
        inside.addLayout(row(1, go))
        layout.addWidget(frame)

    def _recovery(self, layout: QVBoxLayout) -> None:
        frame, inside = card(margin=26, spacing=14)
        inside.addWidget(label(key="papers.recovery", kind="title", lang=self.lang))
        inside.addWidget(label(key="papers.recovery.sub", kind="muted", lang=self.lang))
        self._code = line("recoveryCode", hint="papers.recovery.code.hint", secret=True, lang=self.lang)
        self._old = PathField("recoveryOld", mode="open", lang=self.lang)
        self._sheet = PathField("recoveryOut", mode="save", lang=self.lang, filters=_KINDS)
        inside.addLayout(field("papers.recovery.code", self._code, lang=self.lang))
        inside.addLayout(field("papers.recovery.old", self._old, lang=self.lang))
        inside.addLayout(field("exports.file", self._sheet, lang=self.lang))
        go = button("papers.recovery.go", self._print_sheet, look="primary", name="printRecovery", lang=self.lang)
        inside.addLayout(row(1, go))
        layout.addWidget(frame)

    def _make_card(self) -> None:
        path = self._card.path
        if path is None:
            self.notice.tell(self.t("create.path.missing"), tone="red")
            return
        done = self.t("papers.card.done", file=path.name)
        self.ask(ops.key_card(path=path), lambda _: self.notice.tell(done, more=self.t("papers.card.next")))

    def _print_sheet(self) -> None:
        path, code, old = self._sheet.path, self._code.text().strip(), self._old.path
        self._code.clear()
        if path is None or not (code or old):
            self.notice.tell(self.t("papers.recovery.missing"), tone="red")
            return
        done = self.t("papers.recovery.done", file=path.name)
        task = ops.recovery_sheet(code=code, old=old, path=path)
        self.ask(task, lambda _: self.notice.tell(done, more=self.t("papers.recovery.next")))
