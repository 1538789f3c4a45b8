"""Facts about the company that decisions need, and the rules as a lawyer reads them."""

from typing import Any

from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QTextBrowser, QVBoxLayout, QWidget

from compliance.clock import shanghai_day
from compliance.model.answer import Answer, Changes, Refusal
from compliance.use_cases.overview.by_number import counted_words, duty_words
from desktop_app.operations import settings as ops
from desktop_app.views.page import Desk, Page
from desktop_app.views.settings_company import part_layout
from desktop_app.widgets.basic import button, card, chip, choice, column, empty, fill_choice, label, row
from desktop_app.widgets.form import PathField, count_line, count_of, day_box, day_in, field, line

_CHOICES = ("", "no", "yes")


class FactsPart(Page):
    """Critical information infrastructure, the list of restricted recipients, systems beside this store."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._stated: dict[str, str] = {}
        layout = part_layout(self)
        frame, inside = card(margin=26, spacing=14)
        inside.addWidget(label(key="facts.title", kind="title", lang=self.lang))
        inside.addWidget(label(key="facts.sub", kind="muted", lang=self.lang))
        self.operator = choice(name="factOperator")
        self._go_operator = button("facts.operator.go", self._set_operator, name="setOperator", lang=self.lang)
        inside.addLayout(field("facts.operator", self.operator, lang=self.lang, help_key="facts.operator.help"))
        inside.addLayout(row(1, self._go_operator))
        self.checked = day_box("factChecked", shanghai_day(desk.clock.now()))
        self._told = label(kind="small", name="factCheckedTold")
        inside.addLayout(field("facts.checked", self.checked, lang=self.lang, help_key="facts.checked.help"))
        go = button("facts.checked.go", self._set_checked, name="setChecked", lang=self.lang)
        inside.addLayout(row(self._told, 1, go))
        self.outside = line("factOutside", hint="facts.outside.hint", lang=self.lang)
        inside.addLayout(field("facts.outside", self.outside, lang=self.lang, help_key="facts.outside.help"))
        tell = button("facts.outside.go", self._set_outside, name="setOutside", lang=self.lang)
        inside.addLayout(row(1, tell))
        layout.addWidget(frame)
        layout.addWidget(self._number_card())
        layout.addStretch(1)
        self.render_words()

    def _number_card(self) -> QWidget:
        """How many people's data the company handles in all, and the duties that number brings."""
        frame, inside = card(margin=26, spacing=14)
        inside.addWidget(label(key="byno.title", kind="title", lang=self.lang))
        inside.addWidget(label(key="byno.sub", kind="muted", lang=self.lang))
        self.people = count_line("peopleInAll")
        self.counted_on = day_box("peopleOn", shanghai_day(self.desk.clock.now()))
        self.counted_from = line("peopleSource", hint="byno.source.hint", lang=self.lang)
        inside.addLayout(field("byno.people", self.people, lang=self.lang))
        inside.addLayout(field("byno.on", self.counted_on, lang=self.lang))
        inside.addLayout(field("byno.source", self.counted_from, lang=self.lang))
        go = button("byno.go", self._state_people, name="statePeople", lang=self.lang)
        inside.addLayout(row(1, go))
        self.counted = label(kind="small", name="peopleCounted")
        inside.addWidget(self.counted)
        self.duties = QVBoxLayout()
        self.duties.setSpacing(8)
        inside.addLayout(self.duties)
        return frame

    def refresh(self) -> None:
        """As stated so far."""
        self.run(ops.read(), self._got)
        self.run(ops.board(), self._board)

    def _board(self, answer: Any) -> None:
        if isinstance(answer.value, Refusal):
            return
        board = answer.value
        said = [counted_words(board, self.lang)] + ([self.t("byno.too_few")] if board.too_few else [])
        self.counted.setText(" ".join(said))
        empty(self.duties)
        for number, duty in enumerate(board.duties):
            what, state = duty_words(duty, self.lang)
            tone = "grey" if duty.reached is None else "amber" if duty.reached else "green"
            one = row(label(what, kind="muted"), chip(state, tone, name=f"duty{number}"), spacing=10)
            one.setStretch(0, 1)
            self.duties.addLayout(one)

    def _state_people(self) -> None:
        day = day_in(self.counted_on)
        if day is not None:
            source = self.counted_from.text().strip()
            self.ask(ops.state_people(people=count_of(self.people), on=day, source=source), self._stated_people)

    def _stated_people(self, board: Any) -> None:
        self.notice.tell(self.t("byno.done"))
        self._board(Answer(board))

    def render_words(self) -> None:
        """Choices and what was stated."""
        fill_choice(self.operator, [(self.t(f"facts.operator.{x or 'open'}"), x) for x in _CHOICES])
        self.operator.setCurrentIndex(self.operator.findData(self._stated.get("is_ciio", "")))
        day = self._stated.get("restricted_list_checked_on", "")
        self._told.setText(self.t("facts.checked.last", day=day) if day else self.t("facts.checked.never"))

    def _got(self, answer: Any) -> None:
        if not isinstance(answer.value, Refusal):
            self._stated = dict(answer.value)
            self.outside.setText(self._stated.get("systems_outside", ""))
            self.render_words()

    def _set_operator(self) -> None:
        value = str(self.operator.currentData())
        if not value:
            self.notice.tell(self.t("facts.operator.choose"), tone="red")
            return
        self.ask(ops.set_fact(key="is_ciio", value=value), self._set)

    def _set_checked(self) -> None:
        day = day_in(self.checked)
        if day is not None:
            self.ask(ops.set_fact(key="restricted_list_checked_on", value=day.isoformat()), self._set)

    def _set_outside(self) -> None:
        self.ask(ops.set_fact(key="systems_outside", value=self.outside.text().strip()), self._set)

    def _set(self, _: Any) -> None:
        self.notice.tell(self.t("facts.done"))
        self.refresh()


class RulesPart(Page):
    """The matrix field by purpose by role, and whether the set holds together."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._read_in = ""
        self.text = QTextBrowser()
        self.text.setObjectName("policyMatrix")
        self.text.setOpenLinks(False)
        self.path = PathField("matrixOut", mode="save", lang=self.lang, filters="Markdown (*.md)")
        head = row(
            label(key="rules.title", kind="title", lang=self.lang),
            1,
            button("rules.check", self._check, name="checkRules", lang=self.lang),
            spacing=10,
        )
        save = button("rules.save", self._save, look="primary", name="saveMatrix", lang=self.lang)
        foot = row(self.path, save, spacing=10)
        foot.setStretch(0, 1)
        sub = label(key="rules.sub", kind="muted", lang=self.lang)
        whole = column(self.notice, head, sub, self.text, foot, spacing=12)
        whole.setStretch(3, 1)
        whole.setContentsMargins(0, 18, 28, 24)
        self.setLayout(whole)

    def refresh(self) -> None:
        """Read once for each language."""
        if self._read_in != self.lang:
            self._read_in = str(self.lang)
            self.text.setPlainText(self.t("check.loading"))
            self.run(ops.matrix(lang=self.lang), self._got)

    def affected(self, changes: Changes) -> bool:
        """Other rules may hold now: the matrix is read anew."""
        if changes.settings:
            self._read_in = ""
        return changes.settings

    def render_words(self) -> None:
        """The matrix itself is in a language."""
        if self.isVisible():
            self.refresh()

    def _got(self, text: str) -> None:
        made = QTextDocument(self.text)
        made.setDefaultFont(self.text.font())
        made.setMarkdown(text, QTextDocument.MarkdownFeature.MarkdownDialectGitHub)
        self.text.setDocument(made)

    def _check(self) -> None:
        self.run(ops.check_rules(), self._checked)

    def _checked(self, faults: tuple[Any, ...]) -> None:
        if faults:
            where = self.t("desk.list_sep").join(fault.where for fault in faults[:5])
            self.notice.tell(self.t("rules.faulty", count=len(faults)), tone="red", more=where)
        else:
            self.notice.tell(self.t("rules.fine"))

    def _save(self) -> None:
        path = self.path.path
        if path is None:
            self.notice.tell(self.t("create.path.missing"), tone="red")
            return
        self.run(ops.save_matrix(path=path, lang=self.lang), self._saved)

    def _saved(self, path: Any) -> None:
        self.notice.tell(self.t("rules.saved", file=path.name))
