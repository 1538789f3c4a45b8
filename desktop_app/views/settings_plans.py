"""Settings: recurring work that two approve once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from PySide6.QtWidgets import QVBoxLayout

from compliance.clock import shanghai_day
from compliance.model.access import Purpose
from compliance.use_cases.signing.plans import Plan, PlanKind
from desktop_app.operations import plans as ops
from desktop_app.views.page import Desk, Page
from desktop_app.views.settings_company import part_layout
from desktop_app.widgets.basic import button, card, choice, empty, fill_choice, label, row
from desktop_app.widgets.form import count_line, count_of, day_edit, day_of, field, line
from desktop_app.words import purpose_label


class PlansPart(Page):
    """Plans in force and the form for a new one."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        layout = part_layout(self)
        layout.addWidget(label(key="settings.plans.sub", kind="muted", lang=self.lang))
        self._list = QVBoxLayout()
        layout.addLayout(self._list)
        frame, inside = card(margin=26, spacing=14)
        inside.addWidget(label(key="settings.plans.add", kind="heading", lang=self.lang))
        self._kind, self._purpose = choice(name="planKind"), choice(name="planPurpose")
        self._to, self._people = line("planTo", lang=self.lang), count_line("planPeople")
        soon = shanghai_day(desk.clock.now()) + timedelta(days=30)
        self._until = day_edit("planUntil", soon)
        inside.addLayout(
            row(
                field("settings.plans.kind", self._kind, lang=self.lang),
                field("settings.plans.purpose", self._purpose, lang=self.lang),
            )
        )
        inside.addLayout(
            row(
                field("settings.plans.to", self._to, lang=self.lang),
                field("settings.plans.people", self._people, lang=self.lang),
                field("settings.plans.until", self._until, lang=self.lang),
            )
        )
        inside.addLayout(row(1, button("settings.plans.go", self._ask, look="primary", name="askPlan", lang=self.lang)))
        layout.addWidget(frame)
        layout.addStretch(1)
        self._plans: tuple[Plan, ...] = ()
        self.render_words()

    def refresh(self) -> None:
        """Ask anew."""
        self.run(ops.show(), self._got)

    def render_words(self) -> None:
        """Choices and list."""
        fill_choice(self._kind, [(self.t(f"plan_kind.{kind}"), kind) for kind in PlanKind])
        sitting = self.desk.state.sitting
        purposes = sitting.purposes if sitting else ()
        none: list[tuple[str, object]] = [("—", "")]
        fill_choice(self._purpose, none + [(purpose_label(p, self.lang), p) for p in purposes])
        self._draw()

    def _got(self, answer: Any) -> None:
        self._plans = answer.value
        self._draw()

    def _draw(self) -> None:
        empty(self._list)
        if not self._plans:
            self._list.addWidget(label(self.t("settings.plans.none"), kind="muted", name="plansNone"))
        for plan in self._plans:
            text = self.t(
                "settings.plans.line",
                kind=self.t(f"plan_kind.{plan.kind}"),
                purpose=purpose_label(plan.purpose, self.lang) if plan.purpose else "—",
                recipient=plan.recipient or "—",
                people=plan.people,
                until=plan.until.isoformat(),
            )
            end = button(
                "settings.plans.end", self._ender(plan), look="danger", name=f"end_{plan.plan_id}", lang=self.lang
            )
            line_ = row(label(text, name=f"plan_{plan.plan_id}"), end)
            line_.setStretch(0, 1)
            self._list.addLayout(line_)

    def _ender(self, plan: Plan) -> Callable[[], None]:
        return lambda: self.ask(ops.end(plan_id=plan.plan_id), lambda _: self._ended())

    def _ended(self) -> None:
        self.notice.tell(self.t("settings.plans.ended"))
        self.refresh()

    def _ask(self) -> None:
        purpose = self._purpose.currentData()
        task = ops.ask(
            kind=PlanKind(self._kind.currentData()),
            people=count_of(self._people),
            until=day_of(self._until),
            purpose=Purpose(purpose) if purpose else None,
            recipient=self._to.text().strip(),
        )
        self.ask(task, self._asked)

    def _asked(self, made: Any) -> None:
        self.waits(made)
