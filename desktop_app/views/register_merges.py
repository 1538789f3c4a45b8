"""Merged records 合并: first what a merge would close, then the request a second person signs; apart likewise."""

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QVBoxLayout

from desktop_app.operations import registers as ops
from desktop_app.views.page import Desk
from desktop_app.views.register_card import RegisterCard
from desktop_app.widgets.basic import button, empty, hline, label, row
from desktop_app.widgets.form import field
from desktop_app.widgets.person_picker import PersonPicker
from desktop_app.words import item_label, policy_label, time_text


class MergesCard(RegisterCard):
    """Two people to choose, the preview, and every merge so far."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "merges")
        self._merges: tuple[Any, ...] = ()
        self._seen: Any = None
        self.kept, self.gone = PersonPicker(desk, name="mergeKept"), PersonPicker(desk, name="mergeGone")
        pair = row(
            field("registers.merges.kept", self.kept, lang=self.lang),
            field("registers.merges.gone", self.gone, lang=self.lang),
            spacing=16,
        )
        pair.setStretch(0, 1)
        pair.setStretch(1, 1)
        self.inside.addLayout(pair)
        look = button("registers.merges.preview", self.look, name="previewMerge", lang=self.lang)
        self.inside.addLayout(row(1, look))
        self._preview = QVBoxLayout()
        self._preview.setSpacing(8)
        self.inside.addLayout(self._preview)
        self.inside.addWidget(hline())
        self.inside.addLayout(self.entries)
        for picker in (self.kept, self.gone):  # what was seen holds for these two only
            picker.chosen.connect(lambda _: self._show(None))

    def refresh(self) -> None:
        """Ask anew."""
        self.run(ops.list_merges(), self._got)

    def render_words(self) -> None:
        """Say again."""
        self._show(self._seen)
        self._draw()

    def look(self) -> None:
        """What the merge would do; nothing is changed."""
        missing = [
            self.t(f"registers.merges.{name}")
            for name, picker in (("kept", self.kept), ("gone", self.gone))
            if not picker.hcp_id
        ]
        if missing:
            self.notice.tell(self.t("record.missing", what=self.t("desk.list_sep").join(missing)), tone="red")
            return
        self.ask(ops.preview_merge(kept=self.kept.hcp_id, gone=self.gone.hcp_id), self._show)

    def _show(self, seen: Any) -> None:
        self._seen = seen
        empty(self._preview)
        if seen is None:
            return
        for one in seen.closed:
            text = self.t("registers.merges.closes", item=item_label(one.item, self.lang), yes=one.yes_of, no=one.no_of)
            self._preview.addWidget(label(text, name="mergeCloses"))
        for block in seen.blocks:
            text = self.t("registers.merges.block", block=policy_label("block", block, self.lang))
            self._preview.addWidget(label(text, name="mergeBlock"))
        if not seen.closed and not seen.blocks:
            self._preview.addWidget(label(self.t("registers.merges.nothing"), name="mergeNothing"))
        go = button("registers.merges.go", self._ask, look="primary", name="askMerge", lang=self.lang)
        self._preview.addLayout(row(label(self.t("registers.merges.second"), kind="small"), 1, go))

    def _ask(self) -> None:
        self.ask(ops.merge(kept=self._seen.kept, gone=self._seen.gone), self._asked)

    def _asked(self, made: Any) -> None:
        self.kept.set_person("")
        self.gone.set_person("")
        self.waits(made)

    def _got(self, answer: Any) -> None:
        self._merges = answer.value
        self._draw()

    def _draw(self) -> None:
        empty(self.entries)
        if not self._merges:
            self.none("mergesNone")
        for case in self._merges:
            lives = case.undone_at is None
            act = (
                button("registers.merges.apart", self._parter(case), name=f"apart_{case.case_id}", lang=self.lang)
                if lives
                else None
            )
            self.entry(
                self.t("registers.merges.line", kept=case.kept, gone=case.gone),
                self.t("registers.merges.small", name=case.merged_by, when=time_text(case.merged_at)[:16]),
                state="now" if lives else "apart",
                name=f"merge_{case.case_id}",
                act=act,
            )

    def _parter(self, case: Any) -> Callable[[], None]:
        return lambda: self.ask(ops.take_apart(case_id=case.case_id), lambda made: self.told(made, ""))
