"""The day plan: whom to visit, in which order, on one page to fold. For the office, and on a rep's own computer."""

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QVBoxLayout

from compliance.clock import shanghai_day
from compliance.model.access import FIELD_ROLES, Purpose, Role
from compliance.model.register import Rep
from desktop_app.operations import exports as ops
from desktop_app.operations import packs, people
from desktop_app.tasks import Task
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import button, choice, column, empty, fill_choice, label, row
from desktop_app.widgets.form import PathField, day_edit, day_of, field
from desktop_app.widgets.plan_picker import PlanPicker
from desktop_app.widgets.refusal import banner
from desktop_app.widgets.refused_rows import refused_rows

_MOST = 12
_PURPOSE = {Role.MSL: Purpose.MEDICAL}


class PlanPage(Page):
    """What both have: day, file, people in order, the result."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.day = day_edit("planDay", shanghai_day(desk.clock.now()))
        self.path = PathField("planPath", mode="save", lang=self.lang, filters="PDF (*.pdf)")
        self.picker = PlanPicker(self.lang, most=_MOST)
        self._result = QVBoxLayout()
        self._first: list[Any] = []

    def lay(self, *first: Any, margins: tuple[int, int, int, int]) -> None:
        """Fields above, people below, the button at the foot."""
        head = row(
            *first,
            field("plan.day", self.day, lang=self.lang),
            field("exports.file", self.path, lang=self.lang),
            spacing=14,
        )
        head.setStretch(len(first) + 1, 1)
        go = button("plan.go", self.make, look="primary", name="makePlan", lang=self.lang)
        foot = row(label(key="plan.hint", kind="small", lang=self.lang), go, spacing=14)
        foot.setStretch(0, 1)
        title = label(key="plan.title", kind="muted", lang=self.lang)
        whole = column(self.notice, title, head, self.picker, self._result, foot, spacing=14)
        whole.setStretch(3, 1)
        whole.setContentsMargins(*margins)
        self.setLayout(whole)

    def render_words(self) -> None:
        """Headings."""
        self.picker.set_lang(self.lang)

    def make(self) -> None:
        """Make it of the people in order."""
        path = self.path.path
        if not self.picker.hcp_ids or path is None:
            self.notice.tell(self.t("plan.nobody" if path else "plan.no_file"), tone="red")
            return
        path = path if path.suffix.lower() == ".pdf" else path.with_name(f"{path.name}.pdf")
        self.ask(self.task(path), self._made)

    def task(self, path: Any) -> Task[Any]:
        """What makes the plan."""
        raise NotImplementedError

    def _made(self, made: Any) -> None:
        empty(self._result)
        if made.path is None:
            key = "plan.leak" if made.leaked else "plan.none"
            self._result.addWidget(banner(self.t(key), tone="red" if made.leaked else "amber"))
        else:
            text = self.t("plan.done", serial=made.serial, open=len(made.people), refused=len(made.refused))
            more = self.t("plan.done.more", day=day_of(self.day).isoformat())
            self._result.addWidget(banner(text, tone="green", more=more))
        for part in refused_rows(made.refused, self.lang):
            self._result.addWidget(part)


class DayPlanPart(PlanPage):
    """The office makes the plan of a rep."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.rep = choice(name="planRep")
        self._reps: dict[str, Rep] = {}
        self.lay(field("exports.rep", self.rep, lang=self.lang), margins=(0, 18, 28, 24))
        self.rep.currentIndexChanged.connect(lambda _: self.look())

    def put_reps(self, reps: tuple[Rep, ...]) -> None:
        """Reps to choose from."""
        self._reps = {r.name: r for r in reps if r.role in FIELD_ROLES}
        fill_choice(self.rep, [(name, name) for name in self._reps])
        self.look()

    @property
    def purpose(self) -> Purpose:
        """The task brings the purpose: a rep visits, an MSL speaks of medicine."""
        rep = self._reps.get(str(self.rep.currentData()))
        return _PURPOSE.get(rep.role, Purpose.VISIT) if rep else Purpose.VISIT

    def look(self) -> None:
        """The rep's people."""
        rep = self.rep.currentData()
        if rep:
            self.ask(
                people.find(text="", purpose=self.purpose, as_rep=str(rep)), lambda page: self.picker.put(page.rows)
            )

    def task(self, path: Any) -> Task[Any]:
        """The office's plan."""
        return ops.make_day_plan(
            hcp_ids=self.picker.hcp_ids, rep=str(self.rep.currentData()), day=day_of(self.day), path=path,
            purpose=self.purpose,
        )  # fmt: skip


class OwnPlanPart(PlanPage):
    """A rep prints the plan from the pack."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.setObjectName("plain")  # it stands on a card
        self.setMinimumHeight(460)
        self.lay(margins=(0, 0, 0, 0))

    def refresh(self) -> None:
        """People of the pack."""
        show: Callable[[Any], None] = lambda page: self.picker.put(page.rows)  # noqa: E731
        self.ask(packs.people(text=""), show)

    def task(self, path: Any) -> Task[Any]:
        """The rep's own plan."""
        return packs.make_day_plan(hcp_ids=self.picker.hcp_ids, day=day_of(self.day), path=path)
