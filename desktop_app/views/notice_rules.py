"""Around notices: exceptions from notice with their end (PIPL 18), and how long nobody is asked again after a no."""

from datetime import timedelta
from typing import Any

from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QVBoxLayout

from compliance.clock import shanghai_day
from compliance.i18n import Lang
from compliance.model.access import Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.notice import NoticeException
from compliance.use_cases.notices.notice_history import EXCEPTIONS
from desktop_app.models.rows import Column
from desktop_app.operations import notices as ops
from desktop_app.views.page import Desk, Page, scrolled
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import button, card, choice, fill_choice, label, row
from desktop_app.widgets.form import day_box, day_in, line
from desktop_app.widgets.person_picker import PersonPicker
from desktop_app.widgets.table import Table
from desktop_app.words import day_text, purpose_label


class NoticeRules(Page):
    """Two cards."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.table: Table[NoticeException] = Table(
            [
                Column("col.code", lambda x, _: self.t(f"except.{x.code}"), 150),
                Column("col.purpose", lambda x, lang: purpose_label(x.purpose, lang)),
                Column("col.number", lambda x, _: x.hcp_id or self.t("except.everybody"), 150),
                Column("col.law", lambda x, _: x.citation, 110),
                Column("col.approver", lambda x, _: x.approver, 100),
                Column("col.ends", lambda x, lang: day_text(x.ends_at - timedelta(microseconds=1), lang), 190),
            ],
            self.lang,
            name="exceptionTable",
        )
        self._none = label(key="except.none", kind="muted", lang=self.lang)
        self._lock = label(kind="number", name="askLock")
        self.days = line("askLockDays", lang=self.lang)
        self.days.setValidator(QIntValidator(1, 3650, self.days))
        self.days.setFixedWidth(110)
        self._told = QVBoxLayout()
        self._lay()

    def refresh(self) -> None:
        """Ask anew."""
        self.run(ops.exceptions(), self._got)
        self.run(ops.read_ask_lock(), self._got_settings)

    def affected(self, changes: Changes) -> bool:
        """Settings and tasks."""
        return changes.settings or changes.tasks

    def render_words(self) -> None:
        """Table."""
        self.table.rows.set_lang(Lang(self.lang))

    def _got(self, answer: Answer[tuple[NoticeException, ...]]) -> None:
        self.table.put(answer.value)
        self.table.fit(6)
        self.table.setVisible(bool(answer.value))
        self._none.setVisible(not answer.value)

    def _got_settings(self, answer: Any) -> None:
        if not isinstance(answer.value, Refusal):
            self._lock.setText(self.t("ask_lock.days", days=answer.value["ask_lock_days"]))

    def _set(self) -> None:
        if not self.days.text().isdecimal():
            self.notice.tell(self.t("record.missing", what=self.t("ask_lock.new")), tone="red")
            return
        self.ask(ops.set_ask_lock(days=int(self.days.text())), self._set_done)

    def _set_done(self, made: Any) -> None:
        if not self.waits(made):
            self.notice.tell(self.t("ask_lock.done"))
        self.days.clear()
        self.refresh()

    def _except(self) -> None:
        dialog = ActDialog(
            self.desk,
            self,
            name="exceptDialog",
            title=self.t("except.title"),
            effect=self.t("except.effect"),
            act=self.t("except.go"),
        )
        code, purpose = choice(name="exceptCode"), choice(name="exceptPurpose")
        fill_choice(code, [(self.t(f"except.{x}"), x) for x in EXCEPTIONS])
        fill_choice(purpose, [(purpose_label(p, self.lang), p) for p in Purpose])
        dialog.pair(("except.code", code), ("except.purpose", purpose))
        cited = line("exceptLaw", hint="except.law.hint", lang=self.lang)
        approver = line("exceptApprover", lang=self.lang)
        dialog.pair(("except.law", cited), ("except.approver", approver))
        until = dialog.put("except.until", day_box("exceptUntil", shanghai_day(self.desk.clock.now())))
        person = dialog.put("except.person", PersonPicker(self.desk, name="exceptPerson"))

        def make() -> Any:
            return ops.except_from(
                code=str(code.currentData()),
                purpose=Purpose(purpose.currentData()),
                citation=cited.text().strip(),
                approver=approver.text().strip(),
                until=str(day_in(until)),
                hcp_id=person.hcp_id,
            )

        dialog.ask(make, lambda _: self._excepted())

    def _excepted(self) -> None:
        self.notice.tell(self.t("except.done"))
        self.refresh()

    def _lay(self) -> None:
        layout = scrolled(self, width=1100)
        layout.setContentsMargins(0, 14, 28, 24)
        lock, inside = card(margin=22)
        inside.addWidget(label(key="ask_lock.title", kind="heading", lang=self.lang))
        inside.addWidget(label(key="ask_lock.sub", kind="muted", lang=self.lang))
        self._lock.setWordWrap(False)
        parts = row(self._lock, 1, spacing=16)
        if self.desk.state.may("change_settings"):
            caption = label(key="ask_lock.new", kind="caption", lang=self.lang)
            caption.setWordWrap(False)
            caption.setBuddy(self.days)
            parts.addWidget(caption)
            parts.addWidget(self.days)
            parts.addWidget(button("ask_lock.go", self._set, name="askLockGo", lang=self.lang))
        inside.addLayout(parts)
        layout.addWidget(lock)
        frame, body = card(margin=22)
        add = button("except.add", self._except, name="exceptAdd", lang=self.lang)
        add.setVisible(False)
        body.addLayout(row(label(key="except.head", kind="heading", lang=self.lang), 1, add))
        body.addWidget(label(key="except.sub", kind="muted", lang=self.lang))
        body.addWidget(self.table)
        body.addWidget(self._none)
        layout.addWidget(frame)
        add.setVisible(self.desk.state.may("except_notice"))
        layout.addStretch(1)
