"""Transfers: who abroad is registered, how near the thresholds are, and what a planned transfer would need."""

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QGridLayout, QProgressBar, QVBoxLayout, QWidget

from compliance.clock import shanghai_day
from compliance.i18n import has
from compliance.model.answer import Answer, Changes
from compliance.model.register import Recipient
from compliance.use_cases.bases.transfers import Meter, MeterLine
from desktop_app.models.rows import Column
from desktop_app.operations import transfers as ops
from desktop_app.theme import AMBER, GREEN, RED
from desktop_app.views.assessment import record_assessment
from desktop_app.views.page import Desk, Page, scrolled
from desktop_app.widgets.basic import button, card, choice, column, empty, fill_choice, label, picture, row
from desktop_app.widgets.flow import Flow
from desktop_app.widgets.form import PathField, count_line, count_of, field
from desktop_app.widgets.refusal import articles, banner
from desktop_app.widgets.table import Table

_GATE = {True: ("check", GREEN, "transfers.gate.ok"), False: ("alert", RED, "transfers.gate.no")}


class TransfersPage(Page):
    """Meter, recipients, assessment."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._meter: Meter | None = None
        self._recipients: tuple[Recipient, ...] = ()
        self._decision: Any = None
        self._gauge, self._result = QGridLayout(), QVBoxLayout()
        columns: list[Column[Recipient]] = [
            Column("col.recipient", lambda x, _: x.legal_name),
            Column("col.country", lambda x, _: x.country, 110),
            Column("col.code", lambda x, _: x.recipient_id, 130),
            Column("col.contact", lambda x, _: x.contact, 240),
        ]
        self.table: Table[Recipient] = Table(columns, self.lang, name="recipients")
        self.recipient = choice(name="assessRecipient")
        self.persons, self.sensitive = count_line("assessPersons"), count_line("assessSensitive")
        self.operator, self.important = choice(name="assessOperator"), choice(name="assessImportant")
        self.facts = PathField("assessFacts", mode="open", lang=self.lang, filters="TOML/JSON (*.toml *.json)")
        self.year = choice(name="meterYear")
        self._lay()
        self.year.currentIndexChanged.connect(lambda _: self._ask_meter())

    def refresh(self) -> None:
        """Ask anew."""
        self._ask_meter()
        self.run(ops.recipients(), self._got_recipients)

    def affected(self, changes: Changes) -> bool:
        """Exports and sources move the meter."""
        return changes.exports or changes.sources

    def render_words(self) -> None:
        """Say again."""
        self.table.rows.set_lang(self.lang)
        for box in (self.operator, self.important):
            fill_choice(box, [(self.t(f"transfers.tri.{x}"), x) for x in ("unknown", "no", "yes")])
        if self._meter is not None:
            self._draw_meter(self._meter)
        self._draw_decision()

    def assess(self) -> None:
        """What would this need?"""
        path = self.facts.path
        if path is not None:
            self.ask(ops.assess(path=path), self._assessed)
            return
        facts: dict[str, Any] = {
            "recipient": str(self.recipient.currentData() or ""),
            "n_ord": count_of(self.persons),
            "n_sens": count_of(self.sensitive),
            "is_ciio": str(self.operator.currentData()),
            "has_important": str(self.important.currentData()),
        }
        self.ask(ops.assess(facts=facts), self._assessed)

    def _ask_meter(self) -> None:
        self.run(ops.meter(year=self.year.currentData()), self._got_meter)

    def _assessment(self) -> None:
        told = self.t("transfers.pia.done")
        record_assessment(self.desk, self, self._recipients, lambda: self.notice.tell(told))

    def _got_meter(self, answer: Answer[Meter]) -> None:
        self._meter = answer.value
        self._draw_meter(answer.value)

    def _draw_meter(self, meter: Meter) -> None:
        empty(self._gauge)
        self._head.setText(
            self.t("transfers.meter", year=meter.year, ordinary=f"{meter.ordinary:,}", sensitive=f"{meter.sensitive:,}")
        )
        for number, line in enumerate(meter.lines):
            bar = QProgressBar()
            bar.setTextVisible(False)
            bar.setRange(0, 1000)
            bar.setValue(min(1000, round(1000 * line.count / max(line.limit, 1))))
            self._gauge.addWidget(label(self._rule(line)), number, 0)
            self._gauge.addWidget(bar, number, 1)
            self._gauge.addWidget(label(f"{line.count:,} / {line.limit:,}", kind="muted"), number, 2)
        self._gauge.setColumnStretch(1, 1)

    def _rule(self, line: MeterLine) -> str:
        from desktop_app.words import policy_label

        found = policy_label("parameter", line.rule, self.lang)
        return self.t(f"transfers.line.{line.rule}") if found == line.rule else found

    def _got_recipients(self, answer: Answer[tuple[Recipient, ...]]) -> None:
        self._recipients = answer.value
        self.table.put(answer.value)
        self.table.fit(6)
        self._none.setVisible(not answer.value)
        fill_choice(self.recipient, [(r.legal_name, r.recipient_id) for r in answer.value])

    def _register(self) -> None:
        path = self._form.path
        if path is None or not Path(path).is_file():
            self.notice.tell(self.t("create.path.missing"), tone="red")
            return
        self.ask(ops.add_recipient(path=path), lambda _: self.refresh())

    def _assessed(self, decision: Any) -> None:
        self._decision = decision
        self._draw_decision()

    def _draw_decision(self) -> None:
        empty(self._result)
        made = self._decision
        if made is None:
            return
        key = f"transfer.result.{made.result}"
        head = self.t(key) if has(key) else made.result
        tone = "green" if made.allowed else "red" if made.result == "BLOCK" else "amber"
        state = self.t("transfers.allowed" if made.allowed else "transfers.not_yet")
        more = " · ".join(x for x in (articles(made.references, self.lang), made.row) if x)
        self._result.addWidget(banner(f"{state}  {head}", tone=tone, more=more))
        if made.missing:
            facts = self.t("desk.list_sep").join(self._fact(key) for key in made.missing)
            self._result.addWidget(label(self.t("transfers.missing", facts=facts)))
        for code, gate in made.gates.items():
            if not gate.applies:
                continue
            name, colour, words = _GATE.get(gate.ok, ("info", AMBER, "transfers.gate.open"))
            why = getattr(gate, "why", "") or getattr(gate, "reason", "")
            note = f"transfer.why.{why}"
            text = column(
                label(self.t(f"transfer.gate.{code}") if has(f"transfer.gate.{code}") else code),
                label(self.t(note) if has(note) else str(why), kind="small") if why and gate.ok is False else None,
                spacing=2,
            )
            one = row(picture(name, colour), text, label(self.t(words), kind="small"), spacing=12)
            one.setStretch(1, 1)
            self._result.addLayout(one)

    def _fact(self, key: str) -> str:
        return self.t(f"transfers.fact.{key}") if has(f"transfers.fact.{key}") else key

    def _cell(self, key: str, box: QWidget) -> QWidget:
        cell = QWidget()
        cell.setLayout(field(key, box, lang=self.lang))
        return cell

    def _lay(self) -> None:
        layout = scrolled(self)
        self._head = label(kind="muted", name="meterHead")
        meter, inside = card()
        this = shanghai_day(self.desk.clock.now()).year
        fill_choice(self.year, [(str(y), y) for y in range(this, this - 6, -1)])
        self.year.setMinimumWidth(96)
        self.recipient.setMinimumWidth(220)
        inside.addLayout(row(label(key="transfers.meter.title", kind="heading", lang=self.lang), 1, self.year))
        inside.addWidget(self._head)
        self._gauge.setHorizontalSpacing(18)
        self._gauge.setVerticalSpacing(12)
        inside.addLayout(self._gauge)
        inside.addWidget(label(key="transfers.meter.note", kind="small", lang=self.lang))
        layout.addWidget(meter)
        listed, body = card()
        body.addWidget(label(key="transfers.recipients", kind="heading", lang=self.lang))
        self._none = label(key="transfers.none", kind="muted", lang=self.lang)
        body.addWidget(self._none)
        body.addWidget(self.table)
        self._form = PathField("recipientForm", mode="open", lang=self.lang, filters="TOML (*.toml)")
        add = button("transfers.register", self._register, name="registerRecipient", lang=self.lang)
        pia = button("transfers.pia", self._assessment, name="recordAssessment", lang=self.lang)
        body.addLayout(row(self._form, add, pia if self.desk.state.may("record_assessment") else None))
        layout.addWidget(listed)
        asked, form = card(spacing=14)
        form.addWidget(label(key="transfers.assess", kind="heading", lang=self.lang))
        facts = (
            ("recipient", self.recipient),
            ("persons", self.persons),
            ("sensitive", self.sensitive),
            ("operator", self.operator),
            ("important", self.important),
        )
        form.addLayout(row(Flow(gap=18).add(*(self._cell(f"transfers.assess.{key}", box) for key, box in facts))))
        form.addLayout(field("transfers.assess.facts", self.facts, lang=self.lang, help_key="transfers.assess.help"))
        form.addLayout(
            row(1, button("transfers.assess.go", self.assess, look="primary", name="assess", lang=self.lang))
        )
        form.addLayout(self._result)
        layout.addWidget(asked)
        layout.addStretch(1)
        self.render_words()
