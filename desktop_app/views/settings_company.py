"""Settings that concern the company: backup, the choice before proof."""

from datetime import date, datetime, timedelta
from typing import Any

from PySide6.QtCore import QDate
from PySide6.QtWidgets import QDateEdit, QFrame, QRadioButton, QVBoxLayout

from compliance.clock import shanghai_day
from compliance.model.access import BeforeProof
from compliance.model.answer import Refusal
from desktop_app.operations import settings as ops
from desktop_app.views.page import Desk, Page, scrolled
from desktop_app.widgets.basic import button, card, column, label, row
from desktop_app.widgets.form import PathField, field, line
from desktop_app.words import say, time_text


class BackupPart(Page):
    """Copy and keys, kept apart."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        layout = part_layout(self)
        self._last = label(kind="muted", name="lastBackup")
        for name, act in (("data", self._data), ("keys", self._keys)):
            frame, inside = card(margin=26, spacing=14)
            inside.addWidget(label(key=f"settings.backup.{name}", kind="title", lang=self.lang))
            inside.addWidget(label(key=f"settings.backup.{name}.sub", kind="muted", lang=self.lang))
            if name == "data":
                inside.addWidget(self._last)
            path = PathField(f"backup_{name}", mode="folder" if name == "data" else "save", lang=self.lang)
            inside.addLayout(field(f"settings.backup.{name}.path", path, lang=self.lang))
            go = button(f"settings.backup.{name}.go", act, look="primary", name=f"go_backup_{name}", lang=self.lang)
            inside.addLayout(row(1, go))
            setattr(self, f"_{name}_path", path)
            layout.addWidget(frame)
        layout.addWidget(self._rehearsal())
        layout.addStretch(1)

    def refresh(self) -> None:
        """When was the last one?"""
        self.run(ops.read(), self._got)

    def _got(self, answer: Any) -> None:
        last = "" if isinstance(answer.value, Refusal) else answer.value.get("last_backup", "")
        self._last.setText(
            self.t("settings.backup.last", when=time_text(datetime.fromisoformat(last))[:16])
            if last
            else self.t("bar.backup.none")
        )

    def _data(self) -> None:
        path: PathField = self._data_path  # type: ignore[attr-defined]
        if path.path is None:
            self.notice.tell(self.t("create.path.missing"), tone="red")
            return
        self.ask(ops.backup(path=path.path), lambda made: self._done("data", made))

    def _keys(self) -> None:
        path: PathField = self._keys_path  # type: ignore[attr-defined]
        if path.path is None:
            self.notice.tell(self.t("create.path.missing"), tone="red")
            return
        self.ask(ops.backup_keys(path=path.path), lambda made: self._done("keys", made))

    def _rehearsal(self) -> QFrame:
        frame, inside = card(margin=26, spacing=14)
        inside.addWidget(label(key="settings.rehearse", kind="title", lang=self.lang))
        inside.addWidget(label(key="settings.rehearse.sub", kind="muted", lang=self.lang))
        self._copy = PathField("rehearseData", mode="folder", lang=self.lang)
        self._copy_keys = PathField("rehearseKeys", mode="open", lang=self.lang)
        self._secret = line("rehearseSecret", secret=True, lang=self.lang)
        inside.addLayout(field("settings.rehearse.copy", self._copy, lang=self.lang))
        inside.addLayout(field("settings.backup.keys.path", self._copy_keys, lang=self.lang))
        inside.addLayout(field("settings.secret.old", self._secret, lang=self.lang))
        go = button("settings.rehearse.go", self._rehearse, look="primary", name="rehearse", lang=self.lang)
        inside.addLayout(row(1, go))
        return frame

    def _rehearse(self) -> None:
        secret = self._secret.text()
        self._secret.clear()
        if self._copy.path is None or self._copy_keys.path is None or not secret:
            self.notice.tell(self.t("settings.rehearse.missing"), tone="red")
            return
        task = ops.rehearse(path=self._copy.path, keys=self._copy_keys.path, passphrase=secret)
        self.run(task, self._rehearsed)

    def _rehearsed(self, tried: Any) -> None:
        if tried.ok:
            self.notice.tell(self.t("settings.rehearse.ok"))
        else:
            what = self.t("desk.list_sep").join(tried.problems)
            self.notice.tell(self.t("settings.rehearse.bad"), tone="red", more=what)

    def _done(self, name: str, made: Any) -> None:
        self.desk.state.note_backup(self.desk.clock.now())
        self.notice.tell(self.t(f"settings.backup.{name}.done"), more=self.t("settings.backup.rehearse"))
        self.refresh()


class BeforePart(Page):
    """What an assigned rep may see before consent is proven."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        layout = part_layout(self)
        frame, inside = card(margin=26, spacing=12)
        inside.addWidget(label(key="settings.before.title", kind="title", lang=self.lang))
        inside.addWidget(label(key="settings.before.sub", kind="muted", lang=self.lang))
        self._marks: dict[BeforeProof, QRadioButton] = {}
        for one in BeforeProof:
            mark = QRadioButton()
            mark.setObjectName(f"before_{one}")
            say(mark, text=f"settings.before.{one}", lang=self.lang)
            self._marks[one] = mark
            words = label(key=f"settings.before.{one}.sub", kind="small", lang=self.lang)
            words.setContentsMargins(24, 0, 0, 0)  # under the words of its mark
            inside.addLayout(column(mark, words, spacing=0))
        self._until = QDateEdit()
        self._until.setObjectName("beforeUntil")
        self._until.setDisplayFormat("yyyy-MM-dd")
        self._until.setCalendarPopup(True)
        soon = shanghai_day(self.desk.clock.now()) + timedelta(days=30)
        self._until.setDate(QDate(soon.year, soon.month, soon.day))
        inside.addLayout(row(field("settings.before.until", self._until, lang=self.lang), 1))
        inside.addLayout(
            row(1, button("settings.before.go", self._set, look="primary", name="setBefore", lang=self.lang))
        )
        layout.addWidget(frame)
        layout.addStretch(1)

    def refresh(self) -> None:
        """As it stands."""
        self.run(ops.read(), self._got)

    def _got(self, answer: Any) -> None:
        if not isinstance(answer.value, Refusal):
            self._marks[BeforeProof(answer.value["before_proof"])].setChecked(True)

    def _set(self) -> None:
        chosen = next((one for one, mark in self._marks.items() if mark.isChecked()), BeforeProof.CARD)
        day = self._until.date()
        until = date(day.year(), day.month(), day.day()) if chosen is BeforeProof.TRANSITION else None
        self.ask(ops.set_before_proof(choice=chosen, until=until), self._done)

    def _done(self, made: Any) -> None:
        if not self.waits(made):
            self.notice.tell(self.t("settings.before.done"))


def part_layout(page: Page) -> QVBoxLayout:
    """The column all these parts use."""
    layout = scrolled(page, width=860)
    layout.setContentsMargins(0, 18, 28, 28)
    return layout
