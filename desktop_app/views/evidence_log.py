"""The log: the newest entries by kind, person, colleague and time, one entry's content and its proof.

Rules: (1) people stand by number; (2) reading the log is itself an entry; (3) from an entry about one person it is one
step to everything about that person.
"""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QLayout, QVBoxLayout, QWidget

from compliance.use_cases.evidence.evidence import LogLine
from desktop_app.models.rows import Column
from desktop_app.operations import evidence as ops
from desktop_app.views.log_words import detail_words, kind_words, people_words
from desktop_app.views.page import Desk, Page
from desktop_app.views.replay import replay_listed, replay_one
from desktop_app.widgets.basic import button, card, choice, column, empty, fill_choice, label, row, scroll
from desktop_app.widgets.form import line
from desktop_app.widgets.table import Table
from desktop_app.words import field_label, purpose_label, role_label, time_text

_MOST = 500
_DAYS = (1, 7, 30, 90, 365)


class LogPart(Page):
    """The latest entries by kind, person, colleague and time; one entry's content beside."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.kind = choice(name="logKind")
        self.person = line("logPerson", hint="evidence.log.person", lang=self.lang)
        self.actor = line("logActor", hint="evidence.log.actor", lang=self.lang)
        self.days = choice(name="logDays")
        self._detail, self._acts = QVBoxLayout(), QVBoxLayout()
        self._detail.setContentsMargins(0, 0, 8, 0)
        self._acts.setSpacing(8)
        self._count = label(kind="small", name="logCount")
        self._found = 0
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
        self.days.currentIndexChanged.connect(lambda _: self.refresh())
        for box in (self.person, self.actor):
            box.returnPressed.connect(self.refresh)

    def refresh(self) -> None:
        """Ask anew."""
        kind, days = self.kind.currentData(), int(self.days.currentData() or 0)
        task = ops.entries(
            limit=_MOST,
            kind=str(kind) if kind else None,
            hcp=self.person.text().strip() or None,
            actor=self.actor.text().strip() or None,
            since=self.desk.clock.now() - timedelta(days=days) if days else None,
        )
        self.ask(task, self._put)

    def show_person(self, hcp_id: str) -> None:
        """Everything about one person, oldest at the foot: their timeline in the log."""
        self.person.setText(hcp_id)
        self.kind.setCurrentIndex(0)
        self.days.setCurrentIndex(0)
        self.refresh()

    def _put(self, entries: Sequence[LogLine]) -> None:
        self.table.put(entries)
        self._found = len(entries)
        self._say_count()

    def _say_count(self) -> None:
        self._count.setText(
            self.t("evidence.log.count", count=f"{self._found:,}")
            if self._found < _MOST
            else self.t("evidence.log.most", count=f"{_MOST:,}")
        )

    def render_words(self) -> None:
        """Kinds, rows and their number."""
        self._kinds()
        self._say_count()
        self.table.rows.set_lang(self.lang)

    def _kinds(self) -> None:
        from compliance.model.audit import Kind

        entries: list[tuple[str, object]] = [(self.t("evidence.log.all"), "")]
        fill_choice(self.kind, entries + [(kind_words(str(k), self.lang), str(k)) for k in Kind])
        spans: list[tuple[str, object]] = [(self.t("evidence.log.ever"), 0)]
        fill_choice(self.days, spans + [(self.t("evidence.period", days=d), d) for d in _DAYS])

    def _show(self, entry: LogLine) -> None:
        empty(self._detail)
        empty(self._acts)
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
            pairs.append(("col.fields", self.t("desk.list_sep").join(field_label(k, self.lang) for k in entry.fields)))
        for key, text in pairs:
            self._detail.addLayout(column(label(self.t(key), kind="caption"), label(text), spacing=1))
        if entry.detail:
            self._detail.addWidget(label(self.t("col.detail"), kind="caption"))
            self._detail.addWidget(label("\n".join(detail_words(entry.detail, self.lang)), kind="small"))
        self._detail.addStretch(1)
        if len(entry.hcps) == 1 and self.person.text().strip() != entry.hcps[0]:
            follow = button(
                "evidence.log.follow", lambda: self.show_person(entry.hcps[0]), name="followPerson", lang=self.lang
            )
            self._acts.addLayout(row(1, follow))
        prove = button("evidence.prove", lambda: self._prove(entry), name="proveEntry", lang=self.lang)
        gone = entry.kind == "erased" and len(entry.hcps) == 1 and self.desk.state.may("proof_pack")
        certify = (
            button("proof.erasure", lambda: self.certify(entry.hcps[0]), name="certifyErasure", lang=self.lang)
            if gone
            else None
        )
        again = (
            button("replay.one", lambda: replay_one(self, entry.index), name="replayEntry", lang=self.lang)
            if entry.decision and self.desk.state.may("replay_decision")
            else None
        )
        self._acts.addLayout(
            column(row(1, again) if again else None, self._stood(entry), row(1, certify, prove), spacing=8)
        )

    def _stood(self, entry: LogLine) -> QLayout | None:
        """Ask of a list whether a person would have stood in it."""
        if not entry.is_list or not self.desk.state.may("replay_decision"):
            return None
        person = line("listedPerson", hint="replay.listed.hint", lang=self.lang)

        def ask() -> None:
            if number := person.text().strip():
                replay_listed(self, entry.index, number)

        go = button("replay.listed", ask, name="replayListed", lang=self.lang)
        person.returnPressed.connect(ask)
        return column(person, row(1, go), spacing=8)

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

    def _lay(self) -> None:
        tools = row(self.kind, self.person, self.actor, self.days, 1, self._count)
        self.actor.setFixedWidth(140)
        self.person.setFixedWidth(190)
        side, inside = card(name="card", margin=18)
        side.setFixedWidth(310)
        words = QWidget()
        words.setObjectName("plain")
        words.setLayout(self._detail)
        inside.addWidget(scroll(words), 1)
        inside.addLayout(self._acts)
        self._detail.addWidget(label(key="evidence.log.choose", kind="muted", lang=self.lang))
        self._detail.addStretch(1)
        body = row(self.table, side, spacing=14)
        body.setStretch(0, 1)
        whole = column(self.notice, tools, body, spacing=12)
        whole.setContentsMargins(0, 16, 28, 24)
        self.setLayout(whole)
