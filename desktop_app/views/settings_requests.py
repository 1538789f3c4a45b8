"""Settings: acts that wait for a second person, signed here or by file from another machine, and the key to carry."""

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QFrame, QVBoxLayout

from compliance.model.answer import Refusal
from compliance.model.register import PendingRequest, RequestState
from compliance.use_cases.signing.approvals import request_words
from desktop_app.operations import requests as ops
from desktop_app.operations import today as desk_ops
from desktop_app.views.page import Desk, Page
from desktop_app.views.settings_company import part_layout
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import button, card, chip, empty, label, row
from desktop_app.widgets.dialogs import confirm
from desktop_app.widgets.form import PathField, field, line
from desktop_app.words import time_text

_JSON = "JSON (*.json)"


class RequestsPart(Page):
    """What waits, and the two ways of signing it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        layout = part_layout(self)
        self._box = QVBoxLayout()
        self._box.setSpacing(12)
        layout.addWidget(label(key="settings.requests.sub", kind="muted", lang=self.lang))
        layout.addLayout(self._box)
        layout.addWidget(self._elsewhere())
        layout.addWidget(self._key())
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
        who = self.t("settings.requests.by", name=one.requested_by, when=time_text(one.requested_at)[:16])
        words = label(request_words(one, self.lang), kind="heading", name=f"asks_{one.request_id}")
        inside.addWidget(words)
        inside.addWidget(label(f"{who} · {one.request_id}", kind="small"))
        signed = one.state is RequestState.SIGNED
        if signed:
            state = self.t("settings.requests.signed", name=one.decided_by)
            inside.addWidget(chip(state, "amber", name=f"signed_{one.request_id}"))
        file = button("settings.requests.file", self._writer(one), name=f"export_{one.request_id}", lang=self.lang)
        no = button(
            "settings.requests.no",
            self._decider(one, yes=False),
            look="danger",
            name=f"reject_{one.request_id}",
            lang=self.lang,
        )
        yes = button(
            "settings.requests.again" if signed else "settings.requests.yes",
            self._decider(one, yes=True),
            look="primary",
            name=f"approve_{one.request_id}",
            lang=self.lang,
        )
        file.setVisible(not signed)
        inside.addLayout(row(file, 1, no, yes))
        return frame

    def _elsewhere(self) -> QFrame:
        frame, inside = card(margin=26, spacing=14)
        inside.addWidget(label(key="settings.elsewhere", kind="title", lang=self.lang))
        inside.addWidget(label(key="settings.elsewhere.sub", kind="muted", lang=self.lang))
        self._out = PathField("requestOut", mode="save", lang=self.lang, filters=_JSON)
        inside.addLayout(
            field("settings.elsewhere.out", self._out, lang=self.lang, help_key="settings.elsewhere.out.help")
        )
        self._in = PathField("signatureIn", mode="open", lang=self.lang)
        inside.addLayout(field("settings.elsewhere.in", self._in, lang=self.lang))
        go = button("settings.elsewhere.go", self._take_in, look="primary", name="takeInSignature", lang=self.lang)
        inside.addLayout(row(1, go))
        return frame

    def _key(self) -> QFrame:
        frame, inside = card(margin=26, spacing=14)
        inside.addWidget(label(key="settings.carry", kind="title", lang=self.lang))
        inside.addWidget(label(key="settings.carry.sub", kind="muted", lang=self.lang))
        self._key_path = PathField("carryPath", mode="save", lang=self.lang)
        self._secret = line("carrySecret", secret=True, lang=self.lang)
        inside.addLayout(field("settings.carry.path", self._key_path, lang=self.lang))
        inside.addLayout(field("settings.carry.secret", self._secret, lang=self.lang))
        end = button("settings.carry.end", self._call_back, look="danger", name="callBackKey", lang=self.lang)
        go = button("settings.carry.go", self._carry, look="primary", name="carryKey", lang=self.lang)
        inside.addLayout(row(end, 1, go))
        return frame

    def _writer(self, one: PendingRequest) -> Callable[[], None]:
        def write() -> None:
            if self._out.path is None:
                self._out.choose()
            if self._out.path is not None:
                self.ask(ops.export(request_id=one.request_id, path=self._out.path), self._written)

        return write

    def _written(self, made: Any) -> None:
        self._out.set_path(None)
        self.notice.tell(self.t("settings.elsewhere.written", file=made.file.name))

    def _take_in(self) -> None:
        if self._in.path is None:
            self.notice.tell(self.t("settings.path.missing"), tone="red")
            return
        self.ask(ops.take_in(path=self._in.path), lambda _: self._decided(True))

    def _carry(self) -> None:
        secret = self._secret.text()
        self._secret.clear()
        if self._key_path.path is None:
            self.notice.tell(self.t("settings.path.missing"), tone="red")
            return
        self.ask(ops.carry_key(path=self._key_path.path, passphrase=secret), self._carried)

    def _carried(self, made: Any) -> None:
        self.notice.tell(self.t("settings.carry.done", file=made.file.name), more=self.t("settings.carry.more"))

    def _call_back(self) -> None:
        title, effect = self.t("settings.carry.end"), self.t("settings.carry.end.effect")
        if confirm(self, self.lang, title=title, effect=effect, act=self.t("settings.carry.end"), danger=True):
            self.ask(ops.call_back_key(), lambda _: self.notice.tell(self.t("settings.carry.ended")))

    def _decider(self, one: PendingRequest, *, yes: bool) -> Callable[[], None]:
        if not yes:
            return lambda: self.ask(desk_ops.reject(request_id=one.request_id), lambda _: self._decided(False))
        return lambda: self.run(
            desk_ops.approve(request_id=one.request_id), lambda answer: self._signed(one, answer), self._not_done
        )

    def _not_done(self, error: BaseException) -> None:
        """The act failed: what stands now may be a signed request to carry out again."""
        self.failed(error)
        self.refresh()

    def _signed(self, one: PendingRequest, answer: Any) -> None:
        if not isinstance(answer.value, Refusal):
            self._decided(True)
        elif answer.value.reason == "recovery_code_needed":
            self._ask_code(one)
        else:
            self.notice.refuse(answer.value, self.lang)

    def _ask_code(self, one: PendingRequest) -> None:
        """A one-officer store: the recovery sheet stands in for the second person."""
        dialog = ActDialog(
            self.desk,
            self,
            name="recoveryCodeDialog",
            title=self.t("settings.requests.code.title"),
            effect=self.t("settings.requests.code.effect"),
            act=self.t("settings.requests.yes"),
        )
        code = dialog.put("papers.recovery.code", line("requestCode", secret=True, lang=self.lang))
        dialog.ask(
            lambda: desk_ops.approve(request_id=one.request_id, recovery=code.text()), lambda _: self._decided(True)
        )

    def _decided(self, yes: bool) -> None:
        self.notice.tell(self.t("settings.requests.approved" if yes else "settings.requests.rejected"))
        self.refresh()
