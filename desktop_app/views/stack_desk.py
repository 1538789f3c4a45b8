"""Checking desk of a stack: the form's picture beside what it says, worked with the keyboard alone.

Keys: a digit marks its item, G marks every ordinary item as ticked: as a machine read it, where one could; what it was
not sure of stays for its own key, as does an item of separate consent (without a reading G marks every yes);
D takes the offered day over, A accepts, R chooses a reason and returns, N goes on, arrows turn pages, Z enlarges.
Nothing is preset. While one form is looked at the next is opened, which is logged, and drawn, so that it comes at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QDate, Qt
from PySide6.QtGui import QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDateEdit,
    QFrame,
    QLineEdit,
    QProgressBar,
    QVBoxLayout,
)

from compliance.model.answer import Answer, Refusal
from compliance.use_cases.consent.checking import EvidenceFile
from compliance.use_cases.intake.check_desk import DeskForm, FormDecided
from desktop_app.operations import render
from desktop_app.operations import stacks as ops
from desktop_app.theme import GREEN, MUTED, RED
from desktop_app.views.document_pane import DocumentPane
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import button, card, choice, column, empty, fill_choice, label, picture, row, scroll
from desktop_app.widgets.form import day_box, day_in
from desktop_app.widgets.item_marks import ItemMarks
from desktop_app.widgets.page_view import FITTED

_TONES = {True: ("check", GREEN), False: ("alert", RED), None: ("eye_off", MUTED)}


@dataclass(slots=True)
class _Ready:
    """The form behind the one on the desk, opened ahead, with its first page once drawn."""

    after: str
    form: DeskForm | None = None
    page: tuple[QImage, int] | None = None
    came: bool = False
    wanted: bool = False


class StackDesk(Page):
    """One form at a time. ``left`` is called when the desk is left or the stack is done."""

    def __init__(self, desk: Desk, *, left: Callable[[], None]) -> None:
        super().__init__(desk)
        self._left = left
        self._stack = ""
        self._total = self._done_here = 0
        self.form: DeskForm | None = None
        self._ready: _Ready | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.pane = DocumentPane(desk)
        self.marks = ItemMarks()
        self.day: QDateEdit = day_box("deskDay")
        self.reason: QComboBox = choice(name="deskReason")
        self._head = label(kind="muted", name="deskHead")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._facts, self._list = QVBoxLayout(), QVBoxLayout()
        self._offer = button("stackdesk.take_day", self.take_day, look="link", name="deskOffer", lang=self.lang)
        self._side = QFrame()
        self._lay()
        keys: list[tuple[str, Callable[[], object]]] = [
            ("A", self.accept),
            ("R", self.choose_reason),
            ("N", self.step),
            ("G", self.all_ticked),
            ("D", self.take_day),
            ("Z", self.pane.view.zoom),
            ("Left", lambda: self.pane.view.turn(-1)),
            ("Right", lambda: self.pane.view.turn(1)),
            ("Esc", self._left),
        ]
        keys += [(str(n), lambda n=n: self.marks.step(n)) for n in range(1, 10)]  # type: ignore[misc]
        for key, act in keys:
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda act=act, key=key: act() if key == "Esc" or not _typing() else None)
        self.day.editingFinished.connect(self._day_typed)
        self.reason.activated.connect(lambda _: self.give_back())
        self.render_words()

    def begin(self, stack: str, *, total: int, decided: int) -> None:
        """Work on a stack from its first waiting form."""
        self._stack, self._total, self._done_here = stack, total, decided
        self.form, self._ready = None, None
        self.notice.clear()
        self.pane.warm()
        self._fetch("")

    def render_words(self) -> None:
        """Reasons, facts."""
        none: list[tuple[str, object]] = [(self.t("stackdesk.reason"), "")]
        fill_choice(self.reason, none + [(self.t(f"return.{code}"), code) for code in ops.reasons()])
        self.pane.render_words()
        if self.form is not None:
            self._tell(self.form)

    def all_ticked(self) -> None:
        """Every ordinary item of this form is as ticked; separate consents keep their own key."""
        form = self.form
        if form is not None:
            for item in self.marks.items:
                answer = "given" if form.form.reading is None else form.read.get(item, "")
                if answer and item not in form.separate:
                    self.marks.mark(item, answer)

    def take_day(self) -> None:
        """The offered day is the one written on the form; without an offer the day must be typed."""
        offered = self.form.offered_on if self.form else None
        if offered is None:
            self.day.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return
        self.day.setDate(QDate(offered.year, offered.month, offered.day))

    def _day_typed(self) -> None:
        if self.day.hasFocus() and self.isVisible():
            self.setFocus()  # the single letters work again

    def accept(self) -> None:
        """Accept what is marked; what was left out is named by the core."""
        if self.form is not None:
            request = ops.AcceptForm(
                form_id=self.form.form.form_id, answers=self.marks.answers, signed_on=day_in(self.day)
            )
            self.ask(ops.accept(request=request), lambda made: self._decided(made, "accepted"))

    def choose_reason(self) -> None:
        """Open the reasons; choosing one returns the form."""
        if self.form is not None:
            self.reason.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.reason.showPopup()

    def give_back(self) -> None:
        """Return the form for the reason chosen."""
        code = str(self.reason.currentData() or "")
        if self.form is None:
            return
        if not code:
            self.notice.tell(self.t("record.missing", what=self.t("stackdesk.reason.name")), tone="red")
            return
        task = ops.give_back(form_id=self.form.form.form_id, reason=code)
        self.ask(task, lambda made: self._decided(made, "returned"))

    def step(self) -> None:
        """Leave this form waiting and go on."""
        if self.form is not None:
            self.notice.clear()
            self._next(self.form.form.form_id)

    def _decided(self, made: FormDecided, how: str) -> None:
        self._done_here += 1
        before = self.form.form.form_id if self.form else ""
        tone = "red" if made.stack_returned else "green"
        key = "stackdesk.stack_returned" if made.stack_returned else f"stackdesk.{how}"
        self.notice.tell(self.t(key), tone=tone)
        if made.stack_returned:
            self._ready = None  # another order of work holds now
        self._next(before)

    def _next(self, after: str) -> None:
        ready = self._ready if self._ready and self._ready.after == after else None
        self._ready = None
        if ready is None:
            self._fetch(after)
        elif not ready.came:
            ready.wanted = True  # on its way; asking twice would log it twice
            self._ready = ready
        else:
            self._show(after, ready.form, ready.page)

    def _fetch(self, after: str) -> None:
        self.run(ops.next_form(stack=self._stack, after=after), lambda found: self._fetched(after, found))

    def _fetched(self, after: str, answer: "Answer[DeskForm | Refusal | None]") -> None:
        if isinstance(answer.value, Refusal):
            self.notice.refuse(answer.value, self.lang)
            self._show(after, None, None, ended=True)
        else:
            self._show(after, answer.value, None)

    def _show(self, after: str, form: DeskForm | None, page: Any, *, ended: bool = False) -> None:
        if form is None and after and not ended:
            self._fetch("")  # forms that were passed over come again
            return
        self.form = form
        self._side.setVisible(form is not None)
        if form is None:
            self._head.setText(self.t("stackdesk.done"))
            self.pane.say("" if ended else self.t("stackdesk.done.more"))
            return
        self._tell(form)
        self.pane.show_document(_document(form), page)
        self.setFocus()
        self._look_ahead(form.form.form_id)

    def _look_ahead(self, after: str) -> None:
        self._ready = ready = _Ready(after)
        self.run(ops.next_form(stack=self._stack, after=after), lambda found: self._came(ready, found))

    def _came(self, ready: _Ready, answer: "Answer[DeskForm | Refusal | None]") -> None:
        found = answer.value
        ready.came = True
        ready.form = None if isinstance(found, Refusal) else found
        if ready is not self._ready:
            return
        if ready.wanted:
            self._ready = None
            self._show(ready.after, ready.form, None)
        elif ready.form is not None and ready.form.data:
            task = render.page(found=_document(ready.form), number=0, width=FITTED)
            self.run(task, lambda page: setattr(ready, "page", page), lambda _: None)

    def _tell(self, form: DeskForm) -> None:
        self._bar.setRange(0, max(self._total, 1))
        self._bar.setValue(self._done_here)
        at = {"done": f"{self._done_here:,}", "of": f"{self._total:,}"}
        self._head.setText(self.t("stackdesk.head", stack=form.stack.name, **at))
        for box in (self._facts, self._list):
            empty(box)
        title = form.notice_title_zh if self.lang == "zh" else form.notice_title_en
        self._facts.addWidget(label(form.display, kind="heading", name="deskPerson"))
        self._facts.addWidget(label(f"{form.form.notice or '—'}  {title}", kind="small"))
        claimed = {a.item: a.answer for a in form.form.answers if a.answer}
        items = [a.item for a in form.form.answers]
        self.marks.put(items, self.lang, claimed=claimed, separate=form.separate, read=form.said)
        if reading := form.form.reading:
            seen = {"signature": reading.signed, "date": reading.dated}
            words = self.t("desk.read.lines", **{what: self.t(f"read.presence.{x}") for what, x in seen.items()})
            self._list.addWidget(label(words, kind="small", name="deskRead"))
        self.day.setDate(self.day.minimumDate())
        self.reason.setCurrentIndex(0)
        self._offer.setVisible(form.offered_on is not None)
        if form.offered_on is not None:
            self._offer.setText(self.t("stackdesk.offered", day=form.offered_on.isoformat()))
        for one in form.checklist:
            name, colour = _TONES[one.ok]
            words = self.t(f"check.{one.code}")
            more = label(one.detail, kind="small") if one.detail and one.code != "notice" else None
            line = row(picture(name, colour, 15), label(words), more, spacing=8)
            line.setStretch(1, 1)
            self._list.addLayout(line)

    def _lay(self) -> None:
        left, inside = card(margin=12)
        inside.addWidget(self.pane, 1)
        right, body = card(margin=18, spacing=9)
        right.setFixedWidth(420)
        self._side = right
        scrolled = QFrame()
        scrolled.setObjectName("plain")
        words = column(
            self._facts,
            label(key="stackdesk.items", kind="caption", lang=self.lang),
            self.marks,
            label(key="stackdesk.list", kind="caption", lang=self.lang),
            self._list,
            1,
            spacing=8,
        )
        words.setContentsMargins(0, 0, 10, 0)
        scrolled.setLayout(words)
        body.addWidget(scroll(scrolled), 1)
        body.addLayout(row(label(key="stackdesk.day", kind="caption", lang=self.lang), self.day, self._offer, 1))
        body.addWidget(self.reason)
        accept = button("stackdesk.accept", self.accept, look="primary", name="deskAccept", lang=self.lang)
        body.addLayout(row(button("stackdesk.next", self.step, name="deskNext", lang=self.lang), 1, accept))
        for each in (self.reason, self.day):
            each.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        leave = button("stackdesk.leave", self._left, look="link", name="deskLeave", lang=self.lang)
        both = row(left, right, spacing=14)
        both.setStretch(0, 1)
        head = row(leave, self._head, self._bar, spacing=14)
        head.setStretch(2, 1)
        hint = label(key="stackdesk.keys", kind="small", lang=self.lang)
        whole = column(self.notice, head, both, hint, spacing=8)
        whole.setStretch(2, 1)
        whole.setContentsMargins(0, 10, 28, 12)
        self.setLayout(whole)


def _document(form: DeskForm) -> EvidenceFile:
    return EvidenceFile(media_type=form.form.media_type, data=form.data, sha256=form.form.sha256)


def _typing() -> bool:
    return isinstance(QApplication.focusWidget(), QLineEdit | QAbstractSpinBox)
