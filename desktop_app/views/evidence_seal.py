"""How the log stands: last full check, seals kept and cosigned, findings and what to do; check, seal, cosign.

Rules: (1) a finding comes first, with what to do; (2) what is not known is said, never shown as good; (3) a seal goes
out with proof for a second machine where one has cosigned before.
"""

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QVBoxLayout

from compliance.use_cases.upkeep.integrity import IntegrityState, KeptSeal
from desktop_app.operations import evidence as ops
from desktop_app.theme import AMBER, GREEN, MUTED, RED
from desktop_app.views.page import Desk, Page, scrolled
from desktop_app.views.replay import replay_period
from desktop_app.widgets.basic import button, card, column, empty, hline, label, picture, row
from desktop_app.words import finding_label, time_text


class SealPart(Page):
    """The state of the log, and what can be done for it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._state: IntegrityState | None = None
        self._facts = QVBoxLayout()
        self._facts.setSpacing(0)
        layout = scrolled(self, width=860)
        layout.setContentsMargins(0, 18, 28, 28)
        frame, inside = card(margin=26, spacing=14)
        inside.addWidget(label(key="evidence.seal.title", kind="title", lang=self.lang))
        inside.addWidget(label(key="evidence.seal.sub", kind="muted", lang=self.lang))
        inside.addLayout(self._facts)
        quick = button("evidence.check", lambda: self.check(full=False), name="checkLog", lang=self.lang)
        full = button(
            "evidence.check.full", lambda: self.check(full=True), look="primary", name="checkFull", lang=self.lang
        )
        again = button("replay.all", lambda: replay_period(self), name="replayAll", lang=self.lang)
        again.setVisible(desk.state.may("replay_decision"))
        inside.addLayout(row(again, 1, quick, full))
        layout.addWidget(frame)
        layout.addWidget(self._witnesses())
        layout.addStretch(1)

    def refresh(self) -> None:
        """Ask anew."""
        self.run(ops.status(), self._got)

    def render_words(self) -> None:
        """Say again."""
        if self._state is not None:
            self._draw(self._state)

    def check(self, *, full: bool) -> None:
        """Does the log hold?"""
        self.ask(ops.check(full=full), self._checked)

    def reindex(self) -> None:
        """Make the search index anew."""
        self.ask(ops.reindex(), self._reindexed)

    def acknowledge(self) -> None:
        """The clock was looked at and is right now."""
        self.ask(ops.acknowledge_clock(), lambda _: self.refresh())

    def save_incident(self, path: Path) -> None:
        """The unsealed report of what was found, with its JSON file beside."""
        self.ask(ops.incident(path=path), self._reported)

    def save_seal(self, path: Path, since: int | None = None) -> None:
        """The head of the log, signed, to be kept elsewhere or cosigned."""
        done, more = self.t("evidence.seal.done", file=path.name), self.t("evidence.seal.next")
        self.ask(ops.checkpoint(path=path, since=since), lambda _: self.notice.tell(done, more=more))

    def cosign(self, path: Path, out: Path) -> None:
        """Cosign a seal; the public key goes beside it."""
        key = out.with_name(f"{out.stem}-key.txt")
        self.ask(ops.cosign(path=path, out=out, key_out=key), lambda made: self._cosigned(made, out, key))

    def take_cosigned(self, path: Path, key: Path | None = None) -> None:
        """Take a cosigned seal back."""
        self.ask(ops.take_cosigned(path=path, key=key), self._taken)

    def _got(self, answer: Any) -> None:
        if isinstance(answer.value, IntegrityState):
            self._state = answer.value
            self._draw(answer.value)

    def _checked(self, report: Any) -> None:
        if report.ok:
            text = self.t("evidence.check.ok", entries=f"{report.entries:,}")
            self.notice.tell(text, more=self.t("evidence.check.means"))
        else:
            where = self.t("desk.list_sep").join(self._found(p) for p in report.problems)
            tone, more = ("red", "evidence.check.next") if report.closing else ("amber", "evidence.check.index")
            self.notice.tell(self.t("evidence.check.bad", what=where), tone=tone, more=self.t(more))
        self.refresh()

    def _found(self, problem: Any) -> str:
        words = finding_label(problem.code, self.lang)
        return words if problem.index is None else self.t("evidence.check.at", what=words, number=problem.index)

    def _reindexed(self, made: Any) -> None:
        self.notice.tell(self.t("evidence.reindex.done", people=f"{made.people:,}"))
        self.refresh()

    def _reported(self, made: Any) -> None:
        text = self.t("evidence.incident.done", file=made.file.name, beside=made.json_file.name)
        self.notice.tell(text, tone="amber", more=self.t("evidence.incident.next"))

    def _cosigned(self, made: Any, out: Path, key: Path) -> None:
        text = self.t("evidence.cosign.done", size=f"{made.size:,}", file=out.name)
        self.notice.tell(text, more=self.t("evidence.cosign.next", file=key.name))

    def _taken(self, taken: Any) -> None:
        names = self.t("desk.list_sep").join(taken.by)
        self.notice.tell(self.t("evidence.cosigned.done", size=f"{taken.size:,}", names=names))
        self.refresh()

    def _draw(self, state: IntegrityState) -> None:
        empty(self._facts)
        if state.findings:
            found = self.t("desk.list_sep").join(finding_label(code, self.lang) for code in state.findings)
            self._line(False, "evidence.state.found", found, self.t("evidence.check.next"))
            if self.desk.state.may("incident_report"):
                go = button("evidence.incident", self._ask_incident, name="incidentReport", lang=self.lang)
                self._facts.addLayout(row(1, go))
        if state.index_doubted:
            doubted, more = self.t("evidence.state.index.doubted"), self.t("evidence.check.index")
            self._line(None, "evidence.state.index", doubted, more)
            if self.desk.state.may("reindex"):
                go = button("evidence.reindex", self.reindex, name="reindex", lang=self.lang)
                self._facts.addLayout(row(1, go))
        if state.clock is not None:
            minutes = f"{max(state.clock.seconds_behind // 60, 1):,}"
            self._line(False, "evidence.state.clock", self.t("evidence.state.clock.behind", minutes=minutes))
            if self.desk.state.may("acknowledge_clock"):
                go = button("evidence.clock", self.acknowledge, name="acknowledgeClock", lang=self.lang)
                self._facts.addLayout(row(1, go))
        checked = time_text(state.checked_at) if state.checked_at else self.t("evidence.state.never")
        good = None if state.checked_ok is None or state.due else state.checked_ok
        self._line(good, "evidence.state.checked", checked, self.t("evidence.state.due") if state.due else "")
        self._line(None, "evidence.state.entries", f"{state.entries:,}", state.root[:32], plain=True)
        self._line(state.seal_inside is not None, "evidence.state.inside", self._seal_words(state.seal_inside))
        self._line(state.seal_outside is not None, "evidence.state.outside", self._seal_words(state.seal_outside))
        known = self.t("evidence.state.keystore.size", size=f"{state.seal_keystore:,}") if state.seal_keystore else ""
        self._line(bool(known) or None, "evidence.state.keystore", known or self.t("evidence.state.keystore.none"))
        names = "\n".join(state.cosigned) or self.t("evidence.state.nobody")
        self._line(bool(state.cosigned) or None, "evidence.state.cosigned", names)
        if state.aside:
            self._line(False, "evidence.state.aside", f"{state.aside:,}")

    def _seal_words(self, seal: KeptSeal | None) -> str:
        if seal is None:
            return self.t("evidence.state.no_seal")
        when = time_text(seal.at) if seal.at else "–"
        return self.t("evidence.state.seal", size=f"{seal.size:,}", when=when, signer=seal.signer)

    def _line(self, good: bool | None, key: str, words: str, more: str = "", *, plain: bool = False) -> None:
        name, colour = ("info", AMBER) if good is None else ("check", GREEN) if good else ("alert", RED)
        mark = picture(name, MUTED if plain else colour)
        small = label(more, kind="small") if more else None
        texts = column(label(words), small, spacing=2)
        title = label(self.t(key), kind="muted")
        title.setFixedWidth(190)
        line = row(mark, title, texts, spacing=12)
        line.setStretch(2, 1)
        line.setContentsMargins(0, 10, 0, 10)
        self._facts.addLayout(line)
        self._facts.addWidget(hline())

    def _witnesses(self) -> Any:
        frame, inside = card(margin=26, spacing=12)
        inside.addWidget(label(key="evidence.witness.title", kind="title", lang=self.lang))
        inside.addWidget(label(key="evidence.witness.sub", kind="muted", lang=self.lang))
        may = self.desk.state.may
        seal = button("evidence.seal", self._ask_seal, name="saveSeal", lang=self.lang)
        cosign = button("evidence.cosign", self._ask_cosign, name="cosignSeal", lang=self.lang)
        taken = button("evidence.cosigned", self._ask_taken, name="takeCosigned", lang=self.lang)
        for act, control in (("checkpoint", seal), ("cosign", cosign), ("take_cosigned", taken)):
            control.setVisible(may(act))
        inside.addLayout(row(seal, cosign, taken, 1))
        return frame

    def _ask_incident(self) -> None:
        chosen = QFileDialog.getSaveFileName(self, self.t("evidence.incident"), "incident-unsealed.pdf")[0]
        if chosen:
            self.save_incident(Path(chosen))

    def _ask_seal(self) -> None:
        chosen = QFileDialog.getSaveFileName(self, self.t("evidence.seal"), "log-seal.txt")[0]
        if chosen:
            self.save_seal(Path(chosen))

    def _ask_cosign(self) -> None:
        found = QFileDialog.getOpenFileName(self, self.t("evidence.cosign"))[0]
        out = QFileDialog.getSaveFileName(self, self.t("evidence.cosign"), "log-seal-cosigned.txt")[0] if found else ""
        if found and out:
            self.cosign(Path(found), Path(out))

    def _ask_taken(self) -> None:
        found = QFileDialog.getOpenFileName(self, self.t("evidence.cosigned"))[0]
        if not found:
            return
        key = Path(found).with_name(f"{Path(found).stem}-key.txt")
        self.take_cosigned(Path(found), key if key.is_file() and self.desk.state.may("register_witness") else None)
