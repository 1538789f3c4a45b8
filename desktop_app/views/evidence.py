"""Evidence: the log, its check, audit reports, and the check of any file of ours by drag and drop."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QTabWidget, QVBoxLayout, QWidget

from compliance.model.answer import Changes
from compliance.use_cases.evidence import LogLine
from desktop_app.models.rows import Column
from desktop_app.operations import evidence as ops
from desktop_app.views.log_words import detail_words, kind_words, people_words
from desktop_app.views.page import Desk, Page, scrolled
from desktop_app.views.verify import VerifyPart
from desktop_app.widgets.basic import button, card, choice, column, empty, fill_choice, label, row
from desktop_app.widgets.form import PathField, field, line
from desktop_app.widgets.table import Table
from desktop_app.words import field_label, finding_label, purpose_label, role_label, time_text

_TABS = ("log", "report", "verify")
_PERIODS = (7, 30, 90, 365, 0)
_MOST = 500


class EvidencePage(Page):
    """Three tabs."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.log, self.report, self.verify = LogPart(desk), ReportPart(desk), VerifyPart(desk)
        self._tabs = QTabWidget()
        self._tabs.setObjectName("evidenceTabs")
        self._tabs.setDocumentMode(True)
        for part, name in zip((self.log, self.report, self.verify), _TABS, strict=True):
            self._tabs.addTab(part, self.t(f"evidence.tab.{name}"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 10, 0, 0)
        layout.addWidget(self._tabs)
        self._tabs.currentChanged.connect(lambda _: self.refresh())

    def refresh(self) -> None:
        """The part in front."""
        front = self._tabs.currentWidget()
        if isinstance(front, Page):
            front.refresh()

    def open_at(self, what: object) -> None:
        """A tab by name."""
        if what in _TABS:
            self._tabs.setCurrentIndex(_TABS.index(str(what)))

    def affected(self, changes: Changes) -> bool:
        """The log grows with everything; it is read again when looked at, not while."""
        return False

    def render_words(self) -> None:
        """Tabs and parts."""
        for number, name in enumerate(_TABS):
            self._tabs.setTabText(number, self.t(f"evidence.tab.{name}"))
        for part in (self.log, self.report, self.verify):
            part.render_words()


class LogPart(Page):
    """The latest entries; one entry's content beside; the check."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.kind = choice(name="logKind")
        self.person = line("logPerson", hint="evidence.log.person", lang=self.lang)
        self._detail = QVBoxLayout()
        columns: list[Column[LogLine]] = [
            Column("col.number", lambda x, _: f"#{x.index}", 86),
            Column("col.time", lambda x, _: time_text(x.at), 172),
            Column("col.what", lambda x, lang: kind_words(x.kind, lang)),
            Column("col.who", lambda x, _: x.actor, 130),
            Column("col.person", lambda x, _: people_words(x), 172),
        ]
        self.table: Table[LogLine] = Table(columns, self.lang, name="logTable", chosen=self._show)
        self._lay()
        self._kinds()
        self.kind.currentIndexChanged.connect(lambda _: self.refresh())
        self.person.returnPressed.connect(self.refresh)

    def refresh(self) -> None:
        """Ask anew."""
        kind, person = self.kind.currentData(), self.person.text().strip()
        self.ask(ops.entries(limit=_MOST, kind=str(kind) if kind else None, hcp=person or None), self.table.put)

    def render_words(self) -> None:
        """Kinds and rows."""
        self._kinds()
        self.table.rows.set_lang(self.lang)

    def check(self, *, full: bool) -> None:
        """Does the log hold?"""
        self.ask(ops.check(full=full), self._checked)

    def _checked(self, report: Any) -> None:
        if report.ok:
            text = self.t("evidence.check.ok", entries=f"{report.entries:,}")
            self.notice.tell(text, more=self.t("evidence.check.means"))
        else:
            where = self.t("desk.list_sep").join(finding_label(p.code, self.lang) for p in report.problems)
            self.notice.tell(self.t("evidence.check.bad", what=where), tone="red", more=self.t("evidence.check.next"))

    def _kinds(self) -> None:
        from compliance.model.audit import Kind

        entries: list[tuple[str, object]] = [(self.t("evidence.log.all"), "")]
        fill_choice(self.kind, entries + [(kind_words(str(k), self.lang), str(k)) for k in Kind])

    def _show(self, entry: LogLine) -> None:
        empty(self._detail)
        pairs: list[tuple[str, str]] = [
            ("col.number", f"#{entry.index}"),
            ("col.time", time_text(entry.at)),
            ("col.what", kind_words(entry.kind, self.lang)),
            ("col.who", f"{entry.actor} · {role_label(entry.role, self.lang)}"),
        ]
        if entry.purpose:
            pairs.append(("col.purpose", purpose_label(entry.purpose, self.lang)))
        if entry.hcps:
            pairs.append(("col.person", ", ".join(entry.hcps[:12]) + (" …" if len(entry.hcps) > 12 else "")))
        if entry.fields:
            pairs.append(("col.fields", "、".join(field_label(k, self.lang) for k in entry.fields)))
        for key, text in pairs:
            self._detail.addLayout(column(label(self.t(key), kind="caption"), label(text), spacing=1))
        if entry.detail:
            self._detail.addWidget(label(self.t("col.detail"), kind="caption"))
            self._detail.addWidget(label("\n".join(detail_words(entry.detail, self.lang)), kind="small"))
        self._detail.addStretch(1)
        prove = button("evidence.prove", lambda: self._prove(entry), name="proveEntry", lang=self.lang)
        gone = entry.kind == "erased" and len(entry.hcps) == 1 and self.desk.state.may("proof_pack")
        certify = (
            button("proof.erasure", lambda: self.certify(entry.hcps[0]), name="certifyErasure", lang=self.lang)
            if gone
            else None
        )
        self._detail.addLayout(row(1, certify, prove))

    def certify(self, hcp_id: str) -> None:
        """The small pack about an erasure."""
        from desktop_app.views.proof_pack import ask_proof

        ask_proof(self.desk, self, hcp_id=hcp_id, case_id="", erased=True)

    def _prove(self, entry: LogLine) -> None:
        chosen = QFileDialog.getSaveFileName(self, self.t("evidence.prove"), f"proof-{entry.index}.txt")[0]
        if chosen:
            self.save_proof(entry.index, Path(chosen))

    def save_proof(self, index: int, path: Path) -> None:
        """One entry with its proof of inclusion, for anybody."""
        done = self.t("evidence.prove.done", number=index, file=path.name)
        self.ask(ops.prove(index=index, path=path), lambda _: self.notice.tell(done))

    def _seal(self) -> None:
        chosen = QFileDialog.getSaveFileName(self, self.t("evidence.seal"), "log-seal.txt")[0]
        if chosen:
            self.save_seal(Path(chosen))

    def save_seal(self, path: Path) -> None:
        """The head of the log, signed, to be kept elsewhere."""
        done = self.t("evidence.seal.done", file=path.name)
        more = self.t("evidence.seal.next")
        self.ask(ops.checkpoint(path=path), lambda _: self.notice.tell(done, more=more))

    def _lay(self) -> None:
        tools = row(
            self.kind,
            self.person,
            1,
            button("evidence.seal", self._seal, name="saveSeal", lang=self.lang)
            if self.desk.state.may("checkpoint")
            else None,
            button("evidence.check", lambda: self.check(full=False), name="checkLog", lang=self.lang),
            button("evidence.check.full", lambda: self.check(full=True), name="checkFull", lang=self.lang),
        )
        self.person.setFixedWidth(220)
        side, inside = card(name="card", margin=18)
        side.setFixedWidth(310)
        inside.addLayout(self._detail)
        self._detail.addWidget(label(key="evidence.log.choose", kind="muted", lang=self.lang))
        self._detail.addStretch(1)
        body = row(self.table, side, spacing=14)
        body.setStretch(0, 1)
        whole = column(self.notice, tools, body, spacing=12)
        whole.setContentsMargins(0, 16, 28, 24)
        self.setLayout(whole)


class ReportPart(Page):
    """A signed audit report with the evidence inside."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.period = choice(name="reportPeriod")
        self.person = line("reportPerson", hint="evidence.report.all", lang=self.lang)
        self.form = choice(name="reportForm")
        self.path = PathField("reportPath", mode="save", lang=self.lang, filters="PDF (*.pdf)")
        self.folder = PathField("reportFolder", mode="save", lang=self.lang)
        layout = scrolled(self, width=760)
        layout.setContentsMargins(0, 18, 28, 28)
        frame, inside = card(margin=26, spacing=16)
        inside.addWidget(label(key="evidence.report.title", kind="title", lang=self.lang))
        inside.addWidget(label(key="evidence.report.sub", kind="muted", lang=self.lang))
        inside.addLayout(field("evidence.report.period", self.period, lang=self.lang))
        inside.addLayout(field("evidence.report.person", self.person, lang=self.lang))
        inside.addLayout(field("evidence.report.form", self.form, lang=self.lang))
        self._targets = {
            form: _held(field(f"evidence.report.{form}", target, lang=self.lang))
            for form, target in (("path", self.path), ("folder", self.folder))
        }
        for held in self._targets.values():
            inside.addWidget(held)
        self.form.currentIndexChanged.connect(lambda _: self._ask_target())
        go = button("evidence.report.go", self.make, look="primary", name="makeReport", lang=self.lang)
        inside.addLayout(row(1, go))
        layout.addWidget(frame)
        layout.addStretch(1)
        self.render_words()

    def render_words(self) -> None:
        """Periods and forms."""
        fill_choice(
            self.period,
            [(self.t("evidence.period", days=d) if d else self.t("evidence.period.all"), d) for d in _PERIODS],
        )
        forms = (("path", "evidence.report.form.pdf"), ("folder", "evidence.report.form.pack"))
        fill_choice(self.form, [(self.t(key), form) for form, key in forms])
        self._ask_target()

    def make(self) -> None:
        """Make it."""
        packed = self.form.currentData() == "folder"
        target = (self.folder if packed else self.path).path
        if target is None:
            self.notice.tell(self.t("evidence.report.path.missing"), tone="red")
            return
        path, pack = (None, target) if packed else (target, None)
        days = int(self.period.currentData() or 0)
        since = self.desk.clock.now() - timedelta(days=days) if days else None
        task = ops.report(path=path, pack=pack, since=since, until=None, hcp=self.person.text().strip() or None)
        self.ask(task, self._made)

    def _ask_target(self) -> None:
        for form, target in self._targets.items():
            target.setVisible(form == self.form.currentData())

    def _made(self, made: Any) -> None:
        if made.pack is not None:
            text = self.t("evidence.report.pack.done", file=made.pack.name, entries=f"{made.entries:,}")
            self.notice.tell(text, more=self.t("evidence.report.pack.next"))
            return
        text = self.t("evidence.report.done", file=made.file.name, entries=f"{made.entries:,}")
        self.notice.tell(text, more=self.t("evidence.report.hash", sha=made.sha256[:16]))


def _held(part: QVBoxLayout) -> QWidget:
    """A part that can be hidden."""
    box = QWidget()
    part.setContentsMargins(0, 0, 0, 0)
    box.setLayout(part)
    return box
