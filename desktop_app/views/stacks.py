"""Stacks of consent forms: what came in, which tray a form lies in, checking, samples, closing.

Whoever brought a stack, or said whose a form is, accepts nothing of it; the core refuses and the page says so.
"""

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QButtonGroup, QProgressBar, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from compliance.i18n import Lang, has, t
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.consent import NoticeState
from compliance.model.intake import Form, FormState, StackKind, StackState
from compliance.use_cases.consent.checking import EvidenceFile
from compliance.use_cases.intake.check_desk import DeskForm
from compliance.use_cases.intake.stacks import FormRow, StackSummary
from desktop_app.models.rows import Column
from desktop_app.operations import notices
from desktop_app.operations import stacks as ops
from desktop_app.views.document_pane import DocumentPane
from desktop_app.views.page import Desk, Page
from desktop_app.views.stack_desk import StackDesk
from desktop_app.views.stack_intake import IntakeDialog
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import button, card, choice, column, empty, fill_choice, label, row
from desktop_app.widgets.form import day_box, day_in, line
from desktop_app.widgets.person_picker import PersonPicker
from desktop_app.widgets.refusal import banner
from desktop_app.widgets.table import Table
from desktop_app.words import day_text, item_label

TRAYS = (FormState.TO_CHECK, FormState.SPLIT, FormState.RETURNED, FormState.ACCEPTED)
_WORKING = (StackState.OPEN, StackState.SAMPLING, StackState.RETURNED)


class Stacks(Page):
    """List and trays; the checking desk takes the whole room while somebody works at it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.tray = FormState.TO_CHECK
        self._summary: StackSummary | None = None
        self._trays: dict[FormState, QPushButton] = {}
        self._group = QButtonGroup(self)
        self.desk_view = StackDesk(desk, left=self._leave_desk)
        self.table: Table[StackSummary] = Table(
            [
                Column("col.stack", lambda x, _: x.stack.name),
                Column("col.left", lambda x, _: f"{x.waiting:,} / {sum(x.counts.values()):,}", 74),
                Column("col.state", lambda x, lang: t(f"stack.state.{x.stack.state}", lang), 84),
            ],
            self.lang,
            name="stackTable",
            chosen=lambda _: self._ask_forms(),
        )
        self.forms: Table[FormRow] = Table(
            [
                Column("col.place_no", lambda x, _: f"{x.form.place:,}", 56),
                Column("col.who_is", lambda x, _: x.display or "—"),
                Column("col.item", lambda x, lang: _items(x.form, lang), 160),
                Column("col.pages", lambda x, _: _pages(x.form), 64),
                Column("col.filed", lambda x, lang: _filed(x.form, lang), 124),
                Column("col.why", lambda x, lang: _why(x.form, lang), 110),
            ],
            self.lang,
            name="formTable",
            opened=self._open_form,
        )
        self._facts, self._acts, self._sample = QVBoxLayout(), QVBoxLayout(), QVBoxLayout()
        self._none = label(kind="muted", name="stacksNone")
        self._right = QWidget()
        self._views = QStackedWidget()
        self._lay()

    def refresh(self) -> None:
        """Ask anew; what was said of the last act stays in sight."""
        self.run(ops.list_stacks(), self._listed)

    def affected(self, changes: Changes) -> bool:
        """Forms are consents on their way, and tasks."""
        return (changes.consents or changes.tasks) and self._views.currentIndex() == 0

    def render_words(self) -> None:
        """Tables, trays, desk."""
        self.table.rows.set_lang(Lang(self.lang))
        self.forms.rows.set_lang(Lang(self.lang))
        self.desk_view.render_words()
        if self._summary is not None:
            self._draw(self._summary)

    def take_in(self, kind: str) -> IntakeDialog:
        """The wizard for scans, a list or a log."""
        dialog = IntakeDialog(self.desk, self, kind=kind)
        dialog.finished.connect(lambda _: self.refresh())
        dialog.open()
        return dialog

    def check(self) -> None:
        """To the desk."""
        found = self.table.current()
        if found is not None:
            total = sum(n for state, n in found.counts.items() if state != "split")
            decided = sum(found.counts.get(x, 0) for x in ("accepted", "returned", "done"))
            if found.stack.state is StackState.SAMPLING:
                total, decided = found.stack.sample, 0
            self._views.setCurrentIndex(1)
            self.desk_view.begin(found.stack.name, total=total, decided=decided)

    def _leave_desk(self) -> None:
        self._views.setCurrentIndex(0)
        self.desk_view.notice.clear()
        self.refresh()

    def _listed(self, answer: Answer[tuple[StackSummary, ...] | Refusal]) -> None:
        if isinstance(answer.value, Refusal):
            self.notice.refuse(answer.value, self.lang)
        else:
            self._got(answer.value)

    def _got(self, found: tuple[StackSummary, ...]) -> None:
        kept = self.table.current().stack.stack_id if self.table.current() else ""  # type: ignore[union-attr]
        self.table.put(found)
        self._right.setVisible(bool(found))
        self._none.setText("" if found else self.t("stacks.none"))
        self._none.setVisible(not found)
        at = next((n for n, x in enumerate(found) if x.stack.stack_id == kept), 0)
        if found:
            self.table.selectRow(at)
            self._ask_forms()

    def _ask_forms(self) -> None:
        found = self.table.current()
        if found is not None:
            name = found.stack.name
            self.run(ops.show(name=name, states=(self.tray,)), lambda answer: self._got_forms(name, answer))

    def _got_forms(self, name: str, answer: Any) -> None:
        now = self.table.current()
        if now is None or now.stack.name != name or isinstance(answer.value, type(None)):
            return
        if not isinstance(answer.value, tuple):
            self.notice.refuse(answer.value, self.lang)
            return
        self._summary, rows = answer.value
        self.forms.put(rows)
        self._draw(answer.value[0])

    def _draw(self, found: StackSummary) -> None:
        for box in (self._facts, self._acts, self._sample):
            empty(box)
        stack = found.stack
        total = sum(found.counts.values())
        self._facts.addWidget(label(stack.name, kind="title", name="stackName"))
        facts = (
            self.t(f"stack.kind.{stack.kind}"),
            self.t("stacks.brought", who=stack.opened_by, day=day_text(stack.opened_at, self.lang)),
            stack.place_of_original,
        )
        self._facts.addWidget(label(" · ".join(x for x in facts if x), kind="small"))
        bar = QProgressBar()
        bar.setTextVisible(False)
        bar.setRange(0, max(total, 1))
        bar.setValue(total - found.waiting)
        words = self.t("stacks.progress", done=f"{total - found.waiting:,}", of=f"{total:,}")
        bar.setAccessibleName(words)
        self._facts.addWidget(bar)
        self._facts.addWidget(label(words, kind="small", name="stackProgress"))
        for state, made in self._trays.items():
            made.setText(f"{self.t(f'form.state.{state}')}  {found.counts.get(state, 0):,}")
        self._acts.addLayout(row(*self._buttons(found), 1, spacing=8))
        self._draw_sample(found)

    def _buttons(self, found: StackSummary) -> list[QWidget]:
        made: list[QWidget] = []
        working = found.stack.state in _WORKING
        if working and found.counts.get("to_check") and self.desk.state.may("check_evidence"):
            made.append(self._button("check", self.check, look="primary"))
        if working and found.counts.get("split") and self.desk.state.may("assign_forms"):
            made.append(self._button("assign", self._assign_chosen))
        if working and not found.waiting and self.desk.state.may("close_stack"):
            made.append(self._button("close", self._close, look="primary"))
        fresh = found.stack.kind is not StackKind.SCAN and found.stack.state is StackState.OPEN
        if fresh and self.desk.state.may("undo_consent_import"):
            made.append(self._button("undo", self._undo, look="danger"))
        return made

    def _draw_sample(self, found: StackSummary) -> None:
        stack = found.stack
        read = dict(stack.counts).get("clear", 0)  # of scans only what a machine read can go by sample
        if not self.desk.state.may("sample_stack") or (stack.kind is StackKind.SCAN and not stack.seed and not read):
            return
        if stack.state is StackState.SAMPLING:
            words = self.t("sample.running", count=stack.sample, seed=stack.seed)
            acts = [self._button("sample.finish", lambda: self._sampled("finish"))]
        elif stack.state is StackState.RETURNED:
            words, acts = self.t("sample.failed", seed=stack.seed), []
        elif stack.seed:
            words, acts = self.t("sample.carried", count=stack.sample, seed=stack.seed), []
        elif stack.state is StackState.OPEN and found.counts.get("to_check"):
            words = (
                self.t("sample.none") if stack.kind is not StackKind.SCAN else self.t("sample.none.read", count=read)
            )
            acts = [
                self._button("sample.draw", lambda: self._sampled("draw")),
                self._button("sample.try", lambda: self._sampled("try")),
            ]
        else:
            return
        if stack.seed:
            acts.append(self._button("sample.repeat", lambda: self._sampled("repeat")))
        if read:
            acts.append(self._button("sample.read", lambda: self._sampled("read")))
        tone = "red" if stack.state is StackState.RETURNED else "blue"
        self._sample.addWidget(banner(words, tone=tone, below=_beside(acts)))

    def _sampled(self, act: str) -> None:
        found = self.table.current()
        if found is None:
            return
        name = found.stack.name
        if act == "draw":
            self.ask(ops.draw_sample(name=name), self._told_drawn)
        elif act == "try":
            self.ask(ops.try_sample(name=name), self._told_tried)
        elif act == "read":
            self.ask(ops.read_again(name=name), self._told_read)
        elif act == "finish":
            self.ask(ops.finish_sample(name=name), self._told_finished)
        else:
            self.ask(ops.repeat_sample(name=name), self._told_repeated)

    def _told_drawn(self, made: Any) -> None:
        more = self.t("sample.drawn.more", seed=made.seed, by_eye=made.by_eye)
        self.notice.tell(self.t("sample.drawn", count=len(made.chosen), frame=made.frame), more=more)
        self.refresh()

    def _told_tried(self, made: Any) -> None:
        reasons = (f"{self.t(f'return.{code}')} {count:,}" for code, count in made.reasons)
        words = self.t("sample.tried", frame=made.frame, sample=made.sample, by_eye=len(made.kept))
        self.notice.tell(words, more=self.t("desk.list_sep").join(reasons), tone="neutral")

    def _told_read(self, made: Any) -> None:
        good = made.same == made.forms
        words = self.t("sample.read.told", same=made.same, forms=made.forms)
        self.notice.tell(words, tone="green" if good else "red")

    def _told_finished(self, made: Any) -> None:
        self.notice.tell(self.t("sample.finished", accepted=made.accepted, by_eye=made.by_eye))
        self.refresh()

    def _told_repeated(self, made: Any) -> None:
        key, tone = ("sample.same", "green") if made.same else ("sample.differs", "red")
        self.notice.tell(self.t(key, seed=made.seed), tone=tone)

    def _assign_chosen(self) -> None:
        found = self.forms.current()
        if self.tray is not FormState.SPLIT:
            self._trays[FormState.SPLIT].click()
        elif found is not None:
            self.assign(found.form)
        else:
            self.notice.tell(self.t("stacks.choose_form"), tone="neutral")

    def _open_form(self, found: FormRow) -> None:
        mendable = found.form.state in (FormState.SPLIT, FormState.RETURNED) and self.desk.state.may("assign_forms")
        if mendable:
            self.assign(found.form)
        elif found.form.state is FormState.TO_CHECK and self.desk.state.may("check_evidence"):
            self.check()

    def assign(self, form: Form) -> None:
        """Look at the form, then say whose it is, or which form it is a page of."""
        self.run(notices.versions(), lambda found: self._assign(form, found.value))

    def _assign(self, form: Form, versions: Any) -> None:
        dialog = ActDialog(
            self.desk,
            self,
            name="assignDialog",
            title=self.t("assign.title", place=form.place),
            effect=self.t("assign.effect"),
            act=self.t("assign.go"),
        )
        dialog.setMinimumWidth(720)
        if self.desk.state.may("check_evidence"):
            pane = DocumentPane(self.desk)
            pane.view.setMinimumHeight(240)
            dialog.put("assign.form", pane)
            self.run(ops.open_form(form_id=form.form_id), lambda found: _look(pane, found))
        person = dialog.put("assign.person", PersonPicker(self.desk, name="assignPerson"))
        known = [x for x in versions if x.state in (NoticeState.ACTIVE, NoticeState.RETIRED, NoticeState.HISTORICAL)]
        notice, items = choice(name="assignNotice"), choice(name="assignItem")
        fill_choice(notice, [(x.notice.ref, x.notice.ref) for x in known])
        every: list[tuple[str, object]] = [(self.t("assign.every_item"), "")]

        def fill() -> None:
            mine = next((x.notice.lines for x in known if x.notice.ref == notice.currentData()), ())
            fill_choice(items, [*every, *((item_label(x.item, self.lang), x.item) for x in mine)])

        fill()
        notice.currentIndexChanged.connect(lambda _: fill())
        dialog.pair(("record.notice", notice), ("record.item", items))
        day, place = day_box("assignDay"), line("assignPlace", hint="record.place.hint", lang=self.lang)
        dialog.pair(("stackdesk.day", day), ("record.place", place))
        to = dialog.put("assign.to", line("assignTo", hint="assign.to.hint", lang=self.lang))

        def make() -> Any:
            if to.text().strip():
                return self._join_task(form, to.text().strip())
            if not person.hcp_id:
                return dialog.missing("assign.person")
            lines = next((x.notice.lines for x in known if x.notice.ref == notice.currentData()), ())
            chosen = str(items.currentData() or "")
            signed = day_in(day)
            request = ops.AssignForm(
                form_id=form.form_id,
                hcp_id=person.hcp_id,
                notice=str(notice.currentData() or ""),
                items=(chosen,) if chosen else tuple(x.item for x in lines),
                signed_on=signed.isoformat() if signed else "",
                place=place.text().strip(),
            )
            return ops.assign(request=request)

        dialog.ask(make, lambda _: self._assigned())

    def _join_task(self, form: Form, place: str) -> Any:
        rows = [self.forms.rows.row(n) for n in range(self.forms.rows.rowCount())]
        known = {str(x.form.place): x.form.form_id for x in rows if x is not None}
        return ops.join(form_id=form.form_id, to=known.get(place, place))

    def _assigned(self) -> None:
        self.notice.tell(self.t("assign.done"))
        self.refresh()

    def _close(self) -> None:
        found = self.table.current()
        if found is not None:
            self.ask(ops.close(name=found.stack.name), self._closed)

    def _closed(self, made: Any) -> None:
        figures = {"accepted": made.accepted, "returned": made.returned, "deleted": made.deleted}
        self.notice.tell(self.t("stacks.closed", **figures))
        self.refresh()

    def _undo(self) -> None:
        found = self.table.current()
        if found is None:
            return
        name = found.stack.name
        dialog = ActDialog(
            self.desk,
            self,
            name="undoDialog",
            title=self.t("stacks.undo.title", stack=name),
            effect=self.t("stacks.undo.effect"),
            act=self.t("stacks.undo.go"),
            danger=True,
        )
        dialog.ask(lambda: ops.undo_import(name=name), self._undone)

    def _undone(self, made: Any) -> None:
        self.notice.tell(self.t("stacks.undone", acts=made.acts, people=made.people))
        self.refresh()

    def _setting(self) -> None:
        dialog = ActDialog(
            self.desk,
            self,
            name="sampleSettingDialog",
            title=self.t("sample.setting"),
            effect=self.t("sample.setting.effect"),
            act=self.t("sample.setting.go"),
        )
        box = choice(name="sampleSetting")
        fill_choice(box, [(self.t("sample.setting.on"), "on"), (self.t("sample.setting.off"), "")])
        dialog.put("sample.setting.caption", box)
        dialog.ask(lambda: ops.set_sample_check(on=bool(box.currentData())), self._set)

    def _set(self, made: Any) -> None:
        if not self.waits(made):
            self.notice.tell(self.t("sample.setting.done"))

    def _pick(self, state: FormState) -> None:
        self.tray = state
        self._ask_forms()

    def _button(self, name: str, act: Callable[[], object], *, look: str = "") -> QPushButton:
        key = name if name.startswith("sample.") else f"stacks.{name}"
        return button(key, act, look=look, name=f"stack_{name.replace('.', '_')}", lang=self.lang)

    def _lay(self) -> None:
        left, inside = card(margin=14, spacing=8)
        left.setFixedWidth(300)
        inside.addWidget(self.table, 1)
        inside.addWidget(self._none)
        if self.desk.state.may("take_in_scans"):
            inside.addWidget(self._button("scan", lambda: self.take_in("scan"), look="primary"))
        if self.desk.state.may("import_consents"):
            both = row(
                self._button("list", lambda: self.take_in("list")), self._button("log", lambda: self.take_in("log"))
            )
            inside.addLayout(both)
        if self.desk.state.may("change_settings"):
            inside.addWidget(self._button("sample.setting", self._setting, look="link"))
        right, body = card(margin=18, spacing=9)
        body.addLayout(self._facts)
        body.addLayout(self._acts)
        body.addLayout(self._sample)
        trays = row(spacing=8)
        for state in TRAYS:
            made = QPushButton()
            made.setObjectName(f"tray_{state}")
            made.setProperty("look", "pick")
            made.setCheckable(True)
            made.setAutoDefault(False)
            made.setChecked(state is self.tray)
            made.clicked.connect(lambda _=False, x=state: self._pick(x))
            self._group.addButton(made)
            self._trays[state] = made
            trays.addWidget(made)
        trays.addStretch(1)
        body.addLayout(trays)
        body.addWidget(self.forms, 1)
        self._right.setLayout(column(right))
        first = QWidget()
        whole = row(left, column(self.notice, self._right, spacing=10), spacing=16)
        whole.setStretch(1, 1)
        whole.setContentsMargins(0, 14, 28, 18)
        first.setLayout(whole)
        self._views.addWidget(first)
        self._views.addWidget(self.desk_view)
        self.setLayout(column(self._views))


def _look(pane: DocumentPane, answer: Any) -> None:
    found = answer.value
    if isinstance(found, DeskForm):
        form = found.form
        pane.show_document(EvidenceFile(media_type=form.media_type, data=found.data, sha256=form.sha256))
    else:
        pane.notice.refuse(found, pane.lang)


def _beside(parts: list[QPushButton]) -> QWidget:
    holder = QWidget()
    holder.setLayout(row(*parts, 1, spacing=8))
    return holder


def _items(form: Form, lang: Lang) -> str:
    return t("desk.list_sep", lang).join(item_label(a.item, lang) for a in form.answers) or "—"


def _pages(form: Form) -> str:
    return f"{form.pages}/{form.expected}" if form.expected else str(form.pages)


def _filed(form: Form, lang: Lang) -> str:
    return t(f"form.filed.{form.filed}", lang) if form.filed else "—"


def _why(form: Form, lang: Lang) -> str:
    found = (code.removeprefix("by_eye:").removeprefix("otherwise:") for code in (form.reason, *form.findings))
    read = form.reading.faults if form.reading and form.state is FormState.TO_CHECK else ()
    codes = [code for code in (*found, *read) if code]
    named = (t(f"return.{c}", lang) if has(f"return.{c}") else c for c in codes)
    return t("desk.list_sep", lang).join(dict.fromkeys(named)) or "—"
