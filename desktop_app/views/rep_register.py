"""Reps and who visits whom: registered one by one or from a table, always with a look before anything is written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from compliance.model.access import FIELD_ROLES, Role
from compliance.model.answer import Answer
from compliance.model.register import Rep
from desktop_app.models.rows import Column
from desktop_app.operations import exports as ops
from desktop_app.views.page import Desk, Page, scrolled
from desktop_app.widgets.basic import button, card, choice, fill_choice, label, row
from desktop_app.widgets.dialogs import confirm
from desktop_app.widgets.form import PathField, day_box, day_in, field, line
from desktop_app.widgets.table import Table
from desktop_app.words import import_label, role_label


class RepRegister(Page):
    """Table, form, two files."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        columns: list[Column[Rep]] = [
            Column("col.name", lambda x, _: x.name),
            Column("col.role", lambda x, lang: role_label(x.role, lang), 190),
            Column("col.employee", lambda x, _: x.employee_no, 110),
            Column("col.territory", lambda x, _: x.territory, 110),
            Column("col.trained", lambda x, _: x.trained_on.isoformat() if x.trained_on else "—", 120),
            Column("col.key", lambda x, _: self._key_words(x), 190),
        ]
        self.table: Table[Rep] = Table(columns, self.lang, name="repTable")
        layout = scrolled(self, width=980)
        layout.setContentsMargins(0, 18, 28, 28)
        listed, body = card()
        body.addWidget(label(key="reps.title", kind="title", lang=self.lang))
        body.addWidget(self.table)
        body.addLayout(row(1, button("reps.end", self.end, look="danger", name="endRep", lang=self.lang)))
        layout.addWidget(listed)
        form, inside = card(spacing=14)
        inside.addWidget(label(key="reps.add", kind="heading", lang=self.lang))
        self._name, self._number = line("repName", lang=self.lang), line("repNumber", lang=self.lang)
        self._area, self._key = line("repArea", lang=self.lang), line("repKey", lang=self.lang)
        self._role = choice(name="repRole")
        inside.addLayout(
            row(
                field("col.name", self._name, lang=self.lang),
                field("col.role", self._role, lang=self.lang),
                field("col.employee", self._number, lang=self.lang),
                field("col.territory", self._area, lang=self.lang),
            )
        )
        self._trained, self._filed = day_box("repTrained"), day_box("repFiled")
        self._filing = line("repFiling", lang=self.lang)
        inside.addLayout(
            row(
                field("col.trained", self._trained, lang=self.lang),
                field("reps.filing", self._filing, lang=self.lang),
                field("reps.filed", self._filed, lang=self.lang),
                1,
            )
        )
        inside.addLayout(field("reps.key", self._key, lang=self.lang, help_key="reps.key.help"))
        inside.addLayout(row(1, button("reps.go", self._add, look="primary", name="addRep", lang=self.lang)))
        layout.addWidget(form)
        for name, act in (("roster", ops.import_roster), ("assignments", ops.import_assignments)):
            box, lines = card(spacing=12)
            lines.addWidget(label(key=f"reps.{name}", kind="heading", lang=self.lang))
            lines.addWidget(label(key=f"reps.{name}.sub", kind="muted", lang=self.lang))
            path = PathField(f"reps_{name}", mode="open", lang=self.lang, filters="(*.xlsx *.csv)")
            go = button(f"reps.{name}.go", self._bringer(path, act), name=f"go_{name}", lang=self.lang)
            lines.addLayout(row(path, go))
            layout.addWidget(box)
        layout.addStretch(1)
        self.render_words()

    def refresh(self) -> None:
        """Ask anew."""
        self.run(ops.list_reps(), self._got)

    def render_words(self) -> None:
        """Roles and headings."""
        fill_choice(self._role, [(role_label(r, self.lang), r) for r in FIELD_ROLES])
        self.table.rows.set_lang(self.lang)

    def _key_words(self, rep: Rep) -> str:
        if not rep.active:
            return self.t("reps.ended")
        return self.t("exports.key" if rep.recipient else "exports.no_key")

    def end(self) -> None:
        """Sign the chosen rep off."""
        chosen = self.table.current()
        if chosen is None or not chosen.active:
            self.notice.tell(self.t("reps.end.choose"), tone="red")
            return
        effect = self.t("reps.end.effect", rep=chosen.name)
        if confirm(self, self.lang, title=self.t("reps.end"), effect=effect, act=self.t("reps.end"), danger=True):
            self.ask(ops.end_rep(name=chosen.name), lambda _: self.refresh())

    def _got(self, answer: Answer[tuple[Rep, ...]]) -> None:
        self.table.put(answer.value)
        self.table.fit(8)

    def _add(self) -> None:
        rep = Rep(
            name=self._name.text().strip(),
            role=Role(self._role.currentData()),
            employee_no=self._number.text().strip(),
            territory=self._area.text().strip(),
            recipient=self._key.text().strip(),
            trained_on=day_in(self._trained),
            filing_no=self._filing.text().strip(),
            filing_checked_on=day_in(self._filed),
        )
        self.ask(ops.add_rep(rep=rep), self._added)

    def _added(self, _: Any) -> None:
        for box in (self._name, self._number, self._area, self._key, self._filing):
            box.clear()
        self.notice.tell(self.t("reps.added"))
        self.refresh()

    def _bringer(self, path: PathField, act: Callable[..., Any]) -> Callable[[], None]:
        def bring() -> None:
            file = path.path
            if file is None:
                self.notice.tell(self.t("create.path.missing"), tone="red")
                return
            self.ask(act(path=file, dry_run=True), lambda report: self._tried(file, act, report))

        return bring

    def _tried(self, file: Path, act: Callable[..., Any], report: Any) -> None:
        lines = [self.t("reps.trial", read=report.read, accepted=report.accepted, rejected=report.rejected)]
        lines += [self.t("reps.row", row=p.row, what=import_label(p.code, self.lang)) for p in report.rows[:8]]
        if confirm(
            self, self.lang, title=self.t("reps.trial.title"), effect="\n".join(lines), act=self.t("reps.trial.go")
        ):
            self.ask(act(path=file, dry_run=False), self._done)

    def _done(self, report: Any) -> None:
        self.notice.tell(self.t("reps.done", accepted=report.accepted, rejected=report.rejected))
        self.refresh()
