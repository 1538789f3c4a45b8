"""Records that may be one person, side by side: keep one (a second person signs), or say that they are two.

Rules: (1) nothing is asked for before somebody presses, because looking through half a million names takes seconds;
(2) what a merge would close is said before it is asked for; (3) the values go when they may no longer be shown.
"""

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from compliance.use_cases.people.duplicates import REASONS
from compliance.use_cases.seeing.view_marks import Seen
from desktop_app.operations import registers as ops
from desktop_app.views.page import Desk
from desktop_app.views.register_card import RegisterCard
from desktop_app.views.watch import Watch
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import button, chip, choice, column, empty, fill_choice, hline, label, row
from desktop_app.words import field_label, item_label, policy_label, shown_text, time_text


class DuplicatesCard(RegisterCard):
    """Likely pairs, a few at a time."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "duplicates")
        self._found: Any = None
        self._offset = 0
        self._more = button("duplicates.more", self._next, name="nextDuplicates", lang=self.lang)
        look = button("duplicates.look", self.look, look="primary", name="lookDuplicates", lang=self.lang)
        self._count = label(kind="small", name="duplicatesCount")
        line = row(self._count, self._more, look)
        line.setStretch(0, 1)
        self.inside.addLayout(line)
        self.inside.addLayout(self.entries)
        self._apart = QVBoxLayout()
        self._apart.setSpacing(10)
        self.inside.addLayout(self._apart)
        self._two: tuple[Any, ...] = ()
        self.watch = Watch(self, again=self._ask, cover=self._cover)
        self._draw()

    def look(self) -> None:
        """From the first pair on."""
        self._offset = 0
        self._ask()

    def refresh(self) -> None:
        """Pairs somebody found to be two people, by pseudonym."""
        self.run(ops.list_distinct(), lambda answer: self.take(answer, self._got_two))

    def render_words(self) -> None:
        """Say again."""
        self._draw()
        self._got_two(self._two)

    def _got_two(self, pairs: Any) -> None:
        self._two = pairs
        empty(self._apart)
        if pairs:
            self._apart.addWidget(label(self.t("duplicates.two"), kind="heading"))
        for pair in pairs:
            reason = self.t(f"duplicates.reason.{pair.reason}")
            small = self.t("duplicates.two.small", reason=reason, name=pair.said_by, when=time_text(pair.said_at)[:16])
            words = column(label(f"{pair.one} · {pair.other}"), label(small, kind="small"), spacing=2)
            back = button("duplicates.back", self._taker(pair), name=f"back_{pair.one}", lang=self.lang)
            line = row(words, back, spacing=12)
            line.setStretch(0, 1)
            self._apart.addLayout(line)

    def _taker(self, pair: Any) -> Callable[[], None]:
        task = ops.take_back_distinct
        return lambda: self.ask(task(one=pair.one, other=pair.other), lambda _: self.refresh())

    def _next(self) -> None:
        self._offset += ops.PAIRS
        self._ask()

    def _ask(self, said: str = "") -> None:
        self._found = None
        self._draw()
        self.ask(ops.find_duplicates(offset=self._offset), lambda found: self._got(found, said))

    def _got(self, found: Any, said: str) -> None:
        self._found = found
        if said:
            self.notice.tell(said)
        ids = tuple(side.hcp_id for pair in found.pairs for side in (pair.one, pair.other))
        if ids:
            self.watch.on(Seen(hcp_ids=ids, mark=found.mark))
        self._draw()

    def _cover(self, covered: bool) -> None:
        for widget in self.findChildren(QWidget, "likelyPair"):
            widget.setVisible(not covered)

    def _draw(self) -> None:
        empty(self.entries)
        found = self._found
        self._more.setVisible(found is not None and self._offset + len(found.pairs) < found.total)
        if found is None:
            self.watch.off()
            self._count.setText("")
            return
        counts = {why: f"{number:,}" for why, number in found.counts.items()}
        self._count.setText(self.t("duplicates.count", total=f"{found.total:,}", **counts))
        if not found.pairs:
            self.entries.addWidget(label(self.t("duplicates.none"), kind="muted", name="duplicatesNone"))
        for pair in found.pairs:
            self.entries.addWidget(self._pair(pair))

    def _pair(self, pair: Any) -> QWidget:
        """Why, the two records line by line, and what may be done."""
        made = QWidget()
        made.setObjectName("likelyPair")
        why = row(*[chip(self.t(f"duplicates.because.{one}"), "blue") for one in pair.because], 1, spacing=8)
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        sides = (pair.one, pair.other)
        for place, side in enumerate(sides, start=1):
            since = self.t("duplicates.since", day=time_text(side.created_at)[:10])
            grid.addWidget(label(f"{side.hcp_id} · {since}", kind="small"), 0, place)
        values = [{f.key: f for f in side.fields} for side in sides]
        for line, key in enumerate(dict.fromkeys(key for side in values for key in side), start=1):
            grid.addWidget(label(field_label(key, self.lang), kind="small"), line, 0)
            for place, side in enumerate(values, start=1):
                text = shown_text(side[key], self.lang) if key in side else "—"
                grid.addWidget(label(text, kind="muted" if key in pair.same else ""), line, place)
        line = len(values[0].keys() | values[1].keys()) + 1
        for place, (side, other) in enumerate((sides, sides[::-1]), start=1):
            keep = button(
                "duplicates.keep",
                self._keeper(side.hcp_id, other.hcp_id),
                name=f"keep_{side.hcp_id}",
                lang=self.lang,
            )
            grid.addLayout(row(keep, 1), line, place)
        apart = button("duplicates.distinct", lambda: self._distinct(pair), name="sayDistinct", lang=self.lang)
        made.setLayout(column(row(why, apart), grid, hline(), spacing=10))
        return made

    def _keeper(self, kept: str, gone: str) -> Callable[[], None]:
        return lambda: self.ask(ops.preview_merge(kept=kept, gone=gone), self._preview)

    def _preview(self, seen: Any) -> None:
        """Rule 2."""
        says = [
            self.t("registers.merges.closes", item=item_label(one.item, self.lang), yes=one.yes_of, no=one.no_of)
            for one in seen.closed
        ]
        says += [
            self.t("registers.merges.block", block=policy_label("block", block, self.lang)) for block in seen.blocks
        ]
        says = says or [self.t("registers.merges.nothing")]
        ActDialog(
            self.desk, self, name="mergeDialog",
            title=self.t("registers.merges.line", kept=seen.kept, gone=seen.gone),
            effect="\n".join([*says, self.t("registers.merges.second")]), act=self.t("registers.merges.go"),
        ).ask(lambda: ops.merge(kept=seen.kept, gone=seen.gone), self.waits)  # fmt: skip

    def _distinct(self, pair: Any) -> None:
        one, other = pair.one.hcp_id, pair.other.hcp_id
        dialog = ActDialog(
            self.desk, self, name="distinctDialog", title=self.t("duplicates.distinct"), effect=f"{one} · {other}",
            act=self.t("duplicates.distinct"),
        )  # fmt: skip
        why = dialog.put("duplicates.reason", choice(name="distinctReason"))
        fill_choice(why, [(self.t(f"duplicates.reason.{code}"), code) for code in REASONS])
        dialog.ask(
            lambda: ops.say_distinct(one=one, other=other, reason=str(why.currentData())),
            lambda _: self._said(one, other),
        )

    def _said(self, one: str, other: str) -> None:
        self._ask(self.t("duplicates.distinct.said", one=one, other=other))
        self.refresh()
