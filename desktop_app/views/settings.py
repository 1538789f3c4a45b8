"""Settings: language and lock, one's passphrase, users, reps, backup, requests that wait, the choice before proof."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from PySide6.QtCore import QDate
from PySide6.QtWidgets import QDateEdit, QFrame, QRadioButton, QTabWidget, QVBoxLayout

from compliance.clock import SystemClock, shanghai_day
from compliance.i18n import Lang, has
from compliance.model.access import SLOT_ROLES, BeforeProof, Role
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.register import PendingRequest, User
from desktop_app.operations import settings as ops
from desktop_app.operations import today as desk_ops
from desktop_app.prefs import LOCK_MINUTES
from desktop_app.views.page import Desk, Page, scrolled
from desktop_app.views.rep_register import RepRegister
from desktop_app.widgets.basic import button, card, chip, choice, column, empty, fill_choice, hline, label, row
from desktop_app.widgets.dialogs import confirm
from desktop_app.widgets.form import PathField, field, line
from desktop_app.words import day_text, role_label, say, time_text

_TABS = ("own", "users", "reps", "backup", "requests", "before")
_ACTS = {
    "users": "add_user",
    "reps": "register_rep",
    "backup": "backup",
    "requests": "decide_request",
    "before": "change_settings",
}


class SettingsPage(Page):
    """Tabs; only what this role may do is there."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        from compliance.use_cases.duties import may

        sitting = desk.state.sitting
        role = sitting.role if sitting else Role.AUDITOR
        made: dict[str, Callable[[Desk], Page]] = {
            "own": OwnPart,
            "users": UsersPart,
            "reps": RepRegister,
            "backup": BackupPart,
            "requests": RequestsPart,
            "before": BeforePart,
        }
        self._names = [n for n in _TABS if n not in _ACTS or may(role, _ACTS[n])]
        self.parts = {name: made[name](desk) for name in self._names}
        self._tabs = QTabWidget()
        self._tabs.setObjectName("settingsTabs")
        self._tabs.setDocumentMode(True)
        for name, part in self.parts.items():
            self._tabs.addTab(part, self.t(f"settings.tab.{name}"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 10, 0, 0)
        layout.addWidget(self._tabs)
        self._tabs.currentChanged.connect(lambda _: self.refresh())

    def refresh(self) -> None:
        """The part in front."""
        front = self._tabs.currentWidget()
        if isinstance(front, Page):
            front.refresh()

    def affected(self, changes: Changes) -> bool:
        """Users, settings, requests."""
        return changes.users or changes.settings or changes.tasks

    def open_at(self, what: object) -> None:
        """A tab by name or tile."""
        name = {"transition_days": "before"}.get(str(what), str(what))
        if name in self._names:
            self._tabs.setCurrentIndex(self._names.index(name))

    def render_words(self) -> None:
        """Tabs and parts."""
        for number, name in enumerate(self._names):
            self._tabs.setTabText(number, self.t(f"settings.tab.{name}"))
        for part in self.parts.values():
            part.render_words()


class OwnPart(Page):
    """This computer and this person."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        layout = _part(self)
        frame, inside = card(margin=26, spacing=16)
        inside.addWidget(label(key="settings.own.title", kind="title", lang=self.lang))
        self.language, self.minutes = choice(name="setLanguage"), choice(name="setMinutes")
        both = row(
            field("settings.language", self.language, lang=self.lang),
            field("settings.minutes", self.minutes, lang=self.lang, help_key="settings.minutes.help"),
            1,
            spacing=22,
        )
        inside.addLayout(both)
        layout.addWidget(frame)
        secret, body = card(margin=26, spacing=14)
        body.addWidget(label(key="settings.secret", kind="heading", lang=self.lang))
        self._old = line("oldSecret", secret=True, lang=self.lang)
        self._new = line("newSecret", secret=True, lang=self.lang)
        body.addLayout(
            row(
                field("settings.secret.old", self._old, lang=self.lang),
                field("settings.secret.new", self._new, lang=self.lang),
            )
        )
        body.addLayout(row(1, button("settings.secret.go", self._change, name="changeSecret", lang=self.lang)))
        layout.addWidget(secret)
        layout.addStretch(1)
        self.render_words()
        self.language.currentIndexChanged.connect(lambda _: self._switch())
        self.minutes.currentIndexChanged.connect(lambda _: self._lock())

    def render_words(self) -> None:
        """Choices as they stand."""
        fill_choice(self.language, [(self.t(f"lang.{x}"), x) for x in Lang])
        fill_choice(self.minutes, [(self.t("settings.minutes.count", count=m), m) for m in LOCK_MINUTES])
        for box, value in ((self.language, self.lang), (self.minutes, self.desk.prefs.lock_minutes)):
            box.blockSignals(True)
            box.setCurrentIndex(box.findData(value))
            box.blockSignals(False)

    def _switch(self) -> None:
        self.desk.state.set_lang(Lang(self.language.currentData()))

    def _lock(self) -> None:
        self.desk.prefs.lock_minutes = int(self.minutes.currentData())
        self.desk.state.lock_minutes_changed.emit(self.desk.prefs.lock_minutes)

    def _change(self) -> None:
        task = ops.change_passphrase(old=self._old.text(), new=self._new.text())
        self._old.clear()
        self._new.clear()
        self.run(task, lambda _: self.notice.tell(self.t("settings.secret.done")))


class UsersPart(Page):
    """Users of this vault."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        layout = _part(self)
        frame, inside = card(margin=26)
        inside.addWidget(label(key="settings.users.title", kind="title", lang=self.lang))
        inside.addWidget(label(key="settings.users.sub", kind="muted", lang=self.lang))
        self._list = QVBoxLayout()
        inside.addLayout(self._list)
        layout.addWidget(frame)
        form, body = card(margin=26, spacing=14)
        body.addWidget(label(key="settings.users.add", kind="heading", lang=self.lang))
        self._name, self._role = line("newUserName", lang=self.lang), choice(name="newUserRole")
        self._secret = line("newUserSecret", secret=True, lang=self.lang)
        body.addLayout(
            row(
                field("settings.users.name", self._name, lang=self.lang),
                field("settings.users.role", self._role, lang=self.lang),
                field("settings.users.secret", self._secret, lang=self.lang),
            )
        )
        body.addLayout(row(1, button("settings.users.go", self._add, look="primary", name="addUser", lang=self.lang)))
        layout.addWidget(form)
        layout.addStretch(1)
        self._users: tuple[User, ...] = ()
        self.render_words()

    def refresh(self) -> None:
        """Ask anew."""
        self.run(ops.users(), self._got)

    def render_words(self) -> None:
        """Roles and list."""
        fill_choice(self._role, [(role_label(r, self.lang), r) for r in SLOT_ROLES])
        self._draw()

    def _got(self, answer: Answer[tuple[User, ...]]) -> None:
        self._users = answer.value
        self._draw()

    def _draw(self) -> None:
        empty(self._list)
        me = self.desk.state.sitting.user if self.desk.state.sitting else ""
        for user in self._users:
            gone = user.removed_at is not None
            remove = None
            if not gone and user.name != me:
                remove = button(
                    "settings.users.remove",
                    self._remover(user.name),
                    look="danger",
                    name=f"remove_{user.name}",
                    lang=self.lang,
                )
            state = chip(self.t("settings.users.gone"), "grey") if gone else None
            since = label(time_text(user.added_at)[:10], kind="small")
            one = row(
                label(user.name), chip(role_label(user.role, self.lang), "blue"), state, 1, since, remove, spacing=12
            )
            self._list.addLayout(one)
            self._list.addWidget(hline())

    def _remover(self, name: str) -> Callable[[], None]:
        def remove() -> None:
            title, effect = self.t("settings.users.remove.title", name=name), self.t("settings.users.remove.effect")
            if confirm(self, self.lang, title=title, effect=effect, act=self.t("settings.users.remove"), danger=True):
                self.ask(ops.remove_user(name=name), lambda _: self.refresh())

        return remove

    def _add(self) -> None:
        task = ops.add_user(
            name=self._name.text().strip(), role=Role(self._role.currentData()), passphrase=self._secret.text()
        )
        self._secret.clear()
        self.ask(task, self._added)

    def _added(self, made: Any) -> None:
        if isinstance(made, PendingRequest):
            self.notice.tell(self.t("desk.second_needed", request=made.request_id), tone="blue")
        else:
            self.notice.tell(self.t("settings.users.added"))
        self.refresh()


class BackupPart(Page):
    """Copy and keys, kept apart."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        layout = _part(self)
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
        layout.addStretch(1)

    def refresh(self) -> None:
        """When was the last one?"""
        self.run(ops.read(), self._got)

    def _got(self, answer: Any) -> None:
        last = "" if isinstance(answer.value, Refusal) else answer.value.get("last_backup", "")
        self._last.setText(
            self.t("settings.backup.last", when=last[:16].replace("T", " ")) if last else self.t("bar.backup.none")
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

    def _done(self, name: str, made: Any) -> None:
        self.desk.state.note_backup(day_text(SystemClock().now(), self.lang))
        self.notice.tell(self.t(f"settings.backup.{name}.done"), more=self.t("settings.backup.rehearse"))
        self.refresh()


class RequestsPart(Page):
    """Acts that wait for a second person."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        layout = _part(self)
        self._box = QVBoxLayout()
        self._box.setSpacing(12)
        layout.addWidget(label(key="settings.requests.sub", kind="muted", lang=self.lang))
        layout.addLayout(self._box)
        layout.addStretch(1)
        self._waiting: tuple[PendingRequest, ...] = ()

    def refresh(self) -> None:
        """Ask anew."""
        self.run(desk_ops.show_requests(), self._got)

    def render_words(self) -> None:
        """Say again."""
        self._draw()

    def _got(self, answer: Any) -> None:
        self._waiting = () if isinstance(answer.value, Refusal) else answer.value
        self._draw()

    def _draw(self) -> None:
        empty(self._box)
        if not self._waiting:
            self._box.addWidget(label(self.t("settings.requests.none"), kind="muted", name="requestsNone"))
        for one in self._waiting:
            self._box.addWidget(self._request(one))

    def _request(self, one: PendingRequest) -> QFrame:
        frame, inside = card()
        key = f"request.{one.action}"
        what = self.t(key) if has(key) else one.action
        who = self.t("settings.requests.by", name=one.requested_by, when=time_text(one.requested_at)[:16])
        no = button(
            "settings.requests.no",
            self._decider(one, yes=False),
            look="danger",
            name=f"reject_{one.request_id}",
            lang=self.lang,
        )
        yes = button(
            "settings.requests.yes",
            self._decider(one, yes=True),
            look="primary",
            name=f"approve_{one.request_id}",
            lang=self.lang,
        )
        line_ = row(
            column(label(what, kind="heading"), label(f"{who} · {one.request_id}", kind="small"), spacing=2), no, yes
        )
        line_.setStretch(0, 1)
        inside.addLayout(line_)
        return frame

    def _decider(self, one: PendingRequest, *, yes: bool) -> Callable[[], None]:
        act = desk_ops.approve if yes else desk_ops.reject
        return lambda: self.ask(act(request_id=one.request_id), lambda _: self._decided(yes))

    def _decided(self, yes: bool) -> None:
        self.notice.tell(self.t("settings.requests.approved" if yes else "settings.requests.rejected"))
        self.refresh()


class BeforePart(Page):
    """What an assigned rep may see before consent is proven."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        layout = _part(self)
        frame, inside = card(margin=26, spacing=12)
        inside.addWidget(label(key="settings.before.title", kind="title", lang=self.lang))
        inside.addWidget(label(key="settings.before.sub", kind="muted", lang=self.lang))
        self._marks: dict[BeforeProof, QRadioButton] = {}
        for one in BeforeProof:
            mark = QRadioButton()
            mark.setObjectName(f"before_{one}")
            say(mark, text=f"settings.before.{one}", lang=self.lang)
            self._marks[one] = mark
            inside.addWidget(mark)
            inside.addWidget(label(key=f"settings.before.{one}.sub", kind="small", lang=self.lang))
        self._until = QDateEdit()
        self._until.setObjectName("beforeUntil")
        self._until.setDisplayFormat("yyyy-MM-dd")
        self._until.setCalendarPopup(True)
        soon = shanghai_day(SystemClock().now()) + timedelta(days=30)
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
        if isinstance(made, PendingRequest):
            self.notice.tell(self.t("desk.second_needed", request=made.request_id), tone="blue")
        else:
            self.notice.tell(self.t("settings.before.done"))


def _part(page: Page) -> QVBoxLayout:
    layout = scrolled(page, width=860)
    layout.setContentsMargins(0, 18, 28, 28)
    return layout
