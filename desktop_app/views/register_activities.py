"""The register of processing activities 处理活动: one basis each, a change is the next version."""

from collections.abc import Callable
from typing import Any

from compliance.model.access import Purpose
from compliance.model.answer import Refusal
from compliance.model.basis import Activity
from compliance.use_cases.seat.session import shipped_policy
from desktop_app.operations import registers as ops
from desktop_app.views.page import Desk
from desktop_app.views.register_card import RegisterCard
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import button, choice, empty, fill_choice, row
from desktop_app.widgets.form import line
from desktop_app.words import policy_label, purpose_label, time_text


class ActivitiesCard(RegisterCard):
    """Every version, the newest of each first, and the window for a new one."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "activities")
        self._rows: tuple[Activity, ...] = ()
        self.inside.addLayout(self.entries)
        if self.desk.state.may("save_activity"):
            go = button("registers.activities.add", self.save, look="primary", name="addActivity", lang=self.lang)
            self.inside.addLayout(row(1, go))

    def refresh(self) -> None:
        """Ask anew."""
        self.run(ops.list_activities(), self._got)

    def render_words(self) -> None:
        """Say again."""
        self._draw()

    def save(self, before: Activity | None = None) -> None:
        """A new activity, or the next version of ``before``."""
        which = "next" if before else "add"
        dialog = ActDialog(
            self.desk,
            self,
            name="activityDialog",
            title=self.t(f"registers.activities.{which}.title"),
            effect=self.t(f"registers.activities.{which}.effect"),
            act=self.t("registers.activities.go"),
        )
        name = dialog.put("registers.activities.name", line("activityName", lang=self.lang))
        purpose = dialog.put("exports.purpose", choice(name="activityPurpose"))
        fill_choice(purpose, [(purpose_label(p, self.lang), p) for p in Purpose])
        kind = dialog.put("person.basis.kind", choice(name="activityBasis"))
        kinds = [k for k, rule in shipped_policy().bases.items() if rule.enabled]
        fill_choice(kind, [(policy_label("basis", k, self.lang), k) for k in kinds])
        reference = dialog.put("person.basis.reference", line("activityReference", lang=self.lang))
        if before:
            name.setText(before.name)
            purpose.setCurrentIndex(purpose.findData(before.purpose))
            kind.setCurrentIndex(max(kind.findData(before.basis), 0))
            reference.setText(before.reference)

        def make() -> Any:
            return ops.save_activity(
                name=name.text(),
                purpose=Purpose(purpose.currentData()),
                basis=str(kind.currentData()),
                reference=reference.text(),
                activity_id=before.activity_id if before else "",
            )

        dialog.ask(make, lambda _: self._done())

    def _got(self, answer: Any) -> None:
        if isinstance(answer.value, Refusal):
            self.notice.refuse(answer.value, self.lang)
            return
        self._rows = tuple(sorted(answer.value, key=lambda a: (a.activity_id, -a.version)))
        self._draw()

    def _draw(self) -> None:
        empty(self.entries)
        if not self._rows:
            self.none("activitiesNone")
        for one in self._rows:
            lives = one.until is None
            act = (
                button("registers.activities.next", self._next(one), name=f"next_{one.activity_id}", lang=self.lang)
                if lives and self.desk.state.may("save_activity")
                else None
            )
            purpose, basis = purpose_label(one.purpose, self.lang), policy_label("basis", one.basis, self.lang)
            ends = time_text(one.until)[:16] if one.until else self.t("registers.no_end")
            self.entry(
                self.t("registers.activities.line", name=one.name, version=one.version, purpose=purpose, basis=basis),
                self.t(
                    "registers.activities.small",
                    reference=one.reference,
                    name=one.recorded_by,
                    when=time_text(one.recorded_at)[:16],
                    until=ends,
                ),
                state="now" if lives else "past",
                name=f"activity_{one.activity_id}_{one.version}",
                act=act,
            )

    def _next(self, one: Activity) -> Callable[[], None]:
        return lambda: self.save(one)

    def _done(self) -> None:
        self.notice.tell(self.t("registers.activities.saved"))
        self.refresh()
