"""Today on a rep's computer: the pack's number, how long it lasts, and opening a newer one."""

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QVBoxLayout

from compliance.clock import shanghai_day
from compliance.model.answer import Changes
from desktop_app.operations import packs as ops
from desktop_app.state import Pack
from desktop_app.theme import MUTED
from desktop_app.views.day_plan import OwnPlanPart
from desktop_app.views.device_secret import DeviceSecretPart
from desktop_app.views.page import Desk, Page, scrolled
from desktop_app.views.rep_return import RepReturnPart
from desktop_app.widgets.basic import button, card, column, empty, label, picture, row
from desktop_app.widgets.form import DropZone
from desktop_app.widgets.refusal import banner
from desktop_app.words import day_text


class RepTodayPage(Page):
    """A banner, three facts, the plan of the day, one drop zone."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._state: Any = None
        self._plan = OwnPlanPart(desk)
        self._plan_card, inside = card(margin=22)
        inside.addWidget(label(key="rep.plan", kind="heading", lang=self.lang))
        inside.addWidget(self._plan)
        self._plan_card.hide()
        self._return = RepReturnPart(desk)
        self._return.hide()
        self._box = QVBoxLayout()
        self._box.setSpacing(16)
        layout = scrolled(self, width=860)
        layout.addLayout(self._box)
        layout.addWidget(self._return)
        layout.addWidget(self._plan_card)
        layout.addWidget(DropZone("rep.drop", self.take, name="packDrop", lang=self.lang))
        self._device = DeviceSecretPart(desk)
        layout.addWidget(self._device)
        layout.addStretch(1)

    def refresh(self) -> None:
        """What is here."""
        self.run(ops.state(), self._got)
        self._device.refresh()

    def affected(self, changes: Changes) -> bool:
        """A new pack replaces the people; answers and papers wait for the office."""
        return changes.people or changes.consents or changes.exports

    def render_words(self) -> None:
        """Say again."""
        self._plan.render_words()
        self._return.render_words()
        if self._state is not None:
            self._draw()
        self._device.render_words()

    def take(self, path: Path) -> None:
        """Open a pack: it replaces what is here."""
        self.ask(ops.open_pack(path=path), self._opened)

    def _opened(self, made: Any) -> None:
        self.notice.tell(self.t("rep.opened", sequence=made.sequence, people=made.people))
        self.refresh()

    def _got(self, state: Any) -> None:
        self._state = getattr(state, "value", state)
        if self._state.expires is not None and not self._state.expired:
            self._plan.refresh()
        if self._state.expires is not None:
            self._return.refresh()
        self._draw()

    def _draw(self) -> None:
        empty(self._box)
        self._return.setVisible(self._state.expires is not None)
        self._plan_card.setVisible(self._state.expires is not None and not self._state.expired)
        held = self._state
        if held.expires is None:
            self._box.addWidget(label(self.t("rep.none"), kind="display", name="packHead"))
            self._box.addWidget(label(self.t("rep.none.more"), kind="muted"))
            return
        self.desk.state.note_pack(Pack(sequence=held.sequence, until=held.expires, ended=held.expired))
        left = (shanghai_day(held.expires) - shanghai_day(self.desk.clock.now())).days
        if held.clock_behind:
            self._box.addWidget(banner(self.t("warning.clock_behind"), tone="amber"))
        frame, inside = card(margin=26)
        facts = row(spacing=44)
        for key, text in (
            ("rep.people", f"{held.people:,}"),
            ("rep.sequence", str(held.sequence)),
            ("rep.days", str(max(left, 0))),
        ):
            facts.addLayout(column(label(text, kind="number"), label(self.t(key), kind="small"), spacing=0))
        facts.addStretch(1)
        inside.addLayout(row(picture("pack", MUTED, 34), facts, spacing=26))
        issued = day_text(held.issued, self.lang) if held.issued else "—"
        inside.addWidget(label(self.t("rep.issued", day=issued, handler=held.handler), kind="muted"))
        go = button(
            "rep.people.open", lambda: self.desk.state.go.emit("people", "search"), look="primary", lang=self.lang
        )
        ask = button("profile.ask", lambda: self.desk.state.go.emit("consents", ""), name="repAsk", lang=self.lang)
        inside.addLayout(row(go, ask, 1, spacing=12))
        self._box.addWidget(frame)
