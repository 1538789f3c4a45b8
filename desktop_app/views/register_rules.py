"""The register of rules that tier or suggest: their text, a run, and for each result what it rests on.

A result is shown only as long as it holds: a withdrawal or a refusal of automated decisions clears the list.
"""

from PySide6.QtWidgets import QVBoxLayout

from compliance.i18n import Lang
from compliance.use_cases.seeing.explained_rules import Input, Result, Rule, RuleRun
from compliance.use_cases.seeing.view_marks import Seen
from desktop_app.operations import registers as ops
from desktop_app.views.page import Desk
from desktop_app.views.register_card import RegisterCard
from desktop_app.views.watch import Watch
from desktop_app.widgets.basic import button, chip, choice, column, empty, fill_choice, label, row
from desktop_app.words import field_label, item_label, purpose_label


class RulesCard(RegisterCard):
    """Choose a rule, read it, run it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "rules")
        self._rules: dict[str, Rule] = {}
        self._run: RuleRun | None = None
        self.watch = Watch(self, again=self._over, cover=self._cover)
        self._choice, self._text = choice(name="ruleChoice"), label(name="ruleText")
        self.inside.addWidget(self._choice)
        self.inside.addWidget(self._text)
        go = button("registers.rules.run", self._go, look="primary", name="runRule", lang=self.lang)
        go.setVisible(self.desk.state.may("run_rule"))
        self.inside.addLayout(row(1, go))
        self._results = QVBoxLayout()
        self._results.setSpacing(10)
        self.inside.addLayout(self._results)
        self._choice.currentIndexChanged.connect(lambda _: self._chosen())
        self.render_words()

    def refresh(self) -> None:
        """Read the register."""
        self.run(ops.list_rules(), self._got_rules)

    def render_words(self) -> None:
        """Rules, the text of the chosen one, results."""
        entries: list[tuple[str, object]] = [
            (f"{key} · {purpose_label(rule.purpose, self.lang)}", key) for key, rule in self._rules.items()
        ]
        fill_choice(self._choice, entries)
        self._chosen(keep=True)
        self._draw()

    def _got_rules(self, rules: tuple[Rule, ...]) -> None:
        self._rules = {rule.rule_id: rule for rule in rules}
        self.render_words()

    def _rule(self) -> Rule:
        return self._rules[str(self._choice.currentData())]

    def _chosen(self, *, keep: bool = False) -> None:
        if self._choice.currentData():
            rule = self._rule()
            inputs = self.t("desk.list_sep").join(field_label(key, self.lang) for key in rule.inputs)
            words = rule.zh if self.lang is Lang.ZH else rule.en
            self._text.setText(f"{words}\n{self.t('registers.rules.inputs', fields=inputs)}")
        if not keep:
            self._forget()

    def _go(self) -> None:
        self._forget()
        if not self._rules:
            return
        self.ask(ops.run_rule(rule_id=self._rule().rule_id), self._got)

    def _got(self, run: RuleRun) -> None:
        self._run = run
        if run.results:
            self.watch.on(Seen(hcp_ids=tuple(one.hcp_id for one in run.results), mark=run.mark))
        self._draw()

    def _forget(self) -> None:
        self.watch.off()
        self._run = None
        empty(self._results)

    def _over(self) -> None:
        self._go()

    def _cover(self, cover: bool) -> None:
        if cover:
            empty(self._results)
        else:
            self._draw()

    def _draw(self) -> None:
        empty(self._results)
        run = self._run
        if run is None:
            return
        told = self.t("registers.rules.told", count=len(run.results), total=run.total, assessment=run.assessment)
        self._results.addWidget(label(told, kind="small", name="ruleTold"))
        for one in run.results:
            words = one.zh if self.lang is Lang.ZH else one.en
            state = chip(words or self.t("registers.rules.no_data"), "blue" if one.case else "neutral")
            line = row(column(label(one.hcp_id), label(self._because(one), kind="small"), spacing=2), state, spacing=12)
            line.setStretch(0, 1)
            self._results.addLayout(line)

    def _because(self, one: Result) -> str:
        parts = [self._input(given) for given in one.inputs]
        return " · ".join([*parts, self.t("registers.rules.basis", basis=item_label(one.basis, self.lang))])

    def _input(self, given: Input) -> str:
        day = given.source_date.isoformat() if given.source_date else "—"
        return f"{field_label(given.key, self.lang)}: {given.value} ({day})"
