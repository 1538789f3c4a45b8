"""Check desk: proof on the left, record and checklist on the right; A accepts, R returns, N goes on.

The uploader never checks their own entry: the core refuses, the desk says so. Single letters work only here.
"""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QComboBox, QFrame, QLineEdit, QVBoxLayout, QWidget

from compliance.model.access import Purpose
from compliance.model.answer import Answer, Refusal
from compliance.model.profile import ProfileView
from compliance.use_cases.consent.checking import PendingCheck
from desktop_app.operations import consents as ops
from desktop_app.operations import people
from desktop_app.theme import MUTED
from desktop_app.views.page import Desk, Page
from desktop_app.views.proof import ProofPane
from desktop_app.widgets.basic import button, card, choice, column, empty, fill_choice, label, picture, row, scroll
from desktop_app.words import item_label, time_text

DEFECTS = ops.defects()
_CHECKLIST = ("person", "notice", "item", "signature", "date")


class CheckDesk(Page):
    """One proof at a time, oldest first."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._waiting: tuple[PendingCheck, ...] = ()
        self._at = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._head = label(kind="muted", name="checkHead")
        self.proof = ProofPane(desk)
        self.view = self.proof.view
        self._facts = QVBoxLayout()
        self.defect: QComboBox = choice(name="checkDefect")
        self._accept = button("check.accept", self.accept, look="primary", name="checkAccept", lang=self.lang)
        self._return = button("check.return", self.give_back, look="danger", name="checkReturn", lang=self.lang)
        self._save = button("check.save", self.proof.save, look="link", name="checkSave", lang=self.lang)
        self._side = QFrame()
        self._next = button("check.next", self.step, name="checkNext", lang=self.lang)
        self._lay()
        for key, act in (
            ("A", self.accept),
            ("R", self.give_back),
            ("N", self.step),
            ("Z", self.view.zoom),
            ("Left", lambda: self.view.turn(-1)),
            ("Right", lambda: self.view.turn(1)),
        ):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda act=act: None if _typing() else act())
        self.render_words()

    @property
    def current(self) -> PendingCheck | None:
        """The proof on the desk."""
        return self._waiting[self._at] if self._at < len(self._waiting) else None

    def refresh(self) -> None:
        """What waits; the drawing child gets ready meanwhile."""
        self.proof.warm()
        self.run(ops.pending(), self._got)

    def render_words(self) -> None:
        """Defects and facts."""
        fill_choice(self.defect, [(self.t(f"defect.{d}"), d) for d in DEFECTS])
        self.proof.render_words()
        self._tell()

    def accept(self) -> None:
        """The proof holds."""
        self._decide(accept=True)

    def give_back(self) -> None:
        """The proof does not hold; the chosen defect says why."""
        self._decide(accept=False)

    def step(self) -> None:
        """The next one, this stays waiting."""
        if self._waiting:
            self._at = (self._at + 1) % len(self._waiting)
            self.notice.clear()
            self._show()

    def _decide(self, *, accept: bool) -> None:
        now = self.current
        if now is not None:
            code = "" if accept else str(self.defect.currentData())
            self.ask(ops.check(event_id=now.event_id, accept=accept, code=code), lambda _: self._checked(accept))

    def _checked(self, accept: bool) -> None:
        self.notice.tell(self.t("check.accepted" if accept else "check.returned"), tone="green")
        self.refresh()

    def _got(self, answer: "Answer[tuple[PendingCheck, ...]]") -> None:
        self._waiting = answer.value
        self._at = min(self._at, max(len(self._waiting) - 1, 0))
        self._show()
        if self.isVisible() and not _typing():
            self.setFocus()  # the single letters work at once

    def _show(self) -> None:
        self._tell()
        now = self.current
        if now is not None:
            self._ask_person(now)
        several = len(self._waiting) > 1
        self.proof.show_proof(now, self._waiting[(self._at + 1) % len(self._waiting)] if several else None)

    def _tell(self) -> None:
        empty(self._facts)
        now = self.current
        for widget in (self._accept, self._return, self._next, self.defect):
            widget.setEnabled(now is not None)
        self._save.setVisible(now is not None and bool(now.evidence_id))
        self._side.setVisible(now is not None)
        if now is None:
            self._head.clear()
            return
        self._head.setText(self.t("check.head", at=self._at + 1, of=len(self._waiting)))
        self._name = label(now.display, kind="title", name="checkPerson")
        self._facts.addWidget(self._name)
        self._where = label(now.hcp_id, kind="small")
        self._facts.addWidget(self._where)
        for key, text in (
            ("check.item", item_label(now.item, self.lang)),
            ("check.method", self.t(f"method.{now.method}")),
            ("check.acted", time_text(now.acted_at)[:10]),
            ("check.by", now.recorded_by),
        ):
            caption = label(self.t(key), kind="muted")
            caption.setFixedWidth(112)
            line = row(caption, label(text), spacing=10)
            line.setStretch(1, 1)
            self._facts.addLayout(line)
        self._facts.addSpacing(8)
        self._facts.addWidget(label(self.t("check.list"), kind="caption"))
        for name in _CHECKLIST:
            point = row(picture("check", MUTED, 16), label(self.t(f"check.list.{name}")), spacing=8)
            point.setStretch(1, 1)
            point.setAlignment(Qt.AlignmentFlag.AlignTop)
            self._facts.addLayout(point)

    def _ask_person(self, now: PendingCheck) -> None:
        sitting = self.desk.state.sitting
        if sitting and Purpose.MDM in sitting.purposes:
            task = people.open_profile(hcp_id=now.hcp_id, purpose=Purpose.MDM)
            self.run(task, lambda answer: self._person(now, answer))

    def _person(self, asked: PendingCheck, answer: "Answer[ProfileView | Refusal]") -> None:
        if asked is not self.current or not isinstance(answer.value, ProfileView):
            return
        texts = {f.key: f.value for f in answer.value.fields if f.value}
        self._name.setText(texts.get("full_name") or asked.hcp_id)
        places = (texts.get("institution_name", ""), texts.get("department", ""), asked.hcp_id)
        self._where.setText(" · ".join(x for x in places if x))

    def _lay(self) -> None:
        left, inside = card(name="card", margin=14)
        inside.addWidget(self.proof, 1)
        right: QFrame
        right, body = card(name="card", margin=22)
        right.setFixedWidth(400)
        self._side = right
        told = QWidget()
        told.setObjectName("cardInside")
        told.setLayout(column(self._facts, row(self._save, 1), 1, spacing=10))
        area = scroll(told)  # on a low screen the facts scroll, the buttons stay
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        body.addWidget(area, 1)
        body.addWidget(label(key="check.defect", kind="caption", lang=self.lang))
        body.addWidget(self.defect)
        body.addLayout(row(self._return, 1, self._next))
        body.addWidget(self._accept)
        both = row(left, right, spacing=16)
        both.setStretch(0, 1)
        whole = column(self.notice, self._head, both, spacing=12)
        whole.setStretch(2, 1)
        whole.setContentsMargins(0, 16, 28, 24)
        self.setLayout(whole)


def _typing() -> bool:
    return isinstance(QApplication.focusWidget(), QLineEdit)
