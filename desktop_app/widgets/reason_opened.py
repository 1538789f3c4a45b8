"""The full reason behind a code a rep reads over the phone: typed here, opened by the officer, logged."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from compliance.i18n import Lang, has, t
from compliance.use_cases.notices.about_words import about_words
from desktop_app.widgets.basic import chip, column, empty, hline, label, row
from desktop_app.widgets.form import line
from desktop_app.widgets.refusal import articles
from desktop_app.widgets.why import TONES
from desktop_app.words import field_label, purpose_label, reason_label, time_text

if TYPE_CHECKING:
    from compliance.use_cases.seeing.reason_codes import OpenedReason

#: Brings the reason of a code, or says what is wrong with it.
Ask = Callable[[str, Callable[["OpenedReason"], None], Callable[[str], None]], None]


class ReasonDialog(QDialog):
    """A code in, the reason then and now out. ``visit`` opens the person's page."""

    def __init__(self, parent: QWidget, lang: Lang, *, ask: Ask, visit: Callable[[str], None]) -> None:
        super().__init__(parent)
        self.setObjectName("reasonDialog")
        self.setWindowTitle(t("app.name", lang))
        self.setFixedWidth(560)
        self._lang, self._ask, self._visit = lang, ask, visit
        self.code = line("reasonCode", hint="people.code.hint", lang=lang)
        find = QPushButton(t("people.code.open", lang))
        find.setObjectName("reasonFind")
        find.setProperty("look", "primary")
        find.setDefault(True)
        find.clicked.connect(self._find)
        close = QPushButton(t("desk.close", lang))
        close.setObjectName("reasonClose")
        close.setAutoDefault(False)
        close.clicked.connect(self.accept)
        self._answer = QVBoxLayout()
        self._answer.setSpacing(8)
        body = column(
            label(t("people.code.title", lang), kind="heading"),
            label(t("people.code.note", lang), kind="muted"),
            row(self.code, find, spacing=8),
            margin=24,
            spacing=12,
        )
        body.addLayout(self._answer)
        body.addLayout(row(1, close))
        self.setLayout(body)
        self.code.setFocus()

    def _find(self) -> None:
        text = self.code.text().strip()
        if text:
            self._ask(text, self._show, self._fail)

    def _fail(self, words: str) -> None:
        empty(self._answer)
        self._answer.addWidget(label(words, name="reasonFault"))
        self._fit()

    def _show(self, found: "OpenedReason") -> None:
        lang = self._lang
        empty(self._answer)
        field = field_label(found.key, lang) if found.key else ""
        who = " · ".join((found.reader, time_text(found.at), purpose_label(found.purpose, lang)))
        title = label(field or found.hcp_id, kind="title", name="reasonField")
        self._answer.addWidget(hline())
        self._answer.addLayout(row(title, 1, self._state(found)))
        self._answer.addWidget(label(who, kind="muted", name="reasonReader"))
        self._answer.addLayout(_lines(t("people.code.heard", lang), self._heard(found), "reasonHeard"))
        same = (found.reason, found.about) == (found.reason_now, found.about_now)
        if found.reason:
            key = "people.code.same" if same else "people.code.then"
            self._pair(key, found.reason, found.step, found.about, "reasonThen")
        if found.reason_now and not same:
            self._pair("people.code.now", found.reason_now, found.step_now, found.about_now, "reasonNow")
        if found.references:
            self._answer.addLayout(_lines(t("why.article", lang), articles(found.references, lang), "reasonArticle"))
        if found.lifted_by:
            self._answer.addLayout(_lines(t("why.lift", lang), found.lifted_by, "reasonLift"))
        person = QPushButton(t("people.code.person", lang, person=found.hcp_id))
        person.setObjectName("reasonPerson")
        person.setAutoDefault(False)
        person.clicked.connect(self.accept)
        person.clicked.connect(lambda: self._visit(found.hcp_id))
        self._answer.addLayout(row(person, 1))
        self._fit()

    def _fit(self) -> None:
        """As high as its words need at this width; lines wrap in one language and not in the other."""
        QTimer.singleShot(0, self, self._grow)

    def _grow(self) -> None:
        layout = self.layout()
        if layout is not None:
            layout.invalidate()
            layout.activate()
            self.setFixedHeight(layout.totalHeightForWidth(self.width()))

    def _state(self, found: "OpenedReason") -> QWidget:
        return chip(t(f"desk.state.{found.state_now}", self._lang), TONES[found.state_now], name="reasonState")

    def _heard(self, found: "OpenedReason") -> str:
        """What the reader saw and was told, as far as it can still be known."""
        if found.state is None or not found.told:
            return t("people.code.heard.unknown", self._lang)
        return f"{t(f'desk.state.{found.state}', self._lang)} · {reason_label(found.told, self._lang)}"

    def _pair(self, key: str, reason: str, step: str, about: str, name: str) -> None:
        words = t(f"step.{step}", self._lang) if has(f"step.{step}") else step
        said = f"{reason_label(reason, self._lang)} · {words}" if words else reason_label(reason, self._lang)
        self._answer.addLayout(_lines(t(key, self._lang), said, name))
        if more := about_words(about, self._lang):
            self._answer.addWidget(label(more, kind="small", name=f"{name}About"))


def _lines(caption: str, text: str, name: str) -> QVBoxLayout:
    return column(label(caption, kind="caption"), label(text, name=name), spacing=2)
