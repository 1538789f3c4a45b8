"""Settings: who signs for an officer, and for how long."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from PySide6.QtWidgets import QVBoxLayout

from compliance.clock import shanghai_day
from compliance.use_cases.signing.signers import Deputy
from desktop_app.operations import plans as ops
from desktop_app.views.page import Desk, Page
from desktop_app.views.settings_company import part_layout
from desktop_app.widgets.basic import button, card, empty, label, row
from desktop_app.widgets.form import day_edit, day_of, field, line


class DeputiesPart(Page):
    """Deputies, each with a way to end it; the form only for whoever may name one."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        layout = part_layout(self)
        layout.addWidget(label(key="settings.deputies.sub", kind="muted", lang=self.lang))
        self._list = QVBoxLayout()
        layout.addLayout(self._list)
        frame, inside = card(margin=26, spacing=14)
        self._name, self._for = line("deputyName", lang=self.lang), line("deputyFor", lang=self.lang)
        today = shanghai_day(desk.clock.now())
        self._from = day_edit("deputyFrom", today)
        self._until = day_edit("deputyUntil", today + timedelta(days=7))
        inside.addLayout(
            row(
                field("settings.deputies.name", self._name, lang=self.lang),
                field("settings.deputies.for", self._for, lang=self.lang),
            )
        )
        inside.addLayout(
            row(
                field("settings.deputies.from", self._from, lang=self.lang),
                field("settings.deputies.until", self._until, lang=self.lang),
                1,
            )
        )
        go = button("settings.deputies.go", self._ask, look="primary", name="askDeputy", lang=self.lang)
        inside.addLayout(row(1, go))
        layout.addWidget(frame)
        layout.addStretch(1)
        frame.setVisible(desk.state.may("name_deputy"))
        self._deputies: tuple[Deputy, ...] = ()

    def refresh(self) -> None:
        """Ask anew."""
        self.run(ops.show_deputies(), self._got)

    def render_words(self) -> None:
        """Say again."""
        self._draw()

    def _got(self, answer: Any) -> None:
        self._deputies = answer.value
        self._draw()

    def _draw(self) -> None:
        empty(self._list)
        if not self._deputies:
            self._list.addWidget(label(self.t("settings.deputies.none"), kind="muted", name="deputiesNone"))
        for one in self._deputies:
            text = self.t(
                "settings.deputies.line",
                name=one.name,
                officer=one.stands_for,
                begins=one.begins.isoformat(),
                until=one.until.isoformat(),
            )
            end = button(
                "settings.deputies.end", self._ender(one), look="danger", name=f"endDeputy_{one.name}", lang=self.lang
            )
            self._list.addLayout(row(label(text, name=f"deputy_{one.name}"), 1, end))

    def _ender(self, one: Deputy) -> Callable[[], None]:
        return lambda: self.ask(ops.end_deputy(name=one.name), lambda _: self._ended())

    def _ended(self) -> None:
        self.notice.tell(self.t("settings.deputies.ended"))
        self.refresh()

    def _ask(self) -> None:
        task = ops.name_deputy(
            name=self._name.text().strip(),
            stands_for=self._for.text().strip(),
            begins=day_of(self._from),
            until=day_of(self._until),
        )
        self.ask(task, self._asked)

    def _asked(self, made: Any) -> None:
        self.waits(made)
