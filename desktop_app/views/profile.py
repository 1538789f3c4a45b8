"""One person for one purpose: shown values by dimension, what is not shown as grey names, consents, border, history.

What is shown is watched (``desktop_app/views/watch.py``): a withdrawal at another seat clears the page and shows what
is allowed now.
"""

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QDialog, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from compliance.clock import SHANGHAI, shanghai_day
from compliance.model.access import Purpose
from compliance.model.answer import Answer, Refusal
from compliance.model.consent import LineStatus
from compliance.model.limits import day_end
from compliance.model.profile import ProfileView, ShownField
from compliance.use_cases.seeing.view_marks import Seen
from desktop_app.operations import asking
from desktop_app.views.consent_acts import ConsentActs
from desktop_app.views.page import Desk, Page
from desktop_app.views.person_acts import PersonActs
from desktop_app.views.watch import Watch
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import button, card, chip, column, label, picture, row, scroll
from desktop_app.widgets.dialogs import confirm
from desktop_app.widgets.field_row import value_words
from desktop_app.widgets.flow import Flow
from desktop_app.widgets.form import day_box, day_in
from desktop_app.widgets.gauges import channels_card, gauge_row
from desktop_app.widgets.hidden_names import HiddenNames
from desktop_app.widgets.person_row import STATE_TONES, state_of
from desktop_app.widgets.profile_cards import (
    BORDER_TONES,
    border_card,
    by_dimension,
    consents_card,
    counts_line,
    dimension_card,
    history_card,
    missing_card,
)
from desktop_app.widgets.refusal import refusal_panel
from desktop_app.widgets.why import WhyDialog
from desktop_app.words import is_stored, policy_label, purpose_label

if TYPE_CHECKING:
    from compliance.use_cases.field.rep_missing import Around
    from desktop_app.views.people import PeoplePage

_NARROW = 700
_HEAD = ("full_name", "professional_title", "department", "institution_name")


class ProfilePane(Page):
    """The right side of People."""

    def __init__(self, desk: Desk, people: "PeoplePage") -> None:
        super().__init__(desk)
        self._people = people
        self.hcp_id = ""
        self.case_id = ""
        self._view: ProfileView | Refusal | None = None
        self._lines: tuple[LineStatus, ...] | None = None
        self._history: Any = None
        self._revealed: dict[str, ShownField] = {}
        self._then: date | None = None
        self._around: Around | None = None  # on a rep's computer alone
        self._narrow = self._covered = False
        self.watch = Watch(self, again=self._changed_elsewhere, cover=self._cover)
        self.acts = PersonActs(desk, self, person=lambda: self.hcp_id, opened=self._case_opened)
        self.items = ConsentActs(desk, self, person=lambda: self.hcp_id, changed=self._ask_lines)
        inner = QWidget()
        self._sheets = QVBoxLayout(inner)
        self._sheets.setContentsMargins(0, 0, 0, 0)
        self._area = scroll(inner)
        self._turn()
        whole = column(self.notice, self._area, spacing=0)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        QShortcut(QKeySequence("?"), self).activated.connect(self._why_focused)
        QShortcut(QKeySequence("Ctrl+P"), self).activated.connect(self.preview_sheet)

    def open(self, hcp_id: str) -> None:
        """Ask for this person under the purpose now."""
        if hcp_id != self.hcp_id:
            self.case_id = ""
            self.notice.clear()  # what was said concerned the one before
        self.hcp_id = hcp_id
        purpose = self._people.purpose
        if self._people.rep_vault:
            from desktop_app.operations import packs

            self.run(packs.profile(hcp_id=hcp_id), self._got)
        elif purpose is not None:
            from desktop_app.operations import people

            task = people.open_profile(
                hcp_id=hcp_id, purpose=purpose, case_id=self.case_id or None, as_rep=self._people.seen_as
            )
            self.run(task, self._got)

    def clear(self) -> None:
        """Show nobody."""
        self.hcp_id, self.case_id = "", ""
        self._forget()

    def invite(self, *, none: bool = False) -> None:
        """Nobody is chosen: say what to do."""
        self.clear()
        key = "people.empty" if none else "people.choose"
        words = label(self.t(key), kind="muted")
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._box.addStretch(1)
        self._box.addLayout(row(1, picture("person", "#B9C7DA", 52), 1))
        self._box.addWidget(words)
        self._box.addStretch(2)

    def render_words(self) -> None:
        """Draw what is here again."""
        if self._view is not None:
            self._draw()
        elif not self.hcp_id:
            self.invite()

    def _forget(self) -> None:
        """Keep no value: neither here nor on a widget."""
        self._covered = False
        self.watch.off()
        self._view = self._lines = self._history = self._around = None
        self._revealed.clear()
        self._close_past()
        self._turn(detach=True)

    def _turn(self, *, detach: bool = False) -> None:
        """An empty sheet; the one before goes as a whole, hidden now, destroyed in the next turn of the event loop.

        Taking it out of the window's tree even before that dresses all its parts once more: where values must not stay.
        """
        if (gone := self._sheets.takeAt(0)) is not None and (before := gone.widget()) is not None:
            before.hide()
            if detach:
                before.setParent(None)
            before.deleteLater()
        sheet = QWidget()
        self._box = QVBoxLayout(sheet)
        self._box.setContentsMargins(26, 22, 26, 30)
        self._box.setSpacing(16)
        self._standing = QWidget()
        self._standing.hide()
        self._sheets.addWidget(sheet)

    def _close_past(self) -> None:
        for dialog in self.findChildren(QDialog, "historyDialog"):
            dialog.close()

    def _changed_elsewhere(self) -> None:
        """What is shown no longer holds: nothing of it stays while the use case is asked anew."""
        self._forget()
        self.open(self.hcp_id)
        self.notice.tell(self.t("profile.changed"), tone="amber")

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Marks of values go below them where there is no room beside."""
        super().resizeEvent(event)
        narrow = event.size().width() < _NARROW
        if narrow is not self._narrow:
            self._narrow = narrow
            if self._view is not None and not self._covered:
                self._draw()

    def _cover(self, cover: bool) -> None:
        self._covered = cover
        if cover:
            self._close_past()
            self._turn(detach=True)
            self._box.addWidget(label(self.t("profile.covered"), kind="muted", name="profileCovered"))
            self._box.addStretch(1)
        else:
            self._draw()

    def _got(self, answer: "Answer[ProfileView | Refusal]") -> None:
        view = answer.value
        if isinstance(view, ProfileView) and view.hcp_id != self.hcp_id:
            return  # the reader has moved on
        self._watch(view)
        self._view, self._lines, self._history, self._then, self._around = view, None, None, None, None
        self._revealed.clear()
        self._draw()
        self._area.verticalScrollBar().setValue(0)
        self._ask_lines()
        if self._people.rep_vault:
            from desktop_app.operations import packs

            shown = view if isinstance(view, ProfileView) else None
            self.run(packs.around(hcp_id=self.hcp_id, view=shown), partial(self._got_around, self.hcp_id))

    def _got_around(self, hcp_id: str, answer: "Answer[Around]") -> None:
        if hcp_id == self.hcp_id and self._view is not None:
            self._around = answer.value
            self._draw()

    def _watch(self, view: ProfileView | Refusal) -> None:
        if not self._people.rep_vault:  # a rep's own vault has one seat and changes by packs alone
            mark = view.mark if isinstance(view, ProfileView) else ""
            case = self.case_id or None
            self.watch.on(Seen(hcp_ids=(self.hcp_id,), mark=mark, as_rep=self._people.seen_as, case_id=case))

    def _ask_lines(self) -> None:
        """Statuses; also where the person is closed to this purpose, because what may be done depends on them."""
        if self.hcp_id and self._may("consent_status"):
            from desktop_app.operations import consents

            then = day_end(self._then) if self._then else None
            self.run(consents.status(hcp_id=self.hcp_id, as_of=then), self._got_lines)

    def look_back(self, day: date | None) -> None:
        """Show how the items stood at the end of ``day``, by what was known then; None is now."""
        self._then = day
        self._ask_lines()

    def _ask_day(self) -> None:
        dialog = ActDialog(
            self.desk,
            self,
            name="thenDialog",
            title=self.t("profile.then.title"),
            effect=self.t("profile.then.effect"),
            act=self.t("profile.then.go"),
        )
        box = dialog.put("profile.then.day", day_box("thenDay", shanghai_day(self.desk.clock.now())))
        dialog.choose(lambda: self.look_back(day_in(box)))

    def _past(self) -> QPushButton:
        if self._then is not None:
            return button("profile.then.now", lambda: self.look_back(None), look="link", lang=self.lang)
        return button("profile.then", self._ask_day, look="link", name="profileThen", lang=self.lang)

    def _consents(self) -> QFrame:
        return consents_card(self._lines or (), self.lang, act=self.items.button, then=self._then, past=self._past())

    def _got_lines(self, answer: "Answer[tuple[LineStatus, ...] | Refusal]") -> None:
        if not isinstance(answer.value, Refusal):
            self._lines = answer.value
            if self._view is not None and not self._covered:
                self._draw_lines()

    def _draw(self) -> None:
        self._turn()
        view = self._view
        if isinstance(view, Refusal):
            self._box.addWidget(label(self.hcp_id, kind="title", name="profileName"))
            if action := self._around.action if self._around is not None else view.action:  # first what may be done
                kind, _, day = action.partition(":")
                self._box.addWidget(label(self.t(f"desk.action.{kind}", day=day), kind="heading", name="profileAction"))
            self._box.addWidget(refusal_panel(view, self.lang))
            self._box.addLayout(row(Flow(gap=10).add(*self._acts())))
            self._box.addWidget(self._standing)
            self._draw_lines()
            self._box.addStretch(1)
        elif view is not None:
            self._box.addWidget(self._head(view))
            if view.channels:
                self._box.addWidget(channels_card(view.channels, self.lang))
            self._box.addWidget(self._standing)
            self._draw_lines()
            why = None if self._people.rep_vault else self.ask_why
            for dimension, fields in by_dimension(view).items():
                made = dimension_card(
                    dimension, fields, self.lang, revealed=self._revealed, why=why, narrow=self._narrow
                )
                self._box.addWidget(made)
            if self._around is not None and self._around.missing:
                self._box.addWidget(missing_card(self._around.missing, self.lang, why=self.ask_why))
            if view.cross_border:
                self._box.addWidget(border_card(view.cross_border, self.lang))
            if self._history is not None:
                self._box.addWidget(history_card(self._history, self.lang))
            elif self._may("see_timeline"):
                self._box.addLayout(row(self._button("profile.history.show", self._ask_history), 1))
            self._box.addStretch(1)

    def _draw_lines(self) -> None:
        """Statuses come after the rest and change apart from it: what stands around them is not made anew."""
        before, self._standing = self._standing, QWidget()
        if self._lines:
            self._standing.setLayout(column(self._consents(), self._over_time(), spacing=16))
        else:
            self._standing.hide()
        self._box.replaceWidget(before, self._standing)
        before.hide()
        before.deleteLater()

    def _head(self, view: ProfileView) -> QFrame:
        frame, inside = card(name="card", margin=22, spacing=9)
        texts = {key: value_words(f, self.lang) for key in _HEAD if (f := view.field(key)) and f.value}
        name = label(texts.get("full_name") or self.t("desk.name_hidden"), kind="display", name="profileName")
        where = " · ".join(texts[k] for k in ("institution_name", "department") if k in texts)
        seen = self._people.seen_as
        chips: list[QWidget] = [chip(purpose_label(view.purpose, self.lang), "blue", name="profilePurpose")]
        if seen:
            chips.append(chip(self.t("people.as_rep", rep=seen), "amber", name="profileSeenAs"))
        for state in view.cross_border[:1]:
            chips.append(chip(self.t(f"border.{state.state}"), BORDER_TONES[state.state], name="profileBorder"))
        for ends in (one for one in STATE_TONES if one in view.flags):
            chips.append(chip(policy_label("block", ends, self.lang), STATE_TONES[ends], name=f"profileState_{ends}"))
        status = view.field("record_status")
        if not state_of(view.flags) and status and status.value and status.value != "active":
            chips.append(chip(value_words(status, self.lang), "red"))
        name.setWordWrap(False)
        title = label(texts.get("professional_title", ""), kind="muted", name="profileTitle")
        title.setAlignment(Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft)
        title.setContentsMargins(0, 0, 0, 5)
        top = row(name, title, spacing=12)
        top.setStretch(1, 1)
        inside.addLayout(top)
        if where:
            inside.addWidget(label(where, name="profileWhere"))
        inside.addLayout(row(Flow().add(*chips)))
        inside.addWidget(label(counts_line(view, self.lang), kind="small", name="profileCounts"))
        if view.gauges is not None and view.gauges.permitted:
            inside.addLayout(gauge_row(view.gauges, self.lang))
        acts = self._acts(ended=bool(state_of(view.flags)))
        if acts:
            inside.addLayout(row(Flow(gap=10).add(*acts)))
        return frame

    def _acts(self, *, ended: bool = False) -> list[QWidget]:
        """``ended``: contact has ended, so that asking is not what the page offers first."""
        if self._people.rep_vault:
            return [
                self._button("profile.ask", self._ask_in_person, look="primary"),
                self._button("profile.withdraw", self._withdraw_here),
            ]
        if self._people.seen_as:
            return [self._button("profile.sheet", self.preview_sheet)]
        made: list[QWidget] = []
        if self._may("record_consent"):
            made.append(self._button("profile.ask", self._ask_in_person, look="" if ended else "primary"))
            made.append(self._button("profile.record", lambda: self._people.record(self.hcp_id)))
        if self._may("withdraw"):
            made.append(self._button("profile.withdraw", lambda: self._people.withdraw(self.hcp_id)))
        if self._people.purpose is Purpose.RIGHTS and self._may("open_case"):
            known = bool(self.case_id)
            made.append(
                self._button("profile.case.close", self._close_case)
                if known
                else self._button("profile.case", self.acts.case)
            )
        if (more := self.acts.menu_button()) is not None:
            made.append(more)
        return made

    def _button(self, key: str, act: Any, *, look: str = "") -> QPushButton:
        return button(key, act, look=look, name=key.replace(".", "_"), lang=self.lang)

    def _over_time(self) -> QHBoxLayout:
        made: list[QWidget] = [self._button("profile.time", self.show_time, look="link")]
        if self._may("proof_pack"):
            made.append(self._button("profile.proof", self._ask_proof, look="link"))
        return row(*made, 1, spacing=16)

    def _ask_in_person(self) -> None:
        self.desk.state.go.emit("consents", ("ask", self.hcp_id))

    def _withdraw_here(self) -> None:
        """On a rep's computer: everything is taken back at once; it acts here now and goes to the office."""
        title, effect = self.t("profile.withdraw"), self.t("rep.withdraw.effect")
        if confirm(self, self.lang, title=title, effect=effect, act=self.t("rep.withdraw.go"), danger=True):
            now = self.desk.clock.now().astimezone(SHANGHAI).isoformat()
            task = asking.withdraw_all(hcp_id=self.hcp_id, received_at=now, channel=self.t("rep.withdraw.channel"))
            self.ask(task, lambda _: self.notice.tell(self.t("rep.withdraw.done")))

    def show_time(self) -> None:
        """The person's consents over time."""
        from desktop_app.views.consent_time import TimeDialog

        TimeDialog(self.desk, self, hcp_id=self.hcp_id).open()

    def preview_sheet(self) -> None:
        """The page this rep would hold, beside what I read."""
        from desktop_app.views.sheet_preview import SheetPreviewDialog

        rep, purpose = self._people.seen_as, self._people.purpose
        if rep and purpose is not None:
            SheetPreviewDialog(self.desk, self, hcp_id=self.hcp_id, purpose=purpose, rep=rep).open()

    def _ask_proof(self) -> None:
        from desktop_app.views.proof_pack import ask_proof

        ask_proof(self.desk, self, hcp_id=self.hcp_id, case_id=self.case_id)

    def _ask_history(self) -> None:
        from desktop_app.operations import people

        self.ask(people.timeline(hcp_id=self.hcp_id), self._got_history)

    def _got_history(self, items: Any) -> None:
        self._history = items
        self._draw()

    def _close_case(self) -> None:
        from desktop_app.operations import people

        self.ask(people.close_case(case_id=self.case_id), lambda _: self._case_closed())

    def _case_closed(self) -> None:
        hcp_id, self.case_id = self.hcp_id, ""
        self.open(hcp_id)
        self.notice.tell(self.t("profile.case.closed"))

    def _case_opened(self, case: Any) -> None:
        self.case_id = case.case_id
        self.open(self.hcp_id)

    def ask_why(self, key: str) -> None:
        """Show the card for one field."""
        view = self._view
        if not isinstance(view, ProfileView):
            return
        from desktop_app.operations import packs, people

        if self._people.rep_vault:
            task = packs.why(hcp_id=self.hcp_id, key=key, purpose=view.purpose)
        else:
            task = people.why(hcp_id=self.hcp_id, key=key, purpose=view.purpose, as_rep=self._people.seen_as)
        self.ask(task, lambda why: self._show_why(key, str(view.purpose), why))
        self.watch.look()

    def _show_why(self, key: str, purpose: str, why: Any) -> None:
        may_reveal = not self._people.rep_vault and self._people.seen_as is None and self._may("reveal")
        reveal = (lambda: self._reveal(key)) if may_reveal else None
        own = not self._people.rep_vault and self._people.seen_as is None and is_stored(key)
        earlier = (lambda: self._ask_earlier(key)) if own else None
        WhyDialog(self, self.lang, key=key, purpose=purpose, why=why, reveal=reveal, earlier=earlier).open()

    def _ask_earlier(self, key: str) -> None:
        from desktop_app.operations import people

        view = self._view
        if isinstance(view, ProfileView):
            task = people.history(hcp_id=self.hcp_id, key=key, purpose=view.purpose, case_id=self.case_id or None)
            self.ask(task, self._show_earlier)
            self.watch.look()

    def _show_earlier(self, found: Any) -> None:
        from desktop_app.views.value_history import HistoryDialog

        if self._view is not None and found.hcp_id == self.hcp_id:
            HistoryDialog(self.desk, self, found=found, case_id=self.case_id, again=self._said_of_value).open()

    def _said_of_value(self, text: str) -> None:
        self.open(self.hcp_id)
        self.notice.tell(text)

    def _reveal(self, key: str) -> None:
        from desktop_app.operations import people

        view = self._view
        if isinstance(view, ProfileView):
            task = people.reveal(hcp_id=self.hcp_id, key=key, purpose=view.purpose, case_id=self.case_id or None)
            self.ask(task, lambda shown: self._show_revealed(key, shown))
            self.watch.look()

    def _show_revealed(self, key: str, shown: ShownField) -> None:
        if self._view is not None:  # not after a change has cleared the page
            self._revealed[key] = shown
            self._draw()

    def _why_focused(self) -> None:
        focused = QApplication.focusWidget()
        name = focused.objectName() if focused is not None else ""
        key = focused.current if isinstance(focused, HiddenNames) else name.removeprefix("why_")
        if key != name and key:
            self.ask_why(key)

    def _may(self, act: str) -> bool:
        return self._people.seen_as is None and self.desk.state.may(act)
