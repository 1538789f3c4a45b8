"""Unlock: which vault, who, passphrase. Calm, and ready to type."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QLabel, QVBoxLayout, QWidget

from compliance.errors import ComplianceError
from compliance.i18n import Lang
from desktop_app.errors import problem
from desktop_app.operations import session as ops
from desktop_app.operations.session import Opened
from desktop_app.state import Frame
from desktop_app.theme import FRAMES
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import button, card, choice, column, label, picture, row
from desktop_app.widgets.flow import Flow
from desktop_app.widgets.form import PathField, field, line

if TYPE_CHECKING:
    from compliance.use_cases.seat.session import VaultInfo

#: Other things to do here, and the names of their links.
_WAYS = (
    ("create", ""),
    ("demo", ""),
    ("rep", ""),
    ("recover", ""),
    ("sign", "unlockSign"),
    ("restore", ""),
)


class UnlockPage(Page):
    """The first window. ``opened`` carries the sitting; ``wants`` names another page: create, rep, sign, …"""

    opened = Signal(object)
    wants = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._vault = PathField("vaultPath", mode="folder", lang=self.lang)
        self._user = choice(name="userName")
        self._user.setEditable(True)
        self._user.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._secret = line("passphrase", secret=True, hint="unlock.passphrase.hint", lang=self.lang)
        self._facts = label(kind="small", name="vaultFacts")
        self._fault = label(kind="error", name="unlockFault")
        self._go = button("unlock.go", self.unlock, look="primary", name="unlockGo", lang=self.lang)
        self._lay()
        self._vault.edit.editingFinished.connect(self._peek)
        self._vault.edit.textChanged.connect(lambda _: self._forget())
        self._secret.returnPressed.connect(self.unlock)
        self._peeked: Path | None = None
        self._info: VaultInfo | None = None

    def offer(self, path: Path | None, user: str = "") -> None:
        """Propose a vault and a user; the cursor goes to what is still missing."""
        self._vault.set_path(path)
        if user:
            self._user.setEditText(user)
        self._peek()
        (self._secret if path else self._vault.edit).setFocus()

    def set_secret(self, user: str, passphrase: str) -> None:
        """Fill in who and the passphrase."""
        if user:
            self._user.setEditText(user)
        self._secret.setText(passphrase)

    def unlock(self) -> None:
        """Try it."""
        path, user, secret = self._vault.path, self._user.currentText().strip(), self._secret.text()
        if path is None or not user or not secret:
            self._fault.setText(self.t("unlock.incomplete"))
            return
        self._wait(True)
        task = ops.unlock(path=path, user=user, passphrase=secret, clock=self.desk.clock, lang=self.lang)
        self._secret.clear()
        self.desk.tasks.hold(task, self._done, self._failed)

    def _done(self, opened: Opened) -> None:
        self._wait(False)
        self._fault.clear()
        self.desk.prefs.last_vault = opened.sitting.path
        self.opened.emit(opened.sitting)

    def _failed(self, error: BaseException) -> None:
        self._wait(False)
        if not isinstance(error, ComplianceError):
            self.desk.tasks.trouble.emit(error)
            return
        found = problem(error, self.lang)
        self._fault.setText("\n".join(x for x in (found.text or found.title, found.next_step) if x))
        self._secret.setFocus()

    def _wait(self, waiting: bool) -> None:
        for widget in (self._vault, self._user, self._secret, self._go):
            widget.setEnabled(not waiting)
        self._go.setText(self.t("unlock.waiting" if waiting else "unlock.go"))

    def _peek(self) -> None:
        path = self._vault.path
        if path is None or path == self._peeked:
            return
        self._peeked = path
        self.run(ops.peek(path=path), self._show, self._no_vault)

    def _show(self, info: "VaultInfo") -> None:
        typed = self._user.currentText()
        self._user.clear()
        self._user.addItems(list(info.users))
        self._user.setEditText(typed or (info.users[0] if len(info.users) == 1 else ""))
        self._info = info
        self.render_words()
        self._fault.clear()
        self.run(ops.prepare(), lambda _: None, lambda _: None)  # what fails there fails at unlocking, and is said then

    def render_words(self) -> None:
        """Whose store this is, in the language now."""
        info = self._info
        if info is None:
            return
        kind = self.t("unlock.kind.rep" if info.kind == "rep" else "unlock.kind.master")
        stamp = self.t("app.sandbox") if info.sandbox else ""
        self._facts.setText(" · ".join(x for x in (info.handler, kind, stamp) if x))

    def _forget(self) -> None:
        self._peeked = self._info = None
        self._facts.clear()

    def _no_vault(self, error: BaseException) -> None:
        self._peeked = None
        if isinstance(error, ComplianceError):
            self._fault.setText(problem(error, self.lang).text)
        else:
            self.desk.tasks.trouble.emit(error)

    def _lay(self) -> None:
        box, inside = card(name="card", margin=34, spacing=16)
        box.setFixedWidth(480)
        inside.addWidget(label(key="unlock.title", kind="display", lang=self.lang))
        inside.addWidget(label(key="unlock.sub", kind="muted", lang=self.lang))
        inside.addSpacing(4)
        inside.addLayout(field("unlock.vault", self._vault, lang=self.lang))
        inside.addWidget(self._facts)
        inside.addLayout(field("unlock.user", self._user, lang=self.lang))
        inside.addLayout(field("unlock.passphrase", self._secret, lang=self.lang))
        inside.addWidget(self._fault)
        inside.addWidget(self._go)
        others = QWidget()
        others.setFixedWidth(480)
        others.setLayout(
            Flow(gap=12).add(
                *(
                    button(f"unlock.{name}", lambda n=name: self.wants.emit(n), look="link", name=made, lang=self.lang)  # type: ignore[misc]
                    for name, made in _WAYS
                )
            )
        )
        langs = row(
            1,
            button("lang.zh", lambda: self.desk.state.set_lang(Lang.ZH), look="link", name="langZh", lang=self.lang),
            button("lang.en", lambda: self.desk.state.set_lang(Lang.EN), look="link", name="langEn", lang=self.lang),
        )
        middle = column(1, box, others, 2, spacing=14)
        right = row(1, middle, 1)
        body = QWidget()
        body.setLayout(column(langs, right, label(key="unlock.offline", kind="small", lang=self.lang), margin=22))
        whole = row(_side(self.lang), body, spacing=0)
        whole.setStretch(1, 1)
        self.setLayout(whole)


def _side(lang: Lang) -> QFrame:
    side = QFrame()
    side.setObjectName("rail")
    side.setFixedWidth(330)
    layout = QVBoxLayout(side)
    layout.setContentsMargins(36, 44, 36, 36)
    layout.setSpacing(14)
    white = "#FFFFFF"
    layout.addWidget(picture("evidence", white, 44))
    brand = QLabel("ConsentKeep 信守")
    brand.setStyleSheet("font-size: 24px; font-weight: bold; color: white;")
    layout.addWidget(brand)
    layout.addWidget(label(key="unlock.claim", lang=lang))
    layout.addStretch(1)
    for key, icon in (("unlock.point.1", "lock"), ("unlock.point.2", "consents"), ("unlock.point.3", "shield")):
        point = row(picture(icon, FRAMES[Frame.NORMAL].rail_text, 20), label(key=key, lang=lang), spacing=12)
        point.setStretch(1, 1)
        point.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout.addLayout(point)
    return side
