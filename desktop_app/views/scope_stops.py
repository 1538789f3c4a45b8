"""Stops for everybody: what hangs on a purpose or an item stands first, then pausing, ending, or taking up again.

Pausing and ending protect, so one person suffices; taking up again waits for a second. Below it the check that the
table of statuses is exactly what the events say.
"""

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from compliance.i18n import Lang
from compliance.model.answer import Answer, Changes
from compliance.model.consent import PurposeStop, StopKind
from compliance.use_cases.consent.rebuilding import StatesRebuilt
from compliance.use_cases.seat.stop_effects import ScopeStanding
from desktop_app.models.rows import Column
from desktop_app.operations import worklists as ops
from desktop_app.views.page import Desk, Page, scrolled
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import button, card, chip, empty, label, row
from desktop_app.widgets.form import line
from desktop_app.widgets.refusal import banner
from desktop_app.widgets.table import Table
from desktop_app.words import item_label, purpose_label, time_text

_TONES = {"running": "green", "paused": "amber", "ended": "red"}
_ACTS = {"pause": ("pause_scope", ops.pause), "end": ("end_scope", ops.end), "lift": ("lift_scope", ops.lift)}

_ACT_TONES = {StopKind.PAUSED: "amber", StopKind.ENDED: "red", StopKind.LIFTED: "green"}


class ScopeStops(Page):
    """A table of scopes, what may be done with the one chosen, and the history of stops."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._standings: tuple[ScopeStanding, ...] = ()
        self._past: tuple[PurposeStop, ...] = ()
        self._kept = ""
        self.table: Table[ScopeStanding] = Table(
            [
                Column("col.scope", lambda x, lang: scope_label(x.scope, lang)),
                Column("col.state", lambda x, _: self.t(f"scope.state.{x.state}"), 120),
                Column("col.since", lambda x, _: time_text(x.since)[:16], 160),
                Column("col.open", lambda x, _: f"{x.open:,}", 120),
                Column("col.suspended", lambda x, _: f"{x.suspended:,}", 120),
            ],
            self.lang,
            name="scopeTable",
            chosen=self._chosen,
        )
        self._chosen_box = QVBoxLayout()
        self._history = QVBoxLayout()
        self._rebuilt = QVBoxLayout()
        self._check = button("rebuild.check", lambda: self._rebuild(mend=False), name="rebuildCheck", lang=self.lang)
        self._lay()

    def refresh(self) -> None:
        """Ask anew."""
        self.run(ops.standings(), self._got)
        self.run(ops.stops(), self._got_past)

    def affected(self, changes: Changes) -> bool:
        """Consents."""
        return changes.consents

    def render_words(self) -> None:
        """Table, chosen scope, history."""
        self.table.rows.set_lang(Lang(self.lang))
        self._draw_chosen()
        self._draw_past()

    def act(self, name: str, found: ScopeStanding) -> None:
        """State what follows, take the reason, do it."""
        scope = scope_label(found.scope, self.lang)
        dialog = ActDialog(
            self.desk,
            self,
            name=f"{name}Dialog",
            title=self.t(f"scope.{name}.title", scope=scope),
            effect=self.t(f"scope.{name}.effect", count=f"{found.suspended if name == 'lift' else found.open:,}"),
            act=self.t(f"scope.{name}.go"),
            danger=name == "end",
        )
        if name != "lift" and found.by_item:
            words = "\n".join(f"{item_label(item, self.lang)}  {count:,}" for item, count in found.by_item[:12])
            dialog.put("scope.by_item", label(words, name="scopeItems"))
        reason = dialog.put("scope.reason", line("scopeReason", hint="scope.reason.hint", lang=self.lang))

        def make() -> Any:
            if not reason.text().strip():
                dialog.missing("scope.reason")
                return None
            return _ACTS[name][1](scope=found.scope, reason=reason.text())

        dialog.ask(make, lambda made: self._done(name, scope, made))

    def _done(self, name: str, scope: str, made: Any) -> None:
        if not self.waits(made):
            self.notice.tell(self.t(f"scope.{name}.done", scope=scope))
        self.refresh()

    def _got(self, answer: Answer[tuple[ScopeStanding, ...]]) -> None:
        self._standings = answer.value
        kept = self._kept
        self.table.put(self._standings)
        self.table.fit(6)
        at = next((n for n, x in enumerate(self._standings) if x.scope == kept), 0)
        if self._standings:
            self.table.selectRow(at)
        self._draw_chosen()

    def _got_past(self, answer: Answer[tuple[PurposeStop, ...]]) -> None:
        self._past = answer.value
        self._draw_past()

    def _chosen(self, found: ScopeStanding) -> None:
        self._kept = found.scope
        self._draw_chosen()

    def _draw_chosen(self) -> None:
        empty(self._chosen_box)
        found = self.table.current()
        if found is None:
            return
        words = label(scope_label(found.scope, self.lang), kind="heading", name="scopeChosen")
        state = chip(self.t(f"scope.state.{found.state}"), _TONES[found.state])
        acts: list[Any] = []
        if found.state == "running":
            acts = [self._button("pause", found, ""), self._button("end", found, "danger")]
        elif found.own:
            acts = [self._button("lift", found, "primary")]
            if found.state == "paused":
                acts.insert(0, self._button("end", found, "danger"))
        line_: QHBoxLayout = row(words, state, *[x for x in acts if x is not None], spacing=12)
        line_.setStretch(0, 1)
        self._chosen_box.addLayout(line_)
        key = "scope.covered" if found.state != "running" and not found.own else f"scope.says.{found.state}"
        self._chosen_box.addWidget(label(self.t(key, count=f"{found.open:,}"), kind="muted", name="scopeSays"))

    def _button(self, name: str, found: ScopeStanding, look: str) -> Any:
        if not self.desk.state.may(_ACTS[name][0]):
            return None
        return button(f"scope.{name}", self._actor(name, found), look=look, name=f"scope_{name}", lang=self.lang)

    def _actor(self, name: str, found: ScopeStanding) -> Callable[[], None]:
        return lambda: self.act(name, found)

    def _draw_past(self) -> None:
        empty(self._history)
        if not self._past:
            self._history.addWidget(label(self.t("scope.history.none"), kind="muted"))
        for stop in reversed(self._past[-12:]):
            kind = self.t(f"scope.kind.{stop.kind}")
            more = " · ".join((time_text(stop.acts_from)[:16], stop.recorded_by, stop.reason))
            mark = chip(kind, _ACT_TONES[stop.kind])
            mark.setMinimumWidth(64)
            what = row(mark, label(scope_label(stop.scope, self.lang)), label(more, kind="small"))
            what.setStretch(1, 1)
            what.setStretch(2, 2)
            self._history.addLayout(what)

    def _rebuild(self, *, mend: bool) -> None:
        self.ask(ops.rebuild(mend=mend), self._show_rebuilt)

    def _show_rebuilt(self, made: StatesRebuilt) -> None:
        empty(self._rebuilt)
        figures = {"people": f"{made.people:,}", "events": f"{made.events:,}", "rows": f"{made.rows:,}"}
        if made.mended:
            text, tone = self.t("rebuild.mended", count=f"{made.differing:,}", **figures), "green"
        elif made.differing:
            text, tone = self.t("rebuild.differs", count=f"{made.differing:,}", **figures), "red"
        else:
            text, tone = self.t("rebuild.same", **figures), "green"
        mend = None
        if made.differing and not made.mended:
            mend = button("rebuild.mend", lambda: self._rebuild(mend=True), name="rebuildMend", lang=self.lang)
        digest = self.t("rebuild.digest", digest=made.digest[:32])
        self._rebuilt.addWidget(banner(text, tone=tone, more=digest, action=mend))

    def _lay(self) -> None:
        layout = scrolled(self, width=1180)
        layout.setContentsMargins(0, 16, 28, 24)
        frame, inside = card(margin=22)
        inside.addWidget(label(key="scope.title", kind="title", lang=self.lang))
        inside.addWidget(label(key="scope.sub", kind="muted", lang=self.lang))
        inside.addWidget(self.table)
        inside.addLayout(self._chosen_box)
        layout.addWidget(frame)
        past, below = card(margin=22)
        below.addWidget(label(key="scope.history", kind="heading", lang=self.lang))
        below.addLayout(self._history)
        layout.addWidget(past)
        again, last = card(margin=22)
        words = label(key="rebuild.sub", kind="muted", lang=self.lang)
        last.addWidget(label(key="rebuild.title", kind="heading", lang=self.lang))
        line_ = row(words, self._check, spacing=16)
        line_.setStretch(0, 1)
        last.addLayout(line_)
        last.addLayout(self._rebuilt)
        layout.addWidget(again)
        again.setVisible(self.desk.state.may("rebuild_states"))
        layout.addStretch(1)


def scope_label(scope: str, lang: Lang) -> str:
    """A purpose or an item in words."""
    return item_label(scope, lang) if "/" in scope else purpose_label(scope, lang)
