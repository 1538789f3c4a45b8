"""The maker of audit reports: what about, for when, how many samples, compared with what; then the pages, to look at.

Rules: (1) a field that the chosen kind does not need is not there; (2) what was made is shown page by page, drawn by
the limited child like any document; (3) gaps the program sees in a yearly audit are said at once; (4) the button
stays in sight while the form scrolls.
"""

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget

from compliance.clock import shanghai_day
from compliance.errors import InputErrors
from compliance.model.answer import Refusal
from compliance.use_cases.consent.checking import EvidenceFile
from desktop_app.errors import problem
from desktop_app.operations import evidence as ops
from desktop_app.views.document_pane import DocumentPane
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import button, card, choice, column, fill_choice, label, row, scroll
from desktop_app.widgets.form import PathField, count_line, count_of, field, line
from desktop_app.words import reason_label

_PERIODS = (7, 30, 90, 365, 0)
_KINDS = ("store", "year", "person", "user", "transfer")
_YEARS = 5
_YEARLY_SAMPLE = 30


class ReportPart(Page):
    """Form left, pages right."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.kind = choice(name="reportKind")
        self.period = choice(name="reportPeriod")
        self.year = choice(name="reportYear")
        self.person = line("reportPerson", hint="evidence.report.person.hint", lang=self.lang)
        self.user = line("reportUser", hint="evidence.report.user.hint", lang=self.lang)
        self.transfer = line("reportTransfer", hint="evidence.report.transfer.hint", lang=self.lang)
        self.sample = count_line("reportSample")
        self.names = PathField("reportNames", mode="save", lang=self.lang)
        self.secret = line("reportNamesSecret", secret=True, lang=self.lang)
        self.form = choice(name="reportForm")
        self.path = PathField("reportPath", mode="save", lang=self.lang, filters="PDF (*.pdf)")
        self.folder = PathField("reportFolder", mode="save", lang=self.lang)
        self.previous = PathField("reportPrevious", mode="open", lang=self.lang)
        self.pane = DocumentPane(desk, by_width=True)
        self._rows: dict[str, QWidget] = {}
        self._lay()
        self.form.currentIndexChanged.connect(lambda _: self._kind_chosen())
        self.kind.currentIndexChanged.connect(lambda _: self._kind_chosen())
        self.render_words()
        self.pane.say(self.t("evidence.report.preview"))

    def render_words(self) -> None:
        """Kinds, periods and years."""
        year = shanghai_day(self.desk.clock.now()).year
        fill_choice(self.kind, [(self.t(f"evidence.report.kind.{kind}"), kind) for kind in _KINDS])
        fill_choice(
            self.period,
            [(self.t("evidence.period", days=d) if d else self.t("evidence.period.all"), d) for d in _PERIODS],
        )
        forms = (("path", "evidence.report.form.pdf"), ("folder", "evidence.report.form.pack"))
        fill_choice(self.form, [(self.t(key), form) for form, key in forms])
        fill_choice(self.year, [(str(y), y) for y in range(year, year - _YEARS, -1)])
        self.pane.render_words()
        self._kind_chosen()

    def make(self) -> None:
        """Make it."""
        packed = self.form.currentData() == "folder"
        target = (self.folder if packed else self.path).path
        if target is None:
            self.notice.tell(self.t("evidence.report.path.missing"), tone="red")
            return
        kind = str(self.kind.currentData())
        days = int(self.period.currentData() or 0) if kind != "year" else 0
        of = {"person": self.person, "user": self.user, "transfer": self.transfer}.get(kind)
        subject = of.text().strip() if of is not None else ""
        if of is not None and not subject:
            self.notice.tell(self.t("evidence.report.subject_missing"), tone="red")
            return
        older = self.previous.path
        task = ops.report(
            path=None if packed else target,
            pack=target if packed else None,
            since=self.desk.clock.now() - timedelta(days=days) if days else None,
            hcp=subject if kind == "person" else None,
            user=subject if kind == "user" else None,
            transfer=subject if kind == "transfer" else None,
            year=int(self.year.currentData()) if kind == "year" else None,
            sample=count_of(self.sample) or None,
            previous=(older,) if older is not None else (),
        )
        self.ask(task, lambda made: self._made(made, target))

    def _made(self, made: Any, path: Path) -> None:
        text = self.t("evidence.report.done", file=path.name, entries=f"{made.entries:,}")
        more = self.t("evidence.report.hash", sha=made.sha256[:16])
        if made.gaps:
            items = self.t("desk.list_sep").join(made.gaps)
            more = f"{more}\n{self.t('evidence.report.gaps', items=items)}"
        if made.pack is not None:
            text = self.t("evidence.report.pack.done", file=made.pack.name, entries=f"{made.entries:,}")
            more = f"{self.t('evidence.report.pack.next')}\n{more}"
        self.notice.tell(text, more=more)
        names = self.names.path
        if names is not None:
            secret = self.secret.text()
            self.secret.clear()
            task = ops.name_key(report_id=made.report_id, people=made.people, path=names, passphrase=secret)
            self.run(task, lambda answer: self._key_made(answer.value, text, more), partial(self._no_key, text, more))
        self.pane.show_document(EvidenceFile(media_type="application/pdf", data=made.pdf, sha256=made.sha256))

    def _key_made(self, key: Any, text: str, more: str) -> None:
        if isinstance(key, Refusal):
            why = "\n".join(part for part in (reason_label(key.reason, self.lang), key.lifted_by) if part)
            self._unnamed(text, more, why)
            return
        done = self.t("evidence.report.names.done", file=key.file.name, people=key.people)
        self.notice.tell(text, more=f"{more}\n{done}")

    def _no_key(self, text: str, more: str, error: BaseException) -> None:
        if isinstance(error, InputErrors):
            self._unnamed(text, more, problem(error, self.lang).text)
        else:
            self.failed(error)

    def _unnamed(self, text: str, more: str, why: str) -> None:
        """The report stands, its key of names does not."""
        self.notice.tell(text, tone="amber", more=f"{self.t('evidence.report.names.refused', why=why)}\n{more}")

    def _kind_chosen(self) -> None:
        kind = str(self.kind.currentData())
        for name, widget in self._rows.items():
            shown = (kind, "always", str(self.form.currentData()))
            widget.setVisible(name in shown or (name == "period" and kind != "year"))
        self.sample.setText(str(_YEARLY_SAMPLE if kind == "year" else 0))

    def _lay(self) -> None:
        frame, inside = card(margin=22, spacing=12)
        inside.addWidget(label(key="evidence.report.title", kind="title", lang=self.lang))
        inside.addWidget(label(key="evidence.report.sub", kind="muted", lang=self.lang))
        parts = (
            ("always", "evidence.report.kind", self.kind),
            ("period", "evidence.report.period", self.period),
            ("year", "evidence.report.year", self.year),
            ("person", "evidence.report.person", self.person),
            ("user", "evidence.report.user", self.user),
            ("transfer", "evidence.report.transfer", self.transfer),
            ("always_sample", "evidence.report.sample", self.sample),
            ("always_previous", "evidence.report.previous", self.previous),
            ("always_form", "evidence.report.form", self.form),
            ("path", "evidence.report.path", self.path),
            ("folder", "evidence.report.folder", self.folder),
            ("always_names", "evidence.report.names", self.names),
            ("always_secret", "evidence.report.names.secret", self.secret),
        )
        for name, key, widget in parts:
            cell = QWidget()
            cell.setObjectName("plain")
            cell.setLayout(field(key, widget, lang=self.lang))
            if not name.startswith("always"):
                self._rows[name] = cell
            inside.addWidget(cell)
        go = button("evidence.report.go", self.make, look="primary", name="makeReport", lang=self.lang)
        inside.addStretch(1)
        form = column(scroll(frame), row(1, go), spacing=12)
        holder = QWidget()
        holder.setFixedWidth(420)
        holder.setLayout(form)
        body = row(holder, self.pane, spacing=16)
        body.setStretch(1, 1)
        whole = column(self.notice, body, spacing=12)
        whole.setStretch(1, 1)
        whole.setContentsMargins(0, 16, 28, 24)
        self.setLayout(whole)
