"""The device secret as a card: on or off, which keystore, what to do when it is lost."""

from typing import Any

from PySide6.QtWidgets import QVBoxLayout

from desktop_app.operations import settings as ops
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import button, card, chip, column, empty, label, row
from desktop_app.widgets.form import field, line


class DeviceSecretPart(Page):
    """Turned on and off by whoever sits here, for themselves, with their passphrase."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._state: Any = None
        frame, inside = card(margin=26, spacing=14)
        inside.addWidget(label(key="device_secret.title", kind="heading", lang=self.lang))
        inside.addWidget(label(key="device_secret.sub", kind="muted", lang=self.lang))
        self._facts = QVBoxLayout()
        inside.addLayout(self._facts)
        self._secret = line("deviceSecretPassphrase", secret=True, lang=self.lang)
        self._on = button("device_secret.go_on", self._turn_on, name="deviceSecretOn", lang=self.lang)
        self._off = button("device_secret.go_off", self._turn_off, name="deviceSecretOff", lang=self.lang)
        inside.addLayout(field("device_secret.passphrase", self._secret, lang=self.lang))
        inside.addLayout(row(1, self._off, self._on, spacing=12))
        self.setLayout(column(self.notice, frame))

    def refresh(self) -> None:
        """How it stands."""
        self.run(ops.device_secret(), self._got)

    def render_words(self) -> None:
        """Say it again."""
        if self._state is not None:
            self._draw()

    def _got(self, answer: Any) -> None:
        self._state = answer.value
        self._draw()

    def _draw(self) -> None:
        held = self._state
        empty(self._facts)
        known = self.t("device_secret.keystore", name=held.keystore) if held.keystore else ""
        state = chip(self.t("device_secret.on" if held.on else "device_secret.off"), "green" if held.on else "grey")
        seen = label(known or self.t("device_secret.no_keystore"), kind="small", name="deviceSecretStore")
        facts = row(state, seen, spacing=12)
        facts.setStretch(1, 1)
        self._facts.addLayout(facts)
        if held.fault:
            self._facts.addWidget(label(self.t(f"error.{held.fault}"), kind="error", name="deviceSecretFault"))
        self._on.setEnabled(held.keystore is not None)
        self._on.setText(self.t("device_secret.renew" if held.on else "device_secret.go_on"))
        self._off.setVisible(held.on)

    def _turn_on(self) -> None:
        self._change(ops.turn_on_device_secret(passphrase=self._secret.text()), "on")

    def _turn_off(self) -> None:
        self._change(ops.turn_off_device_secret(passphrase=self._secret.text()), "off")

    def _change(self, task: Any, what: str) -> None:
        self._secret.clear()
        self.run(task, lambda answer: self._done(answer, what))

    def _done(self, answer: Any, what: str) -> None:
        more = self.t("device_secret.on.note") if what == "on" else ""
        self.notice.tell(self.t(f"device_secret.{what}.done"), more=more)
        self._got(answer)
