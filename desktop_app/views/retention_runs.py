"""Runs that let go, and ends that were put off: what waits, what may be started, the certificate of what is done."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog

from compliance.clock import shanghai_day
from compliance.model.answer import Refusal
from compliance.model.retention import Extension
from compliance.use_cases.ending.retention_runs import LetGo
from desktop_app.operations import retention as ops
from desktop_app.views.page import Desk, Page
from desktop_app.views.retention_columns import rule_name
from desktop_app.widgets.basic import button, card, chip, column, empty, label, row


class RunsCard(Page):
    """A line for each run, then one for each end that was put off. ``again``: the figures above have changed."""

    def __init__(self, desk: Desk, *, again: Callable[[], None]) -> None:
        super().__init__(desk)
        self._again = again
        self._runs: tuple[LetGo, ...] = ()
        self._extensions: tuple[Extension, ...] = ()
        self.entries, self.put_off = column(spacing=10), column(spacing=10)
        frame, inside = card(margin=26, spacing=14)
        inside.addWidget(label(key="retention.runs", kind="title", lang=self.lang))
        inside.addWidget(label(key="retention.runs.sub", kind="muted", lang=self.lang))
        inside.addWidget(self.notice)
        inside.addLayout(self.entries)
        inside.addLayout(self.put_off)
        self.setLayout(column(frame))

    def refresh(self) -> None:
        """Ask anew."""
        self.run(ops.runs(), self._got)  # not asked: what an act just said stays
        self.run(ops.extensions(), self._got_extensions)

    def render_words(self) -> None:
        """Say again."""
        self._draw_runs()
        self._draw_extensions()

    def carry_on(self, run: LetGo) -> None:
        """Start a signed run, or go on with it."""
        self.ask(ops.run(run_id=run.run.run_id), self._ran)

    def save_certificate(self, run: LetGo) -> None:
        """Where to."""
        name = f"{run.run.run_id}.pdf"
        chosen = QFileDialog.getSaveFileName(self, self.t("retention.certificate"), name, "PDF (*.pdf)")[0]
        if chosen:
            task = ops.certificate(run_id=run.run.run_id, fmt="pdf", path=Path(chosen))
            self.ask(task, lambda _: self.notice.tell(self.t("retention.certified")))

    def _ran(self, made: LetGo) -> None:
        self.notice.tell(self.t("retention.ran", values=made.values))
        self.refresh()
        self._again()

    def _got(self, answer: Any) -> None:
        if isinstance(answer.value, Refusal):
            self.notice.refuse(answer.value, self.lang)
            return
        self._runs = answer.value
        self._draw_runs()

    def _got_extensions(self, answer: Any) -> None:
        self._extensions = () if isinstance(answer.value, Refusal) else answer.value
        self._draw_extensions()

    def _draw_extensions(self) -> None:
        empty(self.put_off)
        if self._extensions:
            self.put_off.addWidget(label(key="retention.put_off", kind="strong", lang=self.lang))
        for one in self._extensions:
            text = self.t(
                "retention.put_off.line",
                hcp=one.hcp_id,
                rule=rule_name(one.rule, self.lang),
                day=one.until.isoformat(),
                by=one.set_by,
                reason=one.reason,
            )
            self.put_off.addWidget(label(text, kind="small", name=f"put_off_{one.extension_id}"))

    def _draw_runs(self) -> None:
        empty(self.entries)
        if not self._runs:
            self.entries.addWidget(label(self.t("retention.no_runs"), kind="muted", name="retentionNoRuns"))
        for run in self._runs:
            self.entries.addLayout(self._run_line(run))

    def _run_line(self, run: LetGo) -> Any:
        state = "done" if run.done else "signed" if run.run.begun_at else "waiting"
        tone = {"done": "neutral", "signed": "amber", "waiting": "blue"}[state]
        small = self.t(
            "retention.run.line",
            by=run.run.asked_by,
            at=shanghai_day(run.run.asked_at).isoformat(),
            signed=run.run.signed_by or "—",
            values=run.values,
            people=run.people,
            left=run.left,
        )
        act = None
        if state == "signed" and self.desk.state.may("run_retention"):
            act = button(
                "retention.run.go",
                lambda: self.carry_on(run),
                look="danger",
                name=f"run_{run.run.run_id}",
                lang=self.lang,
            )
        elif state == "done":
            act = button(
                "retention.certificate",
                lambda: self.save_certificate(run),
                name=f"certificate_{run.run.run_id}",
                lang=self.lang,
            )
        words = column(
            label(f"{run.run.run_id} · {run.run.reason}", name=f"line_{run.run.run_id}"),
            label(small, kind="small"),
            spacing=2,
        )
        made = row(words, chip(self.t(f"retention.run.{state}"), tone), act, spacing=12)
        made.setStretch(0, 1)
        return made
