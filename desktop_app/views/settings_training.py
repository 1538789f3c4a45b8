"""Trainings of people with an account, and drills: who is due, and two forms to record one."""

from typing import Any

from PySide6.QtWidgets import QVBoxLayout

from compliance.clock import shanghai_day
from compliance.model.answer import Refusal
from desktop_app.operations import settings as ops
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import button, card, chip, choice, column, empty, fill_choice, hline, label, row
from desktop_app.widgets.form import day_box, day_in, field, line


class TrainingPart(Page):
    """Stands below the users of the store."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._register: Any = None
        frame, inside = card(margin=26, spacing=14)
        inside.addWidget(label(key="train.title", kind="heading", lang=self.lang))
        inside.addWidget(label(key="train.sub", kind="muted", lang=self.lang))
        self._list = QVBoxLayout()
        inside.addLayout(self._list)
        today = shanghai_day(desk.clock.now())
        self.who, self.on, self.proof = (
            choice(name="trainWho"), day_box("trainOn", today), line("trainProof", lang=self.lang)
        )  # fmt: skip
        inside.addLayout(
            row(
                field("train.who", self.who, lang=self.lang),
                field("train.on", self.on, lang=self.lang),
                field("train.reference", self.proof, lang=self.lang),
            )
        )
        inside.addLayout(row(1, button("train.go", self._train, name="recordTraining", lang=self.lang)))
        self.what = line("drillWhat", hint="train.scenario.hint", lang=self.lang)
        self.held, self.report = day_box("drillOn", today), line("drillProof", lang=self.lang)
        inside.addLayout(
            row(
                field("train.scenario", self.what, lang=self.lang),
                field("train.on", self.held, lang=self.lang),
                field("train.reference", self.report, lang=self.lang),
            )
        )
        inside.addLayout(row(1, button("train.drill.go", self._drill, name="recordDrill", lang=self.lang)))
        whole = column(self.notice, frame)
        whole.setContentsMargins(0, 0, 0, 0)
        self.setLayout(whole)

    def refresh(self) -> None:
        """Ask anew."""
        self.run(ops.training_register(), self._got)

    def render_words(self) -> None:
        """Who is trained until when, and the drills."""
        empty(self._list)
        if self._register is None:
            return
        fill_choice(self.who, [(x.user, x.user) for x in self._register.trainings])
        for one in self._register.trainings:
            day = one.trained_on.isoformat() if one.trained_on else self.t("train.never")
            holds = one.trained_on is not None and not one.over
            word, tone = ("train.over", "red") if one.over else ("train.holds", "green")
            state = chip(self.t(word), tone, name=f"trained_{one.user}") if one.over or holds else None
            name = label(one.user)
            name.setFixedWidth(110)
            held = label(day, kind="small", name=f"trainedOn_{one.user}")
            self._list.addLayout(row(name, held, state, 1, spacing=12))
        self._list.addWidget(hline())
        if self._register.drill_missing:
            self._list.addWidget(label(self.t("train.drill.missing"), kind="small", name="drillMissing"))
        for drill in self._register.drills[-3:]:
            words = {"day": drill.held_on.isoformat(), "what": drill.subject, "proof": drill.reference}
            self._list.addWidget(label(self.t("train.drill.line", **words), kind="small"))

    def _got(self, answer: Any) -> None:
        if not isinstance(answer.value, Refusal):
            self._register = answer.value
            self.render_words()

    def _train(self) -> None:
        day = day_in(self.on)
        if day is not None:
            task = ops.record_training(user=str(self.who.currentData()), on=day, reference=self.proof.text())
            self.ask(task, lambda _: self._kept("train.done"))

    def _drill(self) -> None:
        day = day_in(self.held)
        if day is not None:
            task = ops.record_drill(scenario=self.what.text(), on=day, reference=self.report.text())
            self.ask(task, lambda _: self._kept("train.drill.done"))

    def _kept(self, words: str) -> None:
        self.notice.tell(self.t(words))
        self.refresh()
