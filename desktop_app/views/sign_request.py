"""Sign a request file on a machine without the file store: read what is asked, then sign with one's carried key."""

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.operations import requests as ops
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import button, card, column, empty, label, row, scroll
from desktop_app.widgets.form import PathField, field, line
from desktop_app.words import time_text


class SignPage(Page):
    """The request must be read before it can be signed. ``left`` goes back."""

    left = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.setObjectName("signPage")
        frame, inside = card(margin=32, spacing=14)
        frame.setFixedWidth(620)
        inside.addWidget(label(key="sign.title", kind="title", lang=self.lang))
        inside.addWidget(label(key="sign.sub", kind="muted", lang=self.lang))
        self._request = PathField("signRequest", mode="open", lang=self.lang)
        inside.addLayout(field("sign.request", self._request, lang=self.lang))
        read = button("sign.read", self._read, name="signRead", lang=self.lang)
        inside.addLayout(row(1, read))
        self._facts = QVBoxLayout()
        inside.addLayout(self._facts)
        self._key = PathField("signKey", mode="open", lang=self.lang)
        self._secret = line("signSecret", secret=True, lang=self.lang)
        self._out = PathField("signOut", mode="save", lang=self.lang)
        inside.addLayout(field("sign.key", self._key, lang=self.lang))
        inside.addLayout(field("sign.secret", self._secret, lang=self.lang))
        inside.addLayout(field("sign.out", self._out, lang=self.lang))
        self._go = button("sign.go", self._sign, look="primary", name="signGo", lang=self.lang)
        self._go.setEnabled(False)
        back = button("create.back", self.left.emit, name="signBack", lang=self.lang)
        inside.addLayout(row(back, 1, self._go))
        ground = QWidget()
        ground.setObjectName("ground")
        ground.setLayout(column(1, row(1, column(self.notice, frame), 1), 2, margin=24))
        self.setLayout(column(scroll(ground)))
        self._request.edit.textChanged.connect(lambda _: self._forget())

    def _forget(self) -> None:
        """Another file: what was read counts no more."""
        empty(self._facts)
        self._go.setEnabled(False)

    def _read(self) -> None:
        if self._request.path is None:
            self.notice.tell(self.t("settings.path.missing"), tone="red")
            return
        self.run(ops.read(path=self._request.path, lang=self.lang), self._show)

    def _show(self, found: Any) -> None:
        self.notice.clear()
        self._forget()
        self._facts.addWidget(label(found.words, kind="heading", name="signWords"))
        who = self.t("settings.requests.by", name=found.requested_by, when=time_text(found.requested_at)[:16])
        until = self.t("sign.until", when=time_text(found.expires_at)[:16])
        self._facts.addWidget(label(f"{who} · {found.request_id} · {until}", kind="small"))
        for key, value in found.facts:
            self._facts.addWidget(label(f"{key}: {value}", kind="small"))
        self._facts.addWidget(label(self.t("sign.store", vault=found.vault_id), kind="small"))
        if found.sandbox:
            self._facts.addWidget(label(self.t("app.sandbox"), kind="small", name="signSandbox"))
        self._go.setEnabled(True)

    def _sign(self) -> None:
        request, key, out, secret = self._request.path, self._key.path, self._out.path, self._secret.text()
        self._secret.clear()
        if request is None or key is None or out is None:
            self.notice.tell(self.t("settings.path.missing"), tone="red")
            return
        task = ops.sign(path=request, key=key, passphrase=secret, out=out, clock=self.desk.clock, lang=self.lang)
        self.ask(task, self._signed)

    def _signed(self, made: Any) -> None:
        self._go.setEnabled(False)
        self.notice.tell(self.t("sign.done", file=made.file.name), more=self.t("sign.more"))
