"""The self-test as a card: what was checked, what was seen, what is wrong."""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from compliance.use_cases.upkeep.self_test import Check, SelfTest
from desktop_app.operations import self_test as ops
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import button, card, chip, column, empty, label, row


class SelfTestPart(Page):
    """A card with a button; the results stay until the next run."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        frame, inside = card(margin=26, spacing=14)
        inside.addWidget(label(key="self_test.title", kind="title", lang=self.lang))
        inside.addWidget(label(key="self_test.sub", kind="muted", lang=self.lang))
        self._rows = QVBoxLayout()
        inside.addLayout(self._rows)
        self._go = button("self_test.go", self._run, name="selfTestGo", lang=self.lang)
        inside.addLayout(row(1, self._go))
        self.setLayout(column(self.notice, frame))
        self._found: SelfTest | None = None

    def render_words(self) -> None:
        """Say the results again."""
        self._draw()

    def _run(self) -> None:
        self._go.setEnabled(False)
        self.run(ops.run(clock=self.desk.clock), self._done, self._stopped)

    def _done(self, found: SelfTest) -> None:
        self._go.setEnabled(True)
        self._found = found
        if found.ok:
            self.notice.tell(self.t("self_test.all_ok"))
        else:
            self.notice.tell(self.t("self_test.not_ok"), tone="red")
        self._draw()

    def _stopped(self, error: BaseException) -> None:
        self._go.setEnabled(True)
        self.failed(error)

    def _draw(self) -> None:
        empty(self._rows)
        for check in self._found.checks if self._found else ():
            self._rows.addLayout(self._row(check))

    def _row(self, check: Check) -> QHBoxLayout:
        state = chip(self.t("self_test.ok" if check.ok else "self_test.failed"), "green" if check.ok else "red")
        seen = label(check.why or check.detail.partition(";")[0], kind="small", name=f"self_test_{check.name}")
        return row(state, label(self.t(f"self_test.{check.name}")), 1, seen, spacing=12)
