"""Record a withdrawal: who, which items, what follows, done. No reason and no signature is asked (PIPL 15)."""

from typing import Any

from PySide6.QtCore import QDate, QDateTime, QTime
from PySide6.QtWidgets import QCheckBox, QDateTimeEdit, QStackedWidget, QVBoxLayout, QWidget

from compliance.clock import SHANGHAI
from compliance.model.answer import Answer, Refusal
from compliance.model.consent import ConsentStatus, LineStatus, Method
from desktop_app.operations import consents as ops
from desktop_app.views.page import Desk, Page, scrolled
from desktop_app.widgets.basic import button, card, chip, choice, column, empty, fill_choice, label, row
from desktop_app.widgets.consent_lines import TONES
from desktop_app.widgets.form import field
from desktop_app.widgets.person_picker import PersonPicker
from desktop_app.widgets.refusal import banner
from desktop_app.words import item_label

_CHANNELS = (Method.PHONE, Method.WECHAT, Method.EMAIL, Method.PAPER)


class WithdrawForm(Page):
    """Steps follow each other on one page; consequences stand in plain words before the last button."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._lines: tuple[LineStatus, ...] = ()
        self._marks: dict[str, QCheckBox] = {}
        self._steps = QStackedWidget()
        self.person = PersonPicker(desk, name="withdrawPerson")
        self.channel = choice(name="withdrawChannel")
        self.received = QDateTimeEdit()
        self._items = QVBoxLayout()
        self._effects = QVBoxLayout()
        self._outcome = QVBoxLayout()
        self._lay()
        self.person.chosen.connect(self._person)
        self.render_words()

    def open_at(self, what: object) -> None:
        """Begin with a person."""
        if isinstance(what, str):
            self.begin()
            self.person.set_person(what)

    def begin(self) -> None:
        """Step one."""
        self.notice.clear()
        now = self.desk.clock.now().astimezone(SHANGHAI)
        day, hour = QDate(now.year, now.month, now.day), QTime(now.hour, now.minute)
        self.received.setDateTime(QDateTime(day, hour))
        self._steps.setCurrentIndex(0)

    def render_words(self) -> None:
        """Drop-down list and items."""
        fill_choice(self.channel, [(self.t(f"method.{m}"), m) for m in _CHANNELS])
        self._list_items()

    @property
    def picked(self) -> tuple[str, ...]:
        """Items marked."""
        return tuple(item for item, mark in self._marks.items() if mark.isChecked())

    def _person(self, hcp_id: str) -> None:
        self._lines = ()
        self._list_items()
        if hcp_id:
            self.run(ops.status(hcp_id=hcp_id), self._got_lines)

    def _got_lines(self, answer: "Answer[tuple[LineStatus, ...] | Refusal]") -> None:
        if isinstance(answer.value, Refusal):
            self.notice.refuse(answer.value, self.lang)
            return
        self.notice.clear()
        self._lines = answer.value
        self._list_items()

    def _list_items(self) -> None:
        empty(self._items)
        self._marks = {}
        told = [x for x in self._lines if x.status not in (ConsentStatus.NOT_ASKED, ConsentStatus.WITHDRAWN)]
        if self.person.hcp_id and not told:
            self._items.addWidget(label(self.t("withdraw.nothing"), kind="muted"))
        for one in told:
            mark = QCheckBox(item_label(one.item, self.lang))
            mark.setObjectName(f"withdraw_{one.item}")
            mark.setChecked(one.open)
            self._marks[one.item] = mark
            status = chip(self.t(f"status.{one.status}"), TONES.get(one.status, "neutral"))
            self._items.addLayout(row(mark, status, 1))

    def _to_effects(self) -> None:
        if not self.person.hcp_id:
            self.notice.tell(self.t("record.missing", what=self.t("record.person")), tone="red")
            return
        self.notice.clear()
        empty(self._effects)
        items = self.picked
        named = self.t("desk.list_sep").join(item_label(i, self.lang) for i in items) or self.t("withdraw.all")
        self._effects.addWidget(label(self.t("withdraw.effect.items", items=named), kind="heading"))
        for number in (1, 2, 3, 4):
            self._effects.addWidget(label("•  " + self.t(f"withdraw.effect.{number}")))
        self._steps.setCurrentIndex(1)

    def _withdraw(self) -> None:
        stamp = self.received.dateTime().toString("yyyy-MM-ddTHH:mm") + "+08:00"
        task = ops.withdraw(
            hcp_id=self.person.hcp_id,
            items=self.picked or None,
            received_at=stamp,
            channel=str(self.channel.currentData()),
        )
        self.ask(task, self._done)

    def _done(self, done: Any) -> None:
        empty(self._outcome)
        named = self.t("desk.list_sep").join(item_label(i, self.lang) for i in done.withdrawn)
        self._outcome.addWidget(banner(self.t("withdraw.done", items=named or "—"), tone="green"))
        if done.tasks:
            self._outcome.addWidget(label(self.t("withdraw.tasks", count=len(done.tasks))))
        self._outcome.addWidget(label(self.t("withdraw.proof"), kind="small"))
        self._steps.setCurrentIndex(2)

    def _lay(self) -> None:
        self.received.setObjectName("withdrawReceived")
        self.received.setCalendarPopup(True)
        self.received.setMinimumWidth(210)
        self.received.setDisplayFormat("yyyy-MM-dd HH:mm")
        layout = scrolled(self, width=860)
        layout.setContentsMargins(0, 18, 28, 28)
        frame, inside = card(margin=26, spacing=16)
        inside.addWidget(label(key="withdraw.title", kind="title", lang=self.lang))
        inside.addWidget(label(key="withdraw.sub", kind="muted", lang=self.lang))
        inside.addWidget(self._steps)
        first = column(
            field("withdraw.person", self.person, lang=self.lang),
            row(
                field("withdraw.channel", self.channel, lang=self.lang),
                field("withdraw.received", self.received, lang=self.lang),
                1,
                spacing=18,
            ),
            label(key="withdraw.items", kind="caption", lang=self.lang),
            self._items,
            1,
            row(1, button("withdraw.next", self._to_effects, look="primary", name="withdrawNext", lang=self.lang)),
            spacing=14,
        )
        second = column(
            self._effects,
            1,
            row(
                button("withdraw.back", lambda: self._steps.setCurrentIndex(0), name="withdrawBack", lang=self.lang),
                1,
                button("withdraw.go", self._withdraw, look="primary", name="withdrawGo", lang=self.lang),
            ),
        )
        third = column(
            self._outcome, 1, row(1, button("withdraw.again", self._again, name="withdrawAgain", lang=self.lang))
        )
        for step in (first, second, third):
            holder = QWidget()
            holder.setLayout(step)
            self._steps.addWidget(holder)
        layout.addWidget(frame)
        layout.addStretch(1)
        self.begin()

    def _again(self) -> None:
        self.person.set_person("")
        self.person.edit.clear()
        self.begin()
