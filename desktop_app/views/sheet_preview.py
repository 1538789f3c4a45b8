"""A sheet before it is made: my view on the left, the rep's page on the right, and what becomes of each field."""

from hashlib import sha256
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QVBoxLayout, QWidget

from compliance.i18n import t
from compliance.model.access import Purpose
from compliance.use_cases.consent.checking import EvidenceFile
from desktop_app.operations import exports as ops
from desktop_app.views.document_pane import DocumentPane
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import card, chip, column, empty, hline, label, row, scroll
from desktop_app.widgets.field_row import value_words
from desktop_app.words import field_label, purpose_label, reason_label

_TONES = {"printed": "green", "masked": "amber", "generalised": "amber", "hidden": "red", "not_on_sheet": "neutral"}
_LEFT = 430


class SheetPreviewDialog(QDialog):
    """Both sides of one person's sheet."""

    def __init__(self, desk: Desk, parent: QWidget, *, hcp_id: str, purpose: Purpose, rep: str) -> None:
        super().__init__(parent)
        self.setObjectName("sheetPreview")
        self.setWindowTitle(t("app.name", desk.lang))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.resize(1180, 860)
        self.page = Page(desk)
        self._rep, self._purpose = rep, purpose
        self._box = QVBoxLayout()
        self._box.setSpacing(8)
        inner = QWidget()
        inner.setLayout(self._box)
        self.sheet = DocumentPane(desk)
        self._title = label(self.page.t("preview.mine", purpose=purpose_label(purpose, desk.lang)), kind="heading")
        left = column(self._title, scroll(inner), spacing=8)
        left.setStretch(1, 1)
        right = column(label(self.page.t("preview.theirs", rep=rep), kind="heading"), self.sheet, spacing=8)
        right.setStretch(1, 1)
        holder = QFrame()
        holder.setLayout(left)
        holder.setFixedWidth(_LEFT)
        both = row(holder, right, spacing=22)
        both.setStretch(1, 1)
        body = column(self.page.notice, both, margin=22, spacing=12)
        body.setStretch(1, 1)
        self.page.setLayout(body)
        self.setLayout(column(self.page))
        self.page.ask(ops.preview_sheet(hcp_id=hcp_id, purpose=purpose, rep=rep), self._got)

    def _got(self, seen: Any) -> None:
        empty(self._box)
        lang = self.page.lang
        if not seen.own:
            words = self.page.t("preview.reps", rep=self._rep, purpose=purpose_label(self._purpose, lang))
            self._title.setText(words)
        printed = sum(f.fate in ("printed", "masked", "generalised") for f in seen.fields)
        text = self.page.t("preview.count", printed=printed, hidden=len(seen.fields) - printed)
        self._box.addWidget(label(text, kind="small", name="previewCount"))
        frame, inside = card(margin=16, spacing=8)
        for place, one in enumerate(seen.fields):
            if place:
                inside.addWidget(hline())
            inside.addLayout(self._field(one, lang))
        self._box.addWidget(frame)
        self._box.addStretch(1)
        if seen.pdf:
            found = EvidenceFile(media_type="application/pdf", data=seen.pdf, sha256=sha256(seen.pdf).hexdigest())
            self.sheet.show_document(found)
        else:
            self.sheet.say(self.page.t("preview.leaked" if seen.leaked else "preview.none"))

    def _field(self, one: Any, lang: Any) -> Any:
        name = label(field_label(one.mine.key, lang), kind="small")
        value = label(value_words(one.mine, lang))
        fate = chip(self.page.t(f"preview.fate.{one.fate}"), _TONES[str(one.fate)], name=f"fate_{one.mine.key}")
        why = label(reason_label(one.reason, lang), kind="small") if one.fate == "hidden" and one.reason else None
        words = column(name, value, why, spacing=1)
        line = row(words, fate, spacing=10)
        line.setStretch(0, 1)
        return line
