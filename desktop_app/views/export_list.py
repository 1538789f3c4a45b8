"""The people list: a workbook with the policy applied, for here or abroad, of one purpose or of two joined."""

from typing import Any

from PySide6.QtWidgets import QWidget

from compliance.i18n import Lang
from compliance.model.access import Purpose
from compliance.model.answer import Answer, Refusal
from compliance.model.register import Assessment, Recipient
from compliance.use_cases.seeing.exclusions import EXCLUSION
from compliance.use_cases.seeing.explained_rules import list_rules
from compliance.use_cases.seeing.joining import join_purposes
from desktop_app.operations import people, transfers
from desktop_app.views.page import Desk, Page, scrolled
from desktop_app.widgets.basic import button, card, choice, fill_choice, label, row
from desktop_app.widgets.form import PathField, field, line
from desktop_app.words import purpose_label


class ListPart(Page):
    """A people list as a workbook, policy applied, no live formulas."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.purpose, self.abroad = choice(name="listPurpose"), choice(name="listAbroad")
        self.join, self.assessment = choice(name="listJoin"), choice(name="listAssessment")
        self.rule, self.reviewer = choice(name="listRule"), line("listReviewer", lang=self.lang)
        self._recipients: tuple[Recipient, ...] = ()
        self._assessments: tuple[Assessment, ...] = ()
        self.path = PathField("listPath", mode="save", lang=self.lang, filters="Excel (*.xlsx)")
        layout = scrolled(self, width=760)
        layout.setContentsMargins(0, 18, 28, 28)
        frame, inside = card(margin=26, spacing=16)
        inside.addWidget(label(key="exports.list.title", kind="title", lang=self.lang))
        inside.addWidget(label(key="exports.list.sub", kind="muted", lang=self.lang))
        inside.addLayout(field("exports.purpose", self.purpose, lang=self.lang))
        inside.addLayout(field("exports.abroad", self.abroad, lang=self.lang, help_key="exports.abroad.help"))
        inside.addLayout(field("exports.join", self.join, lang=self.lang, help_key="exports.join.help"))
        self._pia = QWidget()
        self._pia.setLayout(field("exports.assessment", self.assessment, lang=self.lang))
        inside.addWidget(self._pia)
        self.join.currentIndexChanged.connect(lambda _: self._pia.setVisible(bool(self.join.currentData())))
        self._out = QWidget()
        rule, who = (
            field("exports.rule", self.rule, lang=self.lang),
            field("exports.reviewer", self.reviewer, lang=self.lang),
        )
        self._out.setLayout(row(rule, who, spacing=16))
        inside.addWidget(self._out)
        self.purpose.currentIndexChanged.connect(lambda _: self._fill_rules())
        inside.addLayout(field("exports.file", self.path, lang=self.lang))
        inside.addLayout(row(1, button("exports.list.go", self.make, look="primary", name="makeList", lang=self.lang)))
        layout.addWidget(frame)
        layout.addStretch(1)
        self.render_words()

    def render_words(self) -> None:
        """Purposes and recipients."""
        sitting = self.desk.state.sitting
        named = [(f"{r.legal_name} · {r.country}", r.recipient_id) for r in self._recipients]
        fill_choice(self.abroad, [(self.t("exports.abroad.none"), ""), *named])
        mine = [p for p in join_purposes() if sitting and p in sitting.purposes]
        self._fill_rules()
        joins: list[tuple[str, object]] = [(self.t("exports.join.none"), "")]
        fill_choice(self.join, joins + [(purpose_label(p, self.lang), p) for p in mine])
        rows: list[tuple[str, object]] = [(self.t("exports.assessment.none"), "")]
        about = [a for a in self._assessments if a.purpose.startswith("join:")]
        fill_choice(self.assessment, rows + [(f"{a.title} · {a.assessment_id}", a.assessment_id) for a in about])
        self._pia.setVisible(bool(self.join.currentData()))
        fill_choice(self.purpose, [(purpose_label(p, self.lang), p) for p in (sitting.purposes if sitting else ())])

    def _fill_rules(self) -> None:
        """Rules that may propose to leave people off a list of this purpose; most purposes have none."""
        purpose = self.purpose.currentData()
        rules = [one for one in list_rules() if (one.kind, one.purpose) == (EXCLUSION, purpose)]
        entries: list[tuple[str, object]] = [(self.t("exports.rule.none"), "")]
        fill_choice(
            self.rule, entries + [(f"{r.rule_id} · {r.zh if self.lang is Lang.ZH else r.en}", r.rule_id) for r in rules]
        )
        self._out.setVisible(bool(rules))

    def refresh(self) -> None:
        """Recipients abroad."""
        self.run(transfers.recipients(), self._got_recipients)
        if self.desk.state.may("list_assessments"):
            self.run(transfers.assessments(), self._got_assessments)

    def _got_recipients(self, answer: Answer[tuple[Recipient, ...]]) -> None:
        self._recipients = answer.value
        self.render_words()

    def _got_assessments(self, answer: "Answer[tuple[Assessment, ...] | Refusal]") -> None:
        self._assessments = () if isinstance(answer.value, Refusal) else answer.value
        self.render_words()

    def make(self) -> None:
        """Write it."""
        path = self.path.path
        if path is None:
            self.notice.tell(self.t("create.path.missing"), tone="red")
            return
        abroad = str(self.abroad.currentData() or "") or None
        join = self.join.currentData()
        task = people.export(
            purpose=Purpose(self.purpose.currentData()),
            path=path,
            overseas=abroad,
            join=Purpose(join) if join else None,
            assessment=str(self.assessment.currentData() or ""),
            rule=str(self.rule.currentData() or ""),
            reviewer=self.reviewer.text().strip(),
        )
        self.ask(task, self._made)

    def _made(self, made: Any) -> None:
        if self.waits(made):
            return
        self.notice.tell(self.t("exports.list.done", people=made.people, refused=made.refused, file=made.file.name))
