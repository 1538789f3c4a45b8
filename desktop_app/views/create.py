"""Before any vault is open: create one, recover one, make a rep's, or make the sample vault."""

import secrets
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPlainTextEdit, QWidget

from desktop_app.operations import session as ops
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import button, card, column, empty, label, row
from desktop_app.widgets.form import PathField, field, line
from desktop_app.words import say

_LEAST = 12


class CreatePage(Page):
    """One small form per wish. ``made`` carries a vault's path and user to unlock; ``left`` goes back."""

    made = Signal(object, str)
    left = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._box, self._form = card(name="card", margin=32, spacing=14)
        self._box.setFixedWidth(560)
        self._path = PathField("createPath", mode="save", lang=self.lang)
        self._texts: dict[str, QLineEdit] = {}
        self.setLayout(column(1, row(1, column(self.notice, self._box), 1), 2, margin=24))

    def begin(self, wish: str) -> None:
        """Show the form of ``create``, ``demo``, ``rep``, ``recover`` or ``restore``."""
        empty(self._form)
        self.notice.clear()
        self._texts = {}
        self._path = PathField("createPath", mode="folder" if wish == "recover" else "save", lang=self.lang)
        self._put(label(key=f"create.{wish}.title", kind="title", lang=self.lang))
        self._put(label(key=f"create.{wish}.sub", kind="muted", lang=self.lang))
        self._form.addLayout(field("create.path", self._path, lang=self.lang))
        getattr(self, f"_form_{wish}")()
        go = button(f"create.{wish}.go", getattr(self, f"_go_{wish}"), look="primary", name="createGo", lang=self.lang)
        back = button("create.back", self.left.emit, name="createBack", lang=self.lang)
        self._form.addLayout(row(back, 1, go))

    def _form_create(self) -> None:
        self._line("handler")
        self._line("owner")
        self._secrets()
        self._sheet = PathField("createSheet", mode="save", lang=self.lang, filters="PDF (*.pdf)")
        self._form.addLayout(field("create.sheet", self._sheet, lang=self.lang, help_key="create.sheet.help"))
        self._sandbox = QCheckBox()
        self._sandbox.setObjectName("createSandbox")
        say(self._sandbox, text="create.sandbox", lang=self.lang)
        self._put(self._sandbox)
        self._put(label(key="create.signers", kind="small", lang=self.lang))

    def _form_demo(self) -> None:
        """Nothing but the place."""

    def _form_rep(self) -> None:
        self._secrets()

    def _form_restore(self) -> None:
        self._copy = PathField("restoreData", mode="folder", lang=self.lang)
        self._copy_keys = PathField("restoreKeys", mode="open", lang=self.lang)
        self._form.addLayout(field("settings.rehearse.copy", self._copy, lang=self.lang))
        self._form.addLayout(field("settings.backup.keys.path", self._copy_keys, lang=self.lang))
        self._line("user")
        self._line("secret", secret=True)

    def _form_recover(self) -> None:
        self._sheet_text = QPlainTextEdit()
        self._sheet_text.setObjectName("recoverText")
        self._sheet_text.setFixedHeight(90)
        self._form.addLayout(field("create.recover.text", self._sheet_text, lang=self.lang))
        self._secrets()

    def _go_create(self) -> None:
        path, secret = self._path.path, self._secret()
        if path is None or secret is None:
            return self._missing(path)
        task = ops.create(
            path=_named(path),
            owner=self._texts["owner"].text().strip(),
            handler=self._texts["handler"].text().strip(),
            passphrase=secret,
            sandbox=self._sandbox.isChecked(),
            sheet=self._sheet.path,
            clock=self.desk.clock,
            lang=self.lang,
        )
        owner = self._texts["owner"].text().strip()
        self.run(task, lambda made: self.made.emit(made.vault, owner))
        return None

    def _go_demo(self) -> None:
        from desktop_app.operations import demo

        path = self._path.path
        if path is None:
            return self._missing(path)
        self.run(demo.make_demo(path=path, clock=self.desk.clock, lang=self.lang), self._demo_made)
        return None

    def _demo_made(self, made: Any) -> None:
        name = made.users[0] if made.users else ""
        self.made.emit(made.vault, getattr(name, "name", str(name)))

    def _go_rep(self) -> None:
        from desktop_app.operations import packs

        path, secret = self._path.path, self._secret()
        if path is None or secret is None:
            return self._missing(path)
        self.run(packs.init_rep(path=_named(path), passphrase=secret, clock=self.desk.clock), self._rep_made)
        return None

    def _rep_made(self, made: Any) -> None:
        more = self.t("create.rep.send", recipient=made.recipient, phrase=made.check_phrase)
        self.notice.tell(self.t("create.rep.done"), more=more)

    def _go_restore(self) -> None:
        into, copy, keys = self._path.path, self._copy.path, self._copy_keys.path
        user, secret = self._texts["user"].text().strip(), self._texts["secret"].text()
        self._texts["secret"].clear()
        if into is None or copy is None or keys is None or not user or not secret:
            self.notice.tell(self.t("create.restore.missing"), tone="red")
            return
        task = ops.restore(path=copy, keys=keys, into=_named(into), user=user, passphrase=secret, clock=self.desk.clock)
        self.run(task, lambda made: self.made.emit(made.vault, user))

    def _go_recover(self) -> None:
        path, secret = self._path.path, self._secret()
        if path is None or secret is None:
            return self._missing(path)
        task = ops.recover(path=path, text=self._sheet_text.toPlainText(), passphrase=secret, clock=self.desk.clock)
        self.run(task, lambda user: self.made.emit(path, user))
        return None

    def _missing(self, path: Path | None) -> None:
        if path is None:
            self.notice.tell(self.t("create.path.missing"), tone="red")

    def _secret(self) -> str | None:
        first, second = self._texts["secret"].text(), self._texts["again"].text()
        if len(first) < _LEAST:
            self.notice.tell(self.t("create.secret.short", least=_LEAST), tone="red")
        elif not secrets.compare_digest(first.encode(), second.encode()):
            self.notice.tell(self.t("create.secret.differ"), tone="red")
        else:
            return first
        return None

    def _secrets(self) -> None:
        self._line("secret", secret=True)
        self._line("again", secret=True)

    def _line(self, name: str, *, secret: bool = False) -> None:
        made = line(f"create{name.title()}", secret=secret, lang=self.lang)
        self._texts[name] = made
        self._form.addLayout(field(f"create.{name}", made, lang=self.lang))

    def _put(self, widget: QWidget) -> None:
        self._form.addWidget(widget)


def _named(path: Path) -> Path:
    return path if path.suffix == ".ckvault" else path.with_name(f"{path.name}.ckvault")
