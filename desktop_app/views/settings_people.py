"""Settings of this computer and this person, and the users of the vault."""

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QVBoxLayout

from compliance.i18n import Lang
from compliance.model.access import SLOT_ROLES, Role
from compliance.model.answer import Answer
from compliance.model.register import User
from desktop_app.operations import settings as ops
from desktop_app.prefs import LOCK_MINUTES
from desktop_app.views.device_secret import DeviceSecretPart
from desktop_app.views.page import Desk, Page
from desktop_app.views.self_test import SelfTestPart
from desktop_app.views.settings_company import part_layout
from desktop_app.views.settings_training import TrainingPart
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import button, card, chip, choice, empty, fill_choice, hline, label, row
from desktop_app.widgets.dialogs import confirm
from desktop_app.widgets.form import field, line
from desktop_app.words import role_label, time_text


class OwnPart(Page):
    """This computer and this person."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        layout = part_layout(self)
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
        self._device = DeviceSecretPart(desk)
        layout.addWidget(self._device)
        self._self_test = SelfTestPart(desk)
        layout.addWidget(self._self_test)
        layout.addStretch(1)
        self.render_words()
        self.language.currentIndexChanged.connect(lambda _: self._switch())
        self.minutes.currentIndexChanged.connect(lambda _: self._lock())

    def refresh(self) -> None:
        """How one's own account opens."""
        self._device.refresh()

    def render_words(self) -> None:
        """Choices as they stand."""
        fill_choice(self.language, [(self.t(f"lang.{x}"), x) for x in Lang])
        fill_choice(self.minutes, [(self.t("settings.minutes.count", count=m), m) for m in LOCK_MINUTES])
        for box, value in ((self.language, self.lang), (self.minutes, self.desk.prefs.lock_minutes)):
            box.blockSignals(True)
            box.setCurrentIndex(box.findData(value))
            box.blockSignals(False)
        self._device.render_words()
        self._self_test.render_words()

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
        layout = part_layout(self)
        frame, inside = card(margin=26)
        inside.addWidget(label(key="settings.users.title", kind="title", lang=self.lang))
        inside.addWidget(label(key="settings.users.sub", kind="muted", lang=self.lang))
        inside.addSpacing(8)
        inside.addWidget(label(key="settings.users.add", kind="heading", lang=self.lang))
        self._name, self._role = line("newUserName", lang=self.lang), choice(name="newUserRole")
        self._secret = line("newUserSecret", secret=True, lang=self.lang)
        inside.addLayout(
            row(
                field("settings.users.name", self._name, lang=self.lang),
                field("settings.users.role", self._role, lang=self.lang),
                field("settings.users.secret", self._secret, lang=self.lang),
            )
        )
        inside.addLayout(row(1, button("settings.users.go", self._add, look="primary", name="addUser", lang=self.lang)))
        inside.addWidget(hline())
        self._list = QVBoxLayout()
        inside.addLayout(self._list)
        layout.addWidget(frame)
        self._training = TrainingPart(desk)
        layout.addWidget(self._training)
        layout.addStretch(1)
        self._users: tuple[User, ...] = ()
        self.render_words()

    def refresh(self) -> None:
        """Ask anew."""
        self.run(ops.users(), self._got)
        self._training.refresh()

    def render_words(self) -> None:
        """Roles, list and trainings."""
        self._training.render_words()
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
            reset = None
            if remove is not None:
                reset = button(
                    "settings.users.reset", self._resetter(user.name), name=f"reset_{user.name}", lang=self.lang
                )
            role = chip(role_label(user.role, self.lang), "blue")
            name = label(user.name)
            name.setFixedWidth(110)
            one = row(name, role, state, 1, since, reset, remove, spacing=12)
            self._list.addLayout(one)
            self._list.addWidget(hline())

    def _resetter(self, name: str) -> Callable[[], None]:
        def reset() -> None:
            dialog = ActDialog(
                self.desk,
                self,
                name="resetDialog",
                title=self.t("settings.users.reset.title", name=name),
                effect=self.t("settings.users.reset.effect"),
                act=self.t("settings.users.reset.go"),
            )
            secret = dialog.put("settings.users.secret", line("resetSecret", secret=True, lang=self.lang))
            dialog.ask(lambda: ops.reset_user(name=name, passphrase=secret.text()), lambda made: self.told(made, ""))

        return reset

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
        if not self.waits(made):
            self.notice.tell(self.t("settings.users.added"))
        self.refresh()
