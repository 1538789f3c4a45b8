"""Settings: the company's own rules. A folder is checked, its changes are read, its effect is counted, then it is put
in force; whoever signs sees first what would be hidden and shown.

Narrower rules hold at once with one signature. What opens anything waits for a second person and a day.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QLayout, QVBoxLayout

from compliance.clock import day_start
from compliance.errors import Fault, PolicyFileError
from compliance.i18n import t
from compliance.model.answer import Changes, Refusal
from compliance.use_cases.rules.company_rules import InForce, Preview
from compliance.use_cases.rules.rule_sets import RuleSet
from compliance.use_cases.rules.rules import MORE_ALIKE, Change, count_faults
from desktop_app.models.rows import Column
from desktop_app.operations import rules as ops
from desktop_app.tasks import Task
from desktop_app.views.page import Desk, Page
from desktop_app.views.rules_preview import preview_parts
from desktop_app.views.rules_words import change_words, fault_words, how_words
from desktop_app.views.settings_company import part_layout
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import button, card, chip, column, empty, label, row
from desktop_app.widgets.form import PathField, day_box, day_in, field
from desktop_app.widgets.refusal import banner
from desktop_app.widgets.table import Table
from desktop_app.words import time_text

_TONES = {"in_force": "green", "planned": "amber", "over": "neutral"}
_MOST_FAULTS = 40


class CompanyRulesPart(Page):
    """The sets there are, a new one, and what it would do."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._sets: tuple[RuleSet, ...] = ()
        self._shown: Callable[[], None] = lambda: None
        layout = part_layout(self)
        frame, inside = card(margin=26, spacing=14)
        inside.addWidget(label(key="rules.sets", kind="title", lang=self.lang))
        inside.addWidget(label(key="rules.sets.sub", kind="muted", lang=self.lang))
        self._list = QVBoxLayout()
        self._list.setSpacing(10)
        inside.addLayout(self._list)
        layout.addWidget(frame)
        layout.addWidget(self._new())
        self._outcome = QVBoxLayout()
        self._outcome.setSpacing(14)
        layout.addLayout(self._outcome)
        layout.addStretch(1)

    def refresh(self) -> None:
        """Ask anew."""
        self.run(ops.sets(), self._got)

    def affected(self, changes: Changes) -> bool:
        """Another seat may have put rules in force."""
        return changes.settings

    def render_words(self) -> None:
        """The list and the last outcome."""
        self._draw()
        self._shown()

    def _new(self) -> Any:
        frame, inside = card(margin=26, spacing=14)
        inside.addWidget(label(key="rules.new", kind="title", lang=self.lang))
        inside.addWidget(label(key="rules.new.sub", kind="muted", lang=self.lang))
        self.folder = PathField("rulesFolder", mode="folder", lang=self.lang)
        self.begins = day_box("rulesBegin")
        inside.addLayout(field("rules.folder", self.folder, lang=self.lang))
        inside.addLayout(field("rules.begins", self.begins, lang=self.lang, help_key="rules.begins.help"))
        check = button("rules.check_folder", self._check, name="checkFolder", lang=self.lang)
        preview = button("rules.preview", self._preview, name="previewRules", lang=self.lang)
        go = button("rules.activate", self._activate, look="primary", name="activateRules", lang=self.lang)
        go.setVisible(self.desk.state.may("activate_policy"))
        inside.addLayout(row(check, 1, preview, go))
        return frame

    # the sets there are

    def _got(self, answer: Any) -> None:
        self._sets = () if isinstance(answer.value, Refusal) else answer.value
        self._draw()

    def _draw(self) -> None:
        empty(self._list)
        for one in reversed(self._sets):
            self._list.addLayout(self._line(one))

    def _line(self, one: RuleSet) -> QLayout:
        name = self.t("rules.shipped", version=one.version) if not one.key else one.version
        small = self.t("rules.shipped.sub") if one.begins is None else self._small(one)
        words = column(label(name, name=f"set_{one.key[:8] or 'shipped'}"), label(small, kind="small"), spacing=2)
        state = chip(self.t(f"cli.state.{one.state}"), _TONES[one.state])
        bad = chip(self.t("rules.broken"), "red") if not one.good else None
        may = one.state == "planned" and self.desk.state.may("activate_policy")
        off = button("rules.call_off", self._off(one), look="danger", name=f"off_{one.key[:8]}", lang=self.lang)
        off.setVisible(may)
        files = button("rules.files", self._files(one), name=f"files_{one.key[:8]}", lang=self.lang)
        files.setVisible(bool(one.key))
        made = row(words, bad, state, off, files, spacing=12)
        made.setStretch(0, 1)
        return made

    def _small(self, one: RuleSet) -> str:
        who = self.t("desk.list_sep").join(one.signed_by)
        return self.t("rules.set.small", when=time_text(one.begins)[:16], who=who, number=one.key[:8])

    def _off(self, one: RuleSet) -> Callable[[], None]:
        def act() -> None:
            dialog = ActDialog(
                self.desk,
                self,
                name="callOffDialog",
                title=self.t("rules.call_off"),
                effect=self.t("rules.call_off.ask", version=one.version),
                act=self.t("rules.call_off"),
                danger=True,
            )
            dialog.ask(lambda: ops.call_off(key=one.key), self._called_off)

        return act

    def _called_off(self, made: Any) -> None:
        self.told(made, self.t("rules.called_off"))
        self.refresh()

    def _files(self, one: RuleSet) -> Callable[[], None]:
        def act() -> None:
            chosen = QFileDialog.getExistingDirectory(self, self.t("rules.files"))
            if chosen:
                self.save_files(one, Path(chosen) / f"rules-{one.key[:8]}")

        return act

    def save_files(self, one: RuleSet, folder: Path) -> None:
        """The files of a set into a new folder."""
        told = self.t("rules.files.done", folder=folder.name)
        self.ask(ops.save(key=one.key, folder=folder), lambda _: self.notice.tell(told))

    # a new one

    def _chosen(self) -> Path | None:
        if self.folder.path is None:
            self.notice.tell(self.t("rules.folder.missing"), tone="red")
        return self.folder.path

    def _instant(self) -> datetime | None:
        """The beginning of the chosen day; None for at once."""
        day = day_in(self.begins)
        return day_start(day) if day else None

    def _check(self) -> None:
        if folder := self._chosen():
            self.run(ops.check(folder=folder, begins=self._instant()), self._checked)

    def _checked(self, faults: tuple[Fault, ...]) -> None:
        folder = self.folder.path
        if faults or folder is None:
            self._show(lambda: self._faulty(faults))
            return
        self._try(ops.compare(folder=folder, begins=self._instant()), self._compared)

    def _compared(self, changes: tuple[Change, ...]) -> None:
        self._show(lambda: self._changed(changes))

    def _preview(self) -> None:
        if folder := self._chosen():
            self._try(ops.preview(folder=folder, begins=self._instant()), self._previewed, answered=True)

    def _previewed(self, found: Preview) -> None:
        def draw() -> None:
            self._changed(found.changes)
            for part in preview_parts(found, self.lang):
                self._outcome.addWidget(part)

        self._show(draw)

    def _activate(self) -> None:
        """What it changes is told once more, and how many sign, before the button that does it."""
        if folder := self._chosen():
            self._try(ops.compare(folder=folder, begins=self._instant()), lambda found: self._ask(folder, found))

    def _ask(self, folder: Path, changes: tuple[Change, ...]) -> None:
        self._compared(changes)
        opened = sum(change.looser for change in changes)
        key = "rules.opens" if opened else "rules.narrows"
        told = self.t(key, count=len(changes), opened=opened) if changes else self.t("rules.no_change")
        dialog = ActDialog(
            self.desk,
            self,
            name="activateDialog",
            title=self.t("rules.activate"),
            effect=f"{told} {self.t(f'{key}.more')}\n{self.t('rules.activate.ask')}",
            act=self.t("rules.activate"),
        )
        dialog.ask(lambda: ops.activate(folder=folder, begins=self._instant()), self._activated)

    def _activated(self, made: Any) -> None:
        if not self.waits(made):
            assert isinstance(made, InForce)
            recall = self.t("rules.activated.recall", count=len(made.tasks)) if made.tasks else ""
            when = time_text(made.begins)[:16]
            self.notice.tell(self.t("rules.activated", version=made.version, when=when), more=recall)
        self._show(lambda: None)
        self.refresh()

    def _try(self, task: Task[Any], done: Callable[[Any], None], *, answered: bool = False) -> None:
        """Run; the faults of a folder are listed one by one."""

        def failed(error: BaseException) -> None:
            if isinstance(error, PolicyFileError):
                self._show(lambda: self._faulty(error.faults))
            else:
                self.failed(error)

        if not answered:
            self.run(task, done, failed)
            return

        def receive(answer: Any) -> None:
            if isinstance(answer.value, Refusal):
                self.notice.refuse(answer.value, self.lang)
            else:
                done(answer.value)

        self.run(task, receive, failed)

    # what came of it

    def _show(self, draw: Callable[[], None]) -> None:
        def again() -> None:
            empty(self._outcome)
            draw()

        self._shown = again
        again()

    def _faulty(self, faults: tuple[Fault, ...]) -> None:
        parts: list[Any] = [banner(self.t("rules.faulty", count=count_faults(faults)), tone="red")]
        for number, fault in enumerate(faults[:_MOST_FAULTS]):
            words = fault_words(fault, self.lang)
            key = "rules.fault.said" if fault.nearest else "rules.fault.value"
            said = self.t(key, value=fault.value or "—", nearest=fault.nearest)
            told = fault.code == MORE_ALIKE or (fault.value in words and fault.nearest in words)
            line = label(words if told else f"{words} · {said}", name=f"fault_{number}")
            parts.append(column(line, label(fault.where, kind="small"), spacing=2))
        if len(faults) > _MOST_FAULTS:
            parts.append(label(self.t("rules.recall.more", count=len(faults) - _MOST_FAULTS), kind="small"))
        self._boxed(*parts)

    def _changed(self, changes: tuple[Change, ...]) -> None:
        opened = sum(change.looser for change in changes)
        if not changes:
            self._boxed(banner(self.t("rules.no_change"), tone="blue"))
            return
        tone, key = ("amber", "rules.opens") if opened else ("green", "rules.narrows")
        table: Table[Change] = Table(
            [
                Column("rules.col.where", lambda x, lang: change_words(x.where, lang)),
                Column("rules.col.before", lambda x, lang: how_words(x.before, lang), 150),
                Column("rules.col.after", lambda x, lang: how_words(x.after, lang), 150),
                Column("rules.col.way", lambda x, lang: t(f"rules.way.{'opens' if x.looser else 'narrows'}", lang), 90),
            ],
            self.lang,
            name="ruleChanges",
        )
        table.put(changes)
        table.fit(8)
        text = self.t(key, count=len(changes), opened=opened)
        self._boxed(banner(text, tone=tone, more=self.t(f"{key}.more")), table)

    def _boxed(self, *parts: Any) -> None:
        frame, inside = card(margin=22, spacing=14)
        for part in parts:
            inside.addLayout(part) if isinstance(part, QLayout) else inside.addWidget(part)
        self._outcome.addWidget(frame)
