"""The register of bases other than consent: one person's at a time, a file of many, each ended with a reason."""

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QVBoxLayout

from compliance.i18n import has
from compliance.model.answer import Refusal
from compliance.model.basis import BasisRecord
from compliance.use_cases.bases.bases import BasesRead
from desktop_app.operations import registers as ops
from desktop_app.views.basis_form import ask_basis
from desktop_app.views.page import Desk
from desktop_app.views.register_card import RegisterCard
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import button, choice, empty, fill_choice, label, row
from desktop_app.widgets.form import PathField, field, line
from desktop_app.widgets.person_picker import PersonPicker
from desktop_app.words import field_label, import_label, policy_label, purpose_label, time_text

_TABLES = "Excel / CSV (*.xlsx *.xls *.csv)"
_MOST_LINES = 50


class BasesCard(RegisterCard):
    """A person to choose, the bases of that person, and a file to take in."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "bases")
        self._rows: tuple[BasisRecord, ...] = ()
        self._read: BasesRead | None = None
        self.person = PersonPicker(desk, name="basesPerson")
        self.person.chosen.connect(self._chosen)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(4)
        self.inside.addLayout(field("registers.bases.person", self.person, lang=self.lang))
        self.inside.addLayout(self.entries)
        self.inside.addLayout(self._lines)
        if self.desk.state.may("record_basis"):
            bring = button("registers.bases.import", self.bring_in, name="importBases", lang=self.lang)
            add = button("registers.bases.add", self.add, look="primary", name="addBasis", lang=self.lang)
            self.inside.addLayout(row(1, bring, add))

    def refresh(self) -> None:
        """Ask anew for the person chosen."""
        if self.person.hcp_id:
            self.run(ops.list_bases(hcp_id=self.person.hcp_id), self._got)

    def render_words(self) -> None:
        """Say again."""
        self._draw()

    def add(self) -> None:
        """The window for a new basis of the person chosen."""
        if not self.person.hcp_id:
            self.notice.tell(self.t("record.missing", what=self.t("registers.bases.person")), tone="red")
            return
        ask_basis(self.desk, self, hcp_id=self.person.hcp_id, done=lambda _: self._done("person.basis.done"))

    def bring_in(self) -> None:
        """A file of bases: only looked at first, unless asked otherwise."""
        dialog = ActDialog(
            self.desk,
            self,
            name="basesFileDialog",
            title=self.t("registers.bases.import.title"),
            effect=self.t("registers.bases.import.effect"),
            act=self.t("registers.bases.import.go"),
        )
        path = dialog.put("registers.file", PathField("basesFile", mode="open", lang=self.lang, filters=_TABLES))
        how = dialog.put("registers.bases.how", choice(name="basesHow"))
        fill_choice(how, [(self.t(f"registers.bases.how.{h}"), h) for h in ("look", "write")])

        def make() -> Any:
            if path.path is None:
                return dialog.missing("registers.file")
            return ops.import_bases(path=path.path, dry_run=how.currentData() == "look")

        dialog.ask(make, lambda read: self._taken(read, looked=how.currentData() == "look"))

    def _chosen(self, hcp_id: str) -> None:
        self._rows = ()
        self._draw()
        if hcp_id:
            self.refresh()

    def _got(self, answer: Any) -> None:
        if isinstance(answer.value, Refusal):
            self.notice.refuse(answer.value, self.lang)
            return
        self._rows = tuple(reversed(answer.value))
        self._draw()

    def _draw(self) -> None:
        empty(self.entries)
        if self.person.hcp_id and not self._rows:
            self.none("basesNone")
        now = self.desk.clock.now()
        for one in self._rows:
            act = (
                button(
                    "registers.end", self._ender(one), look="danger", name=f"endBasis_{one.basis_id}", lang=self.lang
                )
                if not one.over(now) and self.desk.state.may("record_basis")
                else None
            )
            what = [purpose_label(one.purpose, self.lang), policy_label("basis", one.basis, self.lang), one.reference]
            opens = self.t("desk.list_sep").join(field_label(k, self.lang) for k, _ in one.support.reasons)
            small = self.t(
                "registers.bases.line",
                name=one.recorded_by,
                when=time_text(one.recorded_at)[:16],
                until=self.until(one.valid_until),
                fields=opens or "—",
            )
            self.entry(
                " · ".join(text for text in what if text),
                small,
                state="now" if one.in_force(now) else "ended",
                name=f"basis_{one.basis_id}",
                act=act,
            )
        empty(self._lines)
        for bad in self._read.rows[:_MOST_LINES] if self._read else ():
            text = self.t(
                "registers.bases.bad_line",
                row=bad.row,
                column=self._column(bad.column),
                why=import_label(bad.code, self.lang),
            )
            self._lines.addWidget(label(text, name=f"badBasis_{bad.row}"))

    def _column(self, name: str) -> str:
        key = f"registers.column.{name}"
        return self.t(key) if has(key) else name or "—"

    def _ender(self, one: BasisRecord) -> Callable[[], None]:
        return lambda: self._end(one)

    def _end(self, one: BasisRecord) -> None:
        dialog = ActDialog(
            self.desk,
            self,
            name="endBasisDialog",
            title=self.t("registers.bases.end.title"),
            effect=self.t("registers.bases.end.effect"),
            act=self.t("registers.bases.end.go"),
        )
        reason = dialog.put("registers.bases.end.reason", line("endBasisReason", lang=self.lang))
        dialog.gaps({"reason": reason})
        dialog.ask(
            lambda: ops.end_basis(basis_id=one.basis_id, reason=reason.text()),
            lambda _: self._done("registers.bases.ended"),
        )

    def _taken(self, read: BasesRead, *, looked: bool) -> None:
        self._read = read
        key = "registers.bases.looked" if looked else "registers.bases.taken"
        tone = "amber" if read.rejected else "green"
        self.notice.tell(self.t(key, read=read.read, accepted=read.accepted, rejected=read.rejected), tone=tone)
        self._draw()
        self.refresh()

    def _done(self, key: str) -> None:
        self.notice.tell(self.t(key))
        self.refresh()
