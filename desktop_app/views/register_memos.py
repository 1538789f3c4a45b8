"""The register of memos of necessity 必要性说明: the privacy officer waives one separate consent, anybody ends it."""

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QComboBox

from compliance.model.answer import Refusal
from compliance.model.basis import Memo
from compliance.model.limits import day_end
from compliance.use_cases.seat.session import shipped_policy
from desktop_app.operations import registers as ops
from desktop_app.views.page import Desk
from desktop_app.views.register_card import RegisterCard
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import button, choice, empty, fill_choice, row
from desktop_app.widgets.form import day_box, day_in, line
from desktop_app.widgets.person_picker import PersonPicker
from desktop_app.words import item_label, time_text


class MemosCard(RegisterCard):
    """All memos, newest first, and the window for a new one."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "memos")
        self._memos: tuple[Memo, ...] = ()
        self.inside.addLayout(self.entries)
        if self.desk.state.may("record_memo"):
            go = button("registers.memos.add", self.add, look="primary", name="addMemo", lang=self.lang)
            self.inside.addLayout(row(1, go))

    def refresh(self) -> None:
        """Ask anew."""
        self.run(ops.list_memos(), self._got)

    def render_words(self) -> None:
        """Say again."""
        self._draw()

    def add(self) -> None:
        """Waive one separate consent, for one person or for everybody."""
        dialog = ActDialog(
            self.desk,
            self,
            name="memoDialog",
            title=self.t("registers.memos.add.title"),
            effect=self.t("registers.memos.add.effect"),
            act=self.t("registers.memos.add.go"),
        )
        item = dialog.put("registers.memos.item", self._items(), help_key="registers.memos.item.help")
        whom = dialog.put("registers.memos.whom", choice(name="memoWhom"))
        fill_choice(whom, [(self.t(f"registers.memos.whom.{w}"), w) for w in ("one", "all")])
        person = dialog.put("registers.memos.person", PersonPicker(self.desk, name="memoPerson"))
        dialog.only_where(whom, {person: ("one",)})
        why = dialog.put("registers.memos.necessity", line("memoNecessity", lang=self.lang))
        until = dialog.put("person.basis.until", day_box("memoUntil"))

        def make() -> Any:
            one, last = whom.currentData() == "one", day_in(until)
            if one and not person.hcp_id:
                return dialog.missing("registers.memos.person")
            return ops.add_memo(
                item=_chosen(item),
                necessity=why.text(),
                hcp_id=person.hcp_id if one else "",
                valid_until=day_end(last) if last else None,
            )

        dialog.ask(make, lambda _: self._done("registers.memos.added"))

    def _items(self) -> QComboBox:
        box = choice(name="memoItem")
        fixed = [i.pattern for i in shipped_policy().items if i.separate and "{" not in i.pattern]
        fill_choice(box, [(item_label(p, self.lang), p) for p in fixed])
        box.setEditable(True)  # items for one recipient are named by their code
        box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        return box

    def _got(self, answer: Any) -> None:
        if isinstance(answer.value, Refusal):
            self.notice.refuse(answer.value, self.lang)
            return
        self._memos = tuple(reversed(answer.value))
        self._draw()

    def _draw(self) -> None:
        empty(self.entries)
        if not self._memos:
            self.none("memosNone")
        now, ends = self.desk.clock.now(), self.desk.state.may("end_memo")
        for memo in self._memos:
            lives = memo.in_force(now)
            act = (
                button(
                    "registers.end", self._ender(memo), look="danger", name=f"endMemo_{memo.memo_id}", lang=self.lang
                )
                if lives and ends
                else None
            )
            whom = memo.hcp_id or self.t("registers.memos.whom.all")
            self.entry(
                f"{item_label(memo.item, self.lang)} · {whom}",
                self.t(
                    "registers.memos.line",
                    why=memo.necessity,
                    name=memo.recorded_by,
                    when=time_text(memo.recorded_at)[:16],
                    until=self.until(memo.valid_until),
                ),
                state="now" if lives else "ended",
                name=f"memo_{memo.memo_id}",
                act=act,
            )

    def _ender(self, memo: Memo) -> Callable[[], None]:
        return lambda: self.ask(ops.end_memo(memo_id=memo.memo_id), lambda _: self._done("registers.memos.ended"))

    def _done(self, key: str) -> None:
        self.notice.tell(self.t(key))
        self.refresh()


def _chosen(box: QComboBox) -> str:
    """The item of the list, or the code typed."""
    number = box.findText(box.currentText())
    return str(box.itemData(number)) if number >= 0 else box.currentText().strip()
