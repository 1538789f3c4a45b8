"""Findings of audits with owner, day and proof of closing, and holds for inspections (REQ-107, REQ-108).

Rules: (1) the nearest day comes first, what is over its day is red; (2) each line offers only what this person may do
with it now: the owner answers, a second person closes, whoever may enter findings gives them on.
"""

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QCheckBox, QPushButton

from compliance.clock import shanghai_day
from compliance.i18n import t
from compliance.model.inspection import AuditFinding, FindingState, Risk
from compliance.use_cases.evidence.audit_guide import guide
from desktop_app.operations import inspections as ops
from desktop_app.views.evidence_holds import HoldsCard
from desktop_app.views.page import Desk, Page, scrolled
from desktop_app.views.register_card import RegisterCard
from desktop_app.widgets.basic import button, choice, empty, fill_choice, row
from desktop_app.widgets.form import PathField, day_box, day_in, line


class FindingsPart(Page):
    """Both registers, one under the other."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.findings, self.holds = FindingsCard(desk), HoldsCard(desk)
        self._cards = [card for card, act in ((self.findings, "see_findings"), (self.holds, "see_holds"))
                       if desk.state.may(act)]  # fmt: skip
        layout = scrolled(self, width=940)
        layout.setContentsMargins(0, 18, 28, 28)
        layout.setSpacing(16)
        for card in self._cards:
            layout.addWidget(card)
        layout.addStretch(1)

    def refresh(self) -> None:
        """Ask anew."""
        for card in self._cards:
            card.refresh()

    def render_words(self) -> None:
        """Say again."""
        for card in self._cards:
            card.render_words()


class FindingsCard(RegisterCard):
    """What audits found."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "findings")
        self._rows: tuple[AuditFinding, ...] = ()
        self.inside.addLayout(self.entries)
        if self.desk.state.may("open_finding"):
            go = button("registers.findings.add", self.add, look="primary", name="addFinding", lang=self.lang)
            self.inside.addLayout(row(1, go))

    def refresh(self) -> None:
        """Ask anew."""
        self.run(ops.list_findings(), lambda answer: self.take(answer, self._got))

    def render_words(self) -> None:
        """Say again."""
        self._draw()

    def add(self) -> None:
        """Enter a finding."""
        dialog = self.act_dialog("add", name="addFindingDialog")
        title = dialog.put("registers.findings.title", line("findingTitle", lang=self.lang))
        owner, due = line("findingOwner", lang=self.lang), day_box("findingDue")
        owner.setText(self._me())
        dialog.pair(("registers.findings.owner", owner), ("registers.findings.due", due))
        item, risk = choice(name="findingItem"), choice(name="findingRisk")
        none: list[tuple[str, object]] = [(self.t("registers.findings.item.none"), "")]
        fill_choice(item, none + [(f"{x.no} · {t(f'guide.item.{x.no}', self.lang)}", x.no) for x in guide().items])
        fill_choice(risk, [(t(f"finding_risk.{r}", self.lang), str(r)) for r in Risk])
        risk.setCurrentIndex(1)
        dialog.pair(("registers.findings.item", item), ("registers.findings.risk", risk))
        ordered = QCheckBox(self.t("registers.findings.ordered.text"))
        ordered.setObjectName("findingOrdered")
        dialog.put("registers.findings.ordered", ordered)
        dialog.ask(
            lambda: ops.open_finding(
                title=title.text(),
                owner=owner.text(),
                due=day_in(due),
                item=str(item.currentData()),
                risk=Risk(risk.currentData()),
                ordered=ordered.isChecked(),
            ),
            lambda _: self._done("registers.findings.added"),
        )

    def assign(self, finding: AuditFinding) -> None:
        """Give it to somebody."""
        dialog = self.act_dialog("assign", name="assignFindingDialog")
        owner, due = line("assignOwner", lang=self.lang), day_box("assignDue", finding.due)
        dialog.pair(("registers.findings.owner", owner), ("registers.findings.due", due))
        dialog.ask(
            lambda: ops.assign_finding(finding_id=finding.finding_id, owner=owner.text(), due=day_in(due)),
            lambda _: self._done("registers.findings.assigned"),
        )

    def answer(self, finding: AuditFinding) -> None:
        """What was done and what shows it."""
        dialog = self.act_dialog("answer", name="answerFindingDialog")
        action = dialog.put("registers.findings.action", line("answerAction", lang=self.lang))
        proof = dialog.put(
            "registers.findings.proof",
            PathField("answerProof", mode="open", lang=self.lang),
            help_key="registers.findings.proof.help",
        )
        reference, done = line("answerReference", lang=self.lang), day_box("answerDone")
        dialog.pair(("registers.findings.reference", reference), ("registers.findings.rectified", done))
        dialog.ask(
            lambda: ops.answer_finding(
                finding_id=finding.finding_id,
                action=action.text(),
                evidence=(proof.path,) if proof.path else (),
                reference=reference.text(),
                rectified_on=day_in(done),
            ),
            lambda _: self._done("registers.findings.answered"),
        )

    def close_one(self, finding: AuditFinding) -> None:
        """Agree that it is right."""
        dialog = self.act_dialog("close", name="closeFindingDialog")
        sent = dialog.put("registers.findings.reported", day_box("closeReported")) if finding.ordered else None
        dialog.ask(
            lambda: ops.close_finding(finding_id=finding.finding_id, reported_on=day_in(sent) if sent else None),
            lambda _: self._done("registers.findings.closed"),
        )

    def _got(self, rows: Any) -> None:
        self._rows = rows
        self._draw()

    def _draw(self) -> None:
        empty(self.entries)
        if not self._rows:
            self.none("findingsNone")
        today = shanghai_day(self.desk.clock.now())
        for found in self._rows:
            state = "overdue" if not found.closed_at and found.days_left(today) < 0 else str(found.state)
            self.entry(
                f"{found.finding_id} · {found.title}",
                self._small(found, found.days_left(today)),
                state=state,
                name=f"finding_{found.finding_id}",
                act=self._act(found),
                more=self._giver(found),
            )

    def _small(self, found: AuditFinding, left: int) -> str:
        parts = [
            t(f"finding_risk.{found.risk}", self.lang),
            self.t("registers.findings.of", owner=found.owner),
        ]
        if found.item:
            parts.insert(0, self.t("registers.findings.item.no", number=found.item))
        if found.closed_at is not None:
            closed = {"name": found.closed_by, "day": shanghai_day(found.closed_at).isoformat()}
            return " · ".join((*parts, self.t("registers.findings.closed.by", **closed), *self._proof(found)))
        key = "registers.findings.report_due" if found.report_due else "registers.findings.until"
        parts.append(self.t(key, day=found.next_due.isoformat()))
        parts.append(self.t("registers.findings.left" if left >= 0 else "registers.findings.over", days=abs(left)))
        return " · ".join((*parts, *self._proof(found)))

    def _proof(self, found: AuditFinding) -> list[str]:
        if found.answered_at is None:
            return []
        hashes = ", ".join(digest[:12] for digest in found.evidence)
        shown = " · ".join(x for x in (found.reference, hashes) if x)
        return [found.action, self.t("registers.findings.shows", what=shown or self.t("registers.findings.nothing"))]

    def _act(self, found: AuditFinding) -> QPushButton | None:
        me, may = self._me(), self.desk.state.may
        if found.state is FindingState.OPEN and found.owner == me and may("answer_finding"):
            return self._button("answer", found, lambda: self.answer(found))
        mine = me in (found.owner, found.answered_by)
        if found.state is FindingState.ANSWERED and not mine and may("close_finding"):
            return self._button("close", found, lambda: self.close_one(found))
        return None

    def _giver(self, found: AuditFinding) -> QPushButton | None:
        if found.closed_at is not None or not self.desk.state.may("open_finding"):
            return None
        return self._button("assign", found, lambda: self.assign(found))

    def _button(self, what: str, found: AuditFinding, act: Callable[[], None]) -> QPushButton:
        return button(f"registers.findings.{what}", act, name=f"{what}_{found.finding_id}", lang=self.lang)

    def _me(self) -> str:
        sitting = self.desk.state.sitting
        return sitting.user if sitting else ""

    def _done(self, key: str) -> None:
        self.notice.tell(self.t(key))
        self.refresh()
