"""Holds for inspections: who asked, why, for whom and until when; one sets it, two lift it (REQ-108)."""

from typing import Any

from PySide6.QtWidgets import QPushButton

from compliance.clock import day_start, shanghai_day
from compliance.model.inspection import InspectionHold
from compliance.model.limits import day_end, last_day
from desktop_app.operations import inspections as ops
from desktop_app.views.page import Desk
from desktop_app.views.register_card import RegisterCard
from desktop_app.widgets.basic import button, empty, row
from desktop_app.widgets.form import day_box, day_in, line


class HoldsCard(RegisterCard):
    """What must not be deleted."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "holds")
        self._rows: tuple[InspectionHold, ...] = ()
        self.inside.addLayout(self.entries)
        if self.desk.state.may("set_hold"):
            go = button("registers.holds.add", self.add, look="primary", name="addHold", lang=self.lang)
            self.inside.addLayout(row(1, go))

    def refresh(self) -> None:
        """Ask anew."""
        self.run(ops.list_holds(), lambda answer: self.take(answer, self._got))

    def render_words(self) -> None:
        """Say again."""
        self._draw()

    def add(self) -> None:
        """Hold everybody, or the people named."""
        dialog = self.act_dialog("add", name="addHoldDialog")
        authority = dialog.put("registers.holds.authority", line("holdAuthority", lang=self.lang))
        reason = dialog.put("registers.holds.reason", line("holdReason", lang=self.lang))
        people = dialog.put(
            "registers.holds.people", line("holdPeople", lang=self.lang), help_key="registers.holds.people.help"
        )
        since, until = day_box("holdFrom"), day_box("holdTo")
        dialog.pair(("registers.holds.from", since), ("registers.holds.to", until))

        def make() -> Any:
            last, first = day_in(until), day_in(since)
            if last is None:
                return dialog.missing("registers.holds.to")
            return ops.set_hold(
                authority=authority.text(),
                reason=reason.text(),
                since=day_start(first) if first else None,
                until=day_end(last),
                people=people.text().replace(",", " ").replace("、", " ").split(),
            )

        dialog.ask(make, lambda _: self._done("registers.holds.added"))

    def lift(self, hold: InspectionHold) -> None:
        """Ask to end it before its day."""
        dialog = self.act_dialog("lift", name="liftHoldDialog")
        reason = dialog.put("registers.holds.reason", line("liftReason", lang=self.lang))
        dialog.ask(
            lambda: ops.lift_hold(hold_id=hold.hold_id, reason=reason.text()),
            lambda _: self._done("registers.holds.lifting"),
        )

    def _got(self, rows: Any) -> None:
        self._rows = rows
        self._draw()

    def _draw(self) -> None:
        empty(self.entries)
        if not self._rows:
            self.none("holdsNone")
        now = self.desk.clock.now()
        for hold in self._rows:
            over = hold.lifted_at is not None or now >= hold.ends_at
            whom = (
                self.t("registers.holds.some", count=len(hold.people)) if hold.people else self.t("registers.holds.all")
            )
            self.entry(
                f"{hold.hold_id} · {hold.authority}",
                self.t(
                    "registers.holds.line",
                    reason=hold.reason,
                    whom=whom,
                    first=shanghai_day(hold.starts_at).isoformat(),
                    last=last_day(hold.ends_at).isoformat(),
                    name=hold.set_by,
                ),
                state="ended" if over else "now",
                name=f"hold_{hold.hold_id}",
                act=None if over or not self.desk.state.may("lift_hold") else self._lifter(hold),
            )

    def _lifter(self, hold: InspectionHold) -> QPushButton:
        return button(
            "registers.holds.lift", lambda: self.lift(hold), look="danger", name=f"lift_{hold.hold_id}", lang=self.lang
        )

    def _done(self, key: str) -> None:
        self.notice.tell(self.t(key))
        self.refresh()
