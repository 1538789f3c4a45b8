"""Asking in person, in four steps: the notice is read, each item is its own act, who and what proves it, the receipt.

Rules: (1) the notice can be saved as a file while every box is still empty (REQ-008); (2) nothing is preset, a click
changes at most one item, there is no control for two, and going on does nothing until one is set (REQ-015, REQ-016);
(3) how the person was identified is asked for every act (REQ-019); (4) what was shown is recorded when it was shown,
so locks and limits answer before anybody is asked; (5) each answer is recorded by itself, a refusal stands beside it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QFileDialog,
    QFrame,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from compliance.clock import SHANGHAI
from compliance.i18n import Lang, t
from compliance.model.answer import Answer, Refusal
from compliance.model.consent import Method
from desktop_app.operations import asking, consents
from desktop_app.operations.asking import AskNotice
from desktop_app.views.page import Desk, Page, scrolled
from desktop_app.widgets.basic import button, card, chip, choice, column, empty, fill_choice, hline, label, row
from desktop_app.widgets.consent_lines import TONES
from desktop_app.widgets.form import PathField, field, line
from desktop_app.widgets.person_picker import PersonPicker
from desktop_app.widgets.refusal import refusal_panel
from desktop_app.widgets.signature_pad import SignaturePad
from desktop_app.widgets.steps import Steps
from desktop_app.words import item_label, say

ANSWERS = ("given", "refused", "deferred")
_IDENTITY = ("known_in_person", "work_badge", "identity_card", "hospital_staff", "company_contact")
_METHODS = (Method.PAPER, Method.ESIGN, Method.WECHAT, Method.EMAIL)
_STEPS = ("notice", "items", "proof", "done")


class Capture(Page):
    """One person, one notice."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._versions: tuple[AskNotice, ...] = ()
        self._shown_at: datetime | None = None
        self._groups: dict[str, QButtonGroup] = {}
        self._left: list[asking.RecordConsent] = []
        self.person = PersonPicker(desk, name="capturePerson")
        self.notice_box = choice(name="captureNotice")
        self.read_lang = choice(name="captureLang")
        self.words = QPlainTextEdit()
        self.asked = QCheckBox()
        self.identity, self.method = choice(name="captureIdentity"), choice(name="captureMethod")
        self.proof = PathField("captureProof", mode="open", lang=self.lang)
        self.place = line("capturePlace", hint="record.place.hint", lang=self.lang)
        self._steps, self._crumbs = Steps(), row(spacing=14)
        self._items, self._results = QVBoxLayout(), QVBoxLayout()
        self._back = button("wizard.back", self._go_back, name="captureBack", lang=self.lang)
        self.go = button("wizard.next", self._go_on, look="primary", name="captureNext", lang=self.lang)
        self.pad, self._pad_box = SignaturePad("capturePad"), QWidget()
        self._lay()
        self.method.currentIndexChanged.connect(lambda _: self._by_method())
        self.notice_box.currentIndexChanged.connect(lambda _: self._read())
        self.read_lang.currentIndexChanged.connect(lambda _: self._read())
        self.render_words()
        self._at(0)

    @property
    def version(self) -> AskNotice | None:
        """The notice chosen."""
        return next((x for x in self._versions if x.ref == self.notice_box.currentData()), None)

    @property
    def answers(self) -> dict[str, str]:
        """What is set so far."""
        found = {item: group.checkedButton() for item, group in self._groups.items()}
        return {item: str(mark.property("answer")) for item, mark in found.items() if mark is not None}

    def refresh(self) -> None:
        """Notices in force."""
        self.run(asking.notices(), self._got)

    def open_at(self, what: object) -> None:
        """Begin with a person."""
        if isinstance(what, str) and what:
            self.begin()
            self.person.set_person(what)

    def begin(self) -> None:
        """Step one, nothing kept of the person before."""
        self.notice.clear()
        self._groups.clear()
        empty(self._items)
        self.proof.set_path(None)
        self.pad.clear()
        self.identity.setCurrentIndex(0)
        self.asked.setChecked(False)
        self._at(0)

    def render_words(self) -> None:
        """Drop-down lists."""
        none: list[tuple[str, object]] = [("—", "")]
        fill_choice(self.identity, none + [(self.t(f"capture.identity.{x}"), x) for x in _IDENTITY])
        fill_choice(self.method, [(self.t(f"method.{m}"), m) for m in _METHODS])
        fill_choice(self.read_lang, [(t(f"lang.{x}", x), x) for x in Lang])
        self._fill()
        self._by_method()

    def save_rules(self) -> None:
        """Ask where the rules shall go."""
        filters = "TXT (*.txt)" if self._in_field else "PDF (*.pdf);;TXT (*.txt)"
        chosen = QFileDialog.getSaveFileName(self, self.t("capture.save"), "", filters)[0]
        if chosen:
            self.save_rules_to(Path(chosen))

    def save_rules_to(self, path: Path) -> None:
        """The rules as a file, before anybody answers."""
        if self.version is not None:
            kinds = (".txt",) if self._in_field else (".pdf", ".txt")
            path = path if path.suffix.casefold() in kinds else path.with_name(f"{path.name}{kinds[0]}")
            said = self.t("notice.saved", file=path.name)
            task = asking.save(ref=self.version.ref, lang=self._lang(), path=path)
            self.ask(task, lambda _: self.notice.tell(said))

    def _lang(self) -> Lang:
        return Lang(self.read_lang.currentData() or Lang.ZH)

    @property
    def _in_field(self) -> bool:
        """Whether this is a rep's own computer."""
        return bool(self.desk.state.sitting and self.desk.state.sitting.rep)

    def _got(self, answer: Answer[tuple[AskNotice, ...]]) -> None:
        self._versions = answer.value
        self._fill()
        self._read()

    def _fill(self) -> None:
        zh = self.lang is Lang.ZH
        named = [(x.title_zh if zh else x.title_en, x.ref) for x in self._versions]
        fill_choice(self.notice_box, [(f"{title} · {ref}", ref) for title, ref in named])

    def _read(self) -> None:
        if self.version is not None:
            self.run(asking.words(ref=self.version.ref, lang=self._lang()), self._show_text)

    def _show_text(self, answer: Any) -> None:
        self.words.setPlainText(answer.value)

    def _go_back(self) -> None:
        self.notice.clear()
        self._at(max(self._steps.currentIndex() - 1, 0))

    def _go_on(self) -> None:
        (self._show_items, self._to_proof, self._record, self._again)[self._steps.currentIndex()]()

    def _show_items(self) -> None:
        if not self.person.hcp_id or self.version is None:
            self.notice.tell(self.t("record.missing", what=self.t("record.person")), tone="red")
            return
        self._shown_at = self.desk.clock.now()
        request = asking.Presentation(
            hcp_id=self.person.hcp_id,
            notice=self.version.ref,
            channel="visit",
            presented_at=self._shown_at.isoformat(),
            lang=self._lang(),
            asked_by_hcp=self.asked.isChecked(),
        )
        self.ask(asking.present(request=request), self._presented)

    def _presented(self, made: Any) -> None:
        ref = self.version.ref if self.version else ""
        self.run(asking.items(ref=ref, lang=self._lang()), lambda found: self._list_items(made, found.value))

    def _list_items(self, made: Any, lines: Sequence[Any]) -> None:
        left_out = {x.item: x for x in made.left_out}
        empty(self._items)
        self._groups = {}
        read = self._lang()  # the person reads and clicks here, in the language of the notice
        if closed := [item_label(one.item, self.lang) for one in lines if one.item in left_out]:
            words = self.t("capture.left_out", items=self.t("desk.list_sep").join(closed))
            self._items.addWidget(label(words, kind="small", name="captureLeftOut"))
        for one in lines:
            if one.item in left_out:
                continue
            frame, inside = card(margin=18, spacing=7)
            separate = chip(t("notice.separate", read), "blue") if one.separate else None
            name = row(label(item_label(one.item, read), kind="heading"), separate, spacing=10)
            name.setStretch(0, 1)
            inside.addLayout(name)
            said = label(one.text, name=f"said_{one.item}")
            said.setStyleSheet("font-size: 16px;")
            inside.addWidget(said)
            for text in (one.benefit, one.if_refused):
                if text:
                    inside.addWidget(label(text, kind="muted"))
            inside.addLayout(self._marks(one.item))
            self._items.addWidget(frame)
        self._items.addStretch(1)
        self._at(1)

    def _marks(self, item: str) -> Any:
        group = QButtonGroup(self)
        line_ = row(spacing=10)
        for answer in ANSWERS:
            made = QPushButton()
            made.setObjectName(f"act_{item}_{answer}")
            made.setProperty("look", "pick")
            made.setProperty("answer", answer)
            made.setCheckable(True)
            made.setAutoDefault(False)
            made.setText(t(f"capture.answer.{answer}", self._lang()))  # it stays when the window turns to another
            group.addButton(made)
            line_.addWidget(made)
        line_.addStretch(1)
        self._groups[item] = group
        return line_

    def _to_proof(self) -> None:
        if not self.answers:
            self.notice.tell(self.t("capture.nothing_set"), tone="red")
            return
        self.notice.clear()
        self._at(2)

    def _record(self) -> None:
        given = "given" in self.answers.values()
        missing = [
            key
            for key, fine in (
                ("capture.identity", bool(self.identity.currentData())),
                ("record.proof", self.proof.path is not None or self._signed or not given),
            )
            if not fine
        ]
        if missing:
            what = self.t("desk.list_sep").join(self.t(key) for key in missing)
            self.notice.tell(self.t("record.missing", what=what), tone="red")
            return
        self.notice.clear()
        version, shown, now = self.version, self._shown_at, self.desk.clock.now()
        assert version is not None and shown is not None
        drawn = self.pad.png(self._words_signed(max(now, shown))) if self._signed else b""
        self._left = [
            asking.RecordConsent(
                hcp_id=self.person.hcp_id,
                item=item,
                answer=answer,
                method=Method(self.method.currentData()),
                notice=version.ref,
                presented_at=shown.astimezone(SHANGHAI).isoformat(),
                acted_at=max(now, shown).astimezone(SHANGHAI).isoformat(),
                evidence=None if self._signed else self.proof.path,
                signed=drawn,
                identity_check=str(self.identity.currentData()),
                asked_by_hcp=self.asked.isChecked(),
                place_of_original=self.place.text().strip() or None,
                notice_lang=str(self._lang()),
                channel="visit",
            )
            for item, answer in self.answers.items()
        ]
        empty(self._results)
        self.go.setEnabled(False)
        self._next_act()

    @property
    def _signed(self) -> bool:
        """Whether the person signed on the screen."""
        return self.method.currentData() == Method.ESIGN and not self.pad.empty

    def _words_signed(self, at: datetime) -> list[str]:
        """What the signature stands under: notice, each answer, the instant."""
        shown = self._lang()
        said = [f"{item_label(item, shown)}：{t(f'capture.answer.{a}', shown)}" for item, a in self.answers.items()]
        ref = self.version.ref if self.version else ""
        return [ref, *said, at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S +08:00")]

    def _by_method(self) -> None:
        """Signing on the screen is offered where that is the way."""
        self._pad_box.setVisible(self.method.currentData() == Method.ESIGN)

    def _next_act(self) -> None:
        if not self._left:
            self.go.setEnabled(True)
            self._results.addStretch(1)
            self._at(3)
            return
        request = self._left.pop(0)
        self.run(asking.record(request=request), lambda made: self._recorded(request, made), self._stopped)

    def _stopped(self, error: BaseException) -> None:
        self.go.setEnabled(True)
        self.failed(error)
        if self._results.count():
            self._at(3)  # what was recorded before stands

    def _recorded(self, request: consents.RecordConsent, answer: "Answer[Any]") -> None:
        name = label(item_label(request.item, self.lang), kind="heading")
        if isinstance(answer.value, Refusal):
            self._results.addWidget(name)
            self._results.addWidget(refusal_panel(answer.value, self.lang, title="desk.refusal.act"))
        else:
            status = answer.value.status
            state = chip(self.t(f"status.{status}"), TONES.get(status, "neutral"), name=f"outcome_{request.item}")
            receipt = None
            if status in ("given", "refused", "renewed") and not self._in_field:
                save: Callable[[], None] = partial(self._receipt, request.item)
                receipt = button("capture.receipt", save, name=f"receipt_{request.item}", lang=self.lang)
            line_ = row(name, state, receipt, spacing=12)
            line_.setStretch(0, 1)
            self._results.addLayout(line_)
            if status == "evidence_pending":
                more = "rep.ask.kept" if self._in_field else "record.done.more"
                self._results.addWidget(label(self.t(more), kind="small"))
        self._results.addWidget(hline())
        self._next_act()

    def _receipt(self, item: str) -> None:
        filters = "PDF (*.pdf);;JSON (*.json)"
        chosen = QFileDialog.getSaveFileName(self, self.t("capture.receipt"), "", filters)[0]
        if chosen:
            path = Path(chosen)
            path = path if path.suffix.lower() in (".pdf", ".json") else path.with_name(f"{path.name}.pdf")
            said = self.t("notice.saved", file=path.name)
            task = consents.receipt(hcp_id=self.person.hcp_id, item=item, path=path)
            self.ask(task, lambda _: self.notice.tell(said))

    def _again(self) -> None:
        self.person.set_person("")
        self.person.edit.clear()
        self.begin()

    def _at(self, number: int) -> None:
        self._steps.setCurrentIndex(number)
        area = self.findChild(QScrollArea)
        if area is not None:
            area.verticalScrollBar().setValue(0)
        self._back.setVisible(number in (1, 2))
        say(self.go, text=f"capture.go.{_STEPS[number]}", lang=self.lang)
        empty(self._crumbs)
        for index, name in enumerate(_STEPS):
            tone = "blue" if index == number else "green" if index < number else "grey"
            self._crumbs.addWidget(chip(f"{index + 1}  {self.t(f'capture.step.{name}')}", tone))
        self._crumbs.addStretch(1)

    def _lay(self) -> None:
        self.words.setObjectName("captureWords")
        self.words.setReadOnly(True)
        self.words.setTabChangesFocus(True)
        self.words.setStyleSheet("font-size: 19px; padding: 16px 20px;")
        self.words.setMinimumHeight(240)
        self.asked.setObjectName("captureAsked")
        say(self.asked, text="record.asked_by_hcp", lang=self.lang)
        pick = row(
            field("record.person", self.person, lang=self.lang),
            field("record.notice", self.notice_box, lang=self.lang),
            field("notice.forms.lang", self.read_lang, lang=self.lang),
            spacing=16,
        )
        pick.setStretch(0, 3)
        pick.setStretch(1, 3)
        save = button("capture.save", self.save_rules, name="captureSave", lang=self.lang)
        first = column(pick, self.words, row(self.asked, 1, save), spacing=12)
        first.setStretch(1, 1)
        second = column(label(key="capture.each", kind="muted", lang=self.lang), self._items, spacing=12)
        proof, inside = card(margin=22, spacing=14)
        inside.addLayout(field("capture.identity", self.identity, lang=self.lang, help_key="capture.identity.help"))
        both = row(
            field("record.method", self.method, lang=self.lang),
            field("record.place", self.place, lang=self.lang),
            spacing=16,
        )
        inside.addLayout(both)
        inside.addLayout(field("record.proof", self.proof, lang=self.lang, help_key="record.proof.help"))
        clear = button("capture.sign.clear", self.pad.clear, look="link", name="captureSignClear", lang=self.lang)
        head = row(label(key="capture.sign", kind="caption", lang=self.lang), clear)
        head.setStretch(0, 1)
        self._pad_box.setLayout(column(head, self.pad, spacing=6))
        inside.addWidget(self._pad_box)
        third = column(proof, 1)
        done, body = card(margin=22)
        body.addLayout(self._results)
        fourth = column(done, 1)
        for step in (first, second, third, fourth):
            holder = QWidget()
            holder.setLayout(step)
            self._steps.add(holder)
        layout = scrolled(self, width=1000)
        layout.setContentsMargins(0, 14, 28, 18)
        layout.addLayout(self._crumbs)
        layout.addWidget(self._steps, 1)
        foot = QFrame()
        foot.setLayout(row(self._back, 1, self.go))
        layout.addWidget(foot)
