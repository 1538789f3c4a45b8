"""Record an act of the person: who, item, answer, way, notice, day, proof. Only what is proven will open anything."""

from datetime import date
from pathlib import Path
from typing import Any

from PySide6.QtCore import QDate
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QDateEdit, QFileDialog, QGridLayout, QRadioButton

from compliance.clock import shanghai_day
from compliance.model.answer import Answer, Refusal
from compliance.model.consent import Method, NoticeState, NoticeVersion
from desktop_app.operations import consents as ops
from desktop_app.views.page import Desk, Page, pinned, scrolled
from desktop_app.widgets.basic import button, card, choice, column, fill_choice, label, row
from desktop_app.widgets.form import PathField, field, line
from desktop_app.widgets.notice_text import show_notice
from desktop_app.widgets.person_picker import PersonPicker
from desktop_app.words import import_label, item_label, say

_ANSWERS = ("given", "refused", "deferred", "no_answer")
_METHODS = (Method.PAPER, Method.ESIGN, Method.EMAIL, Method.WECHAT, Method.PHONE)


class RecordForm(Page):
    """One form; refused and "not now" are answers like any other."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._notices: tuple[NoticeVersion, ...] = ()
        self.person = PersonPicker(desk, name="recordPerson")
        self.item = choice(name="recordItem")
        self.notice_box = choice(name="recordNotice")
        self.method = choice(name="recordMethod")
        self.answers = QButtonGroup(self)
        today = shanghai_day(desk.clock.now())
        self.presented, self.acted = _day("recordPresented", today), _day("recordActed", today)
        self.proof = PathField("recordProof", mode="open", lang=self.lang)
        self.place = line("recordPlace", hint="record.place.hint", lang=self.lang)
        self.asked = QCheckBox()
        self.asked.setObjectName("recordAskedByHcp")
        say(self.asked, text="record.asked_by_hcp", lang=self.lang)
        self.go = button("record.go", self.record, look="primary", name="recordGo", lang=self.lang)
        self._lay()
        self.notice_box.currentIndexChanged.connect(lambda _: self._items())
        self.render_words()

    def refresh(self) -> None:
        """Notices in force."""
        self.run(ops.notices(), self._got_notices)

    def open_at(self, what: object) -> None:
        """A person's record."""
        if isinstance(what, str):
            self.person.set_person(what)

    def render_words(self) -> None:
        """Drop-down lists."""
        fill_choice(self.method, [(self.t(f"method.{m}"), m) for m in _METHODS])
        self._fill_notices()

    def record(self) -> None:
        """Hand it in."""
        answer = self.answers.checkedButton()
        missing = [
            key
            for key, fine in (
                ("person", bool(self.person.hcp_id)),
                ("item", bool(self.item.currentData())),
                ("notice", bool(self.notice_box.currentData())),
                ("answer", answer is not None),
            )
            if not fine
        ]
        if missing:
            what = self.t("desk.list_sep").join(self.t(f"record.{key}") for key in missing)
            self.notice.tell(self.t("record.missing", what=what), tone="red")
            return
        assert answer is not None
        request = ops.RecordConsent(
            hcp_id=self.person.hcp_id,
            item=str(self.item.currentData()),
            answer=str(answer.property("answer")),
            method=Method(self.method.currentData()),
            notice=str(self.notice_box.currentData()),
            presented_at=_iso(self.presented),
            acted_at=_iso(self.acted),
            evidence=self.proof.path,
            asked_by_hcp=self.asked.isChecked(),
            place_of_original=self.place.text().strip() or None,
        )
        self.ask(ops.record(request=request), self._recorded)

    def read_notice(self) -> None:
        """The chosen notice as the person reads it."""
        ref = str(self.notice_box.currentData() or "")
        if ref:
            self.run(ops.notice_text(ref=ref, lang=self.lang), lambda answer: self._read(ref, answer.value))

    def _read(self, ref: str, blocks: tuple[tuple[str, str], ...]) -> None:
        show_notice(self, self.lang, ref, blocks)

    def _ask_file(self) -> None:
        chosen = QFileDialog.getOpenFileName(self, self.t("record.notice.check"), "", "TOML (*.toml)")[0]
        if chosen:
            self.check_notice(Path(chosen))

    def check_notice(self, path: Path) -> None:
        """What a draft of a notice still lacks."""
        self.run(ops.check_notice(path=path), lambda answer: self._checked_notice(path, answer.value))

    def _checked_notice(self, path: Path, faults: Any) -> None:
        if not faults:
            self.notice.tell(self.t("record.notice.complete", file=path.name))
            return
        named = "\n".join(f"{fault.where}: {import_label(fault.code, self.lang)}" for fault in faults[:8])
        self.notice.tell(self.t("record.notice.gaps", file=path.name, count=len(faults)), tone="amber", more=named)

    def _recorded(self, done: Any) -> None:
        self.proof.set_path(None)
        self.place.clear()
        self.asked.setChecked(False)
        text = self.t("record.done", item=item_label(done.item, self.lang), status=self.t(f"status.{done.status}"))
        self.notice.tell(text, more=self.t("record.done.more") if done.status == "evidence_pending" else "")

    def _got_notices(self, answer: "Answer[tuple[NoticeVersion, ...] | Refusal]") -> None:
        if isinstance(answer.value, Refusal):
            self.notice.refuse(answer.value, self.lang)
            return
        self._notices = answer.value
        self._fill_notices()

    def _fill_notices(self) -> None:
        usable = [n for n in self._notices if n.state in (NoticeState.ACTIVE, NoticeState.RETIRED)]
        usable.sort(key=_everyday_first)
        entries: list[tuple[str, object]] = [(f"{n.ref} · {self.t(f'notice.state.{n.state}')}", n.ref) for n in usable]
        fill_choice(self.notice_box, entries)
        self._items()

    def _items(self) -> None:
        chosen = next((n for n in self._notices if n.ref == self.notice_box.currentData()), None)
        lines = chosen.lines if chosen else ()
        fill_choice(self.item, [(item_label(x.item, self.lang), x.item) for x in lines])

    def _lay(self) -> None:
        layout = scrolled(self, width=860)
        layout.setContentsMargins(0, 18, 28, 28)
        frame, inside = card(margin=26, spacing=16)
        inside.addWidget(label(key="record.title", kind="title", lang=self.lang))
        inside.addWidget(label(key="record.sub", kind="muted", lang=self.lang))
        read = button("record.notice.read", self.read_notice, look="link", name="readNotice", lang=self.lang)
        check = button("record.notice.check", self._ask_file, look="link", name="checkNotice", lang=self.lang)
        inside.addLayout(field("record.person", self.person, lang=self.lang))
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(16)
        grid.addLayout(field("record.notice", self.notice_box, lang=self.lang), 0, 0)
        grid.addLayout(field("record.item", self.item, lang=self.lang), 0, 1)
        grid.addLayout(field("record.presented", self.presented, lang=self.lang), 1, 0)
        grid.addLayout(field("record.acted", self.acted, lang=self.lang), 1, 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        answers = row(spacing=22)
        for name in _ANSWERS:
            mark = QRadioButton()
            mark.setObjectName(f"answer_{name}")
            mark.setProperty("answer", name)
            say(mark, text=f"answer.{name}", lang=self.lang)
            self.answers.addButton(mark)
            answers.addWidget(mark)
        answers.addStretch(1)
        inside.addLayout(grid)
        inside.addLayout(row(read, check, 1, spacing=18))
        inside.addLayout(column(label(key="record.answer", kind="caption", lang=self.lang), answers, spacing=5))
        lower = QGridLayout()
        lower.setHorizontalSpacing(18)
        lower.addLayout(field("record.method", self.method, lang=self.lang), 0, 0)
        lower.addLayout(field("record.place", self.place, lang=self.lang), 0, 1)
        lower.setColumnStretch(0, 1)
        lower.setColumnStretch(1, 1)
        inside.addLayout(lower)
        inside.addLayout(field("record.proof", self.proof, lang=self.lang, help_key="record.proof.help"))
        inside.addWidget(self.asked)
        layout.addWidget(frame)
        layout.addStretch(1)
        pinned(self, self.go, width=860)


def _everyday_first(notice: NoticeVersion) -> tuple[bool, bool, str]:
    items = [x.item for x in notice.lines]
    return any(":" in item for item in items), "visit" not in items, notice.ref


def _day(name: str, today: date) -> QDateEdit:
    made = QDateEdit(QDate(today.year, today.month, today.day))
    made.setObjectName(name)
    made.setDisplayFormat("yyyy-MM-dd")
    made.setCalendarPopup(True)
    made.setMaximumDate(QDate(today.year, today.month, today.day))
    return made


def _iso(box: QDateEdit) -> str:
    value = box.date()
    return date(value.year(), value.month(), value.day()).isoformat()
