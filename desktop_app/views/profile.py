"""One person for one purpose: shown values by dimension, what is not shown as grey names, consents, border, history."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QFrame, QGridLayout, QPushButton, QVBoxLayout, QWidget

from compliance.model.access import FieldState, Purpose
from compliance.model.answer import Answer, Refusal
from compliance.model.consent import LineStatus
from compliance.model.profile import CrossBorder, CrossBorderState, ProfileView, ShownField
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import button, card, chip, column, empty, label, picture, row, scroll
from desktop_app.widgets.consent_lines import consent_lines
from desktop_app.widgets.field_row import add_field, hidden_chip, value_words
from desktop_app.widgets.flow import Flow
from desktop_app.widgets.refusal import refusal_panel
from desktop_app.widgets.why import WhyDialog
from desktop_app.words import dimension_of, field_label, item_label, policy_label, purpose_label, time_text

if TYPE_CHECKING:
    from desktop_app.views.people import PeoplePage

_HEAD = ("full_name", "professional_title", "department", "institution_name")
_BORDER_TONES = {
    CrossBorder.NEVER_LEFT: "green",
    CrossBorder.CONSENTED: "blue",
    CrossBorder.SENT: "amber",
    CrossBorder.BLOCKED: "red",
}


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
        self._box = QVBoxLayout()
        self._box.setContentsMargins(26, 22, 26, 30)
        self._box.setSpacing(16)
        inner = QWidget()
        inner.setLayout(self._box)
        self._area = scroll(inner)
        whole = column(self.notice, self._area, spacing=0)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        QShortcut(QKeySequence("?"), self).activated.connect(self._why_focused)

    def open(self, hcp_id: str) -> None:
        """Ask for this person under the purpose now."""
        if hcp_id != self.hcp_id:
            self.case_id = ""
        self.hcp_id = hcp_id
        purpose = self._people.purpose
        if self._people._rep_vault:
            from desktop_app.operations import packs

            self.run(packs.profile(hcp_id=hcp_id, purpose=purpose or Purpose.VISIT), self._got)
        elif purpose is not None:
            from desktop_app.operations import people

            task = people.open_profile(
                hcp_id=hcp_id, purpose=purpose, case_id=self.case_id or None, as_rep=self._people.seen_as
            )
            self.run(task, self._got)

    def clear(self) -> None:
        """Show nobody."""
        self.hcp_id, self.case_id = "", ""
        self._view = self._lines = self._history = None
        self._revealed.clear()
        empty(self._box)

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
            self.invite(none=self._people.model.total == 0)

    def _got(self, answer: "Answer[ProfileView | Refusal]") -> None:
        view = answer.value
        if isinstance(view, ProfileView) and view.hcp_id != self.hcp_id:
            return  # the reader has moved on
        self._view, self._lines, self._history = view, None, None
        self._revealed.clear()
        self._draw()
        self._area.verticalScrollBar().setValue(0)
        if isinstance(view, ProfileView) and not self._people._rep_vault and self._people.seen_as is None:
            from desktop_app.operations import consents

            if self._may("consent_status"):
                self.run(consents.status(hcp_id=self.hcp_id), self._got_lines)

    def _got_lines(self, answer: "Answer[tuple[LineStatus, ...] | Refusal]") -> None:
        if not isinstance(answer.value, Refusal):
            self._lines = answer.value
            self._draw()

    def _draw(self) -> None:
        empty(self._box)
        view = self._view
        if isinstance(view, Refusal):
            self._box.addWidget(label(self.hcp_id, kind="title", name="profileName"))
            self._box.addWidget(refusal_panel(view, self.lang))
            self._box.addLayout(row(*self._acts(), 1))
            self._box.addStretch(1)
        elif view is not None:
            self._box.addWidget(self._head(view))
            if self._lines:
                self._box.addWidget(self._consents())
            for dimension, fields in _by_dimension(view).items():
                self._box.addWidget(self._dimension(dimension, fields))
            if view.cross_border:
                self._box.addWidget(self._border(view.cross_border))
            if self._may("see_timeline"):
                self._box.addWidget(self._timeline())
            self._box.addStretch(1)

    def _head(self, view: ProfileView) -> QFrame:
        frame, inside = card(name="card", margin=22)
        texts = {key: value_words(f, self.lang) for key in _HEAD if (f := view.field(key)) and f.value}
        name = label(texts.get("full_name") or self.t("desk.name_hidden"), kind="display", name="profileName")
        title = label(texts.get("professional_title", ""), kind="muted")
        where = " · ".join(texts[k] for k in ("institution_name", "department") if k in texts)
        seen = self._people.seen_as
        chips: list[QWidget] = [chip(purpose_label(view.purpose, self.lang), "blue", name="profilePurpose")]
        if seen:
            chips.append(chip(self.t("people.as_rep", rep=seen), "amber", name="profileSeenAs"))
        for state in view.cross_border[:1]:
            chips.append(chip(self.t(f"border.{state.state}"), _BORDER_TONES[state.state], name="profileBorder"))
        status = view.field("record_status")
        if status and status.value and status.value != "active":
            chips.append(chip(value_words(status, self.lang), "red"))
        counts = self.t(
            "profile.counts",
            shown=sum(f.state in (FieldState.DISCLOSED, FieldState.GENERALISED) for f in view.fields),
            masked=sum(f.state is FieldState.MASKED for f in view.fields),
            hidden=sum(f.state is FieldState.WITHHELD for f in view.fields),
        )
        inside.addLayout(row(name, 1))
        inside.addWidget(title) if texts.get("professional_title") else title.deleteLater()
        if where:
            inside.addWidget(label(where, name="profileWhere"))
        inside.addLayout(row(Flow().add(*chips)))
        code = self.t("profile.logged", hcp=view.hcp_id, index=view.audit_index)
        inside.addWidget(label(f"{counts}    {code}", kind="small", name="profileCounts"))
        acts = self._acts()
        if acts:
            inside.addLayout(row(*acts, 1))
        return frame

    def _acts(self) -> list[QWidget]:
        if self._people._rep_vault or self._people.seen_as:
            return []
        made: list[QWidget] = []
        if self._may("record_consent"):
            made.append(self._button("profile.record", lambda: self._people.record(self.hcp_id), look="primary"))
        if self._may("withdraw"):
            made.append(self._button("profile.withdraw", lambda: self._people.withdraw(self.hcp_id)))
        if self._people.purpose is Purpose.RIGHTS and not self.case_id and self._may("open_case"):
            made.append(self._button("profile.case", self._open_case))
        return made

    def _button(self, key: str, act: Any, *, look: str = "") -> QPushButton:
        return button(key, act, look=look, name=key.replace(".", "_"), lang=self.lang)

    def _dimension(self, dimension: str, fields: list[ShownField]) -> QFrame:
        frame, inside = card(name="card", spacing=8)
        inside.addWidget(label(policy_label("dimension", dimension, self.lang), kind="heading"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(9)
        grid.setColumnMinimumWidth(0, 150)
        grid.setColumnStretch(1, 1)
        shown = [f for f in fields if f.state is not FieldState.WITHHELD and f.value]
        blank = [f for f in fields if f.state is not FieldState.WITHHELD and not f.value]
        why = None if self._people._rep_vault else self.ask_why
        for field in shown:
            add_field(grid, self._revealed.get(field.key, field), self.lang, why=why)
        if shown:
            inside.addLayout(grid)
        if blank:
            names = self.t("desk.list_sep").join(field_label(f.key, self.lang) for f in blank)
            inside.addWidget(label(self.t("profile.blank", names=names), kind="small"))
        hidden = [f for f in fields if f.state is FieldState.WITHHELD]
        if hidden:
            inside.addWidget(label(self.t("profile.not_shown"), kind="small"))
            inside.addLayout(Flow(gap=6).add(*(hidden_chip(f, self.lang, why=self.ask_why) for f in hidden)))
        return frame

    def _consents(self) -> QFrame:
        frame, inside = card(name="card")
        inside.addWidget(label(self.t("profile.consents"), kind="heading"))
        inside.addLayout(consent_lines(self._lines or (), self.lang))
        return frame

    def _border(self, states: tuple[CrossBorderState, ...]) -> QFrame:
        frame, inside = card(name="card")
        inside.addWidget(label(self.t("profile.border"), kind="heading"))
        for state in states:
            to = (
                self.t("profile.border.to", recipient=state.recipient)
                if state.recipient
                else self.t("profile.border.all")
            )
            inside.addLayout(row(label(to), 1, chip(self.t(f"border.{state.state}"), _BORDER_TONES[state.state])))
        return frame

    def _timeline(self) -> QFrame:
        frame, inside = card(name="card")
        inside.addWidget(label(self.t("profile.history"), kind="heading"))
        if self._history is None:
            inside.addLayout(row(self._button("profile.history.show", self._ask_history, look="link"), 1))
            return frame
        for item in self._history[:60]:
            params = {k: item_label(str(v), self.lang) if k == "item" else v for k, v in dict(item.params).items()}
            what = self.t(item.text_key, **params)
            when = label(time_text(item.at), kind="small")
            when.setFixedWidth(150)
            line = row(when, label(what), label(f"{item.actor} · #{item.index}", kind="small"), spacing=12)
            line.setStretch(1, 1)
            inside.addLayout(line)
        return frame

    def _ask_history(self) -> None:
        from desktop_app.operations import people

        self.ask(people.timeline(hcp_id=self.hcp_id), self._got_history)

    def _got_history(self, items: Any) -> None:
        self._history = items
        self._draw()

    def _open_case(self) -> None:
        from desktop_app.operations import people

        self.ask(people.open_case(hcp_id=self.hcp_id, kind="request"), self._case_opened)

    def _case_opened(self, case: Any) -> None:
        hcp_id, self.case_id = self.hcp_id, case.case_id
        self.open(hcp_id)

    def ask_why(self, key: str) -> None:
        """Show the card for one field."""
        view = self._view
        if not isinstance(view, ProfileView) or self._people._rep_vault:
            return
        from desktop_app.operations import people

        task = people.why(hcp_id=self.hcp_id, key=key, purpose=view.purpose, as_rep=self._people.seen_as)
        self.ask(task, lambda why: self._show_why(key, str(view.purpose), why))

    def _show_why(self, key: str, purpose: str, why: Any) -> None:
        may_reveal = self._people.seen_as is None and self._may("reveal")
        reveal = (lambda: self._reveal(key)) if may_reveal else None
        WhyDialog(self, self.lang, key=key, purpose=purpose, why=why, reveal=reveal).open()

    def _reveal(self, key: str) -> None:
        from desktop_app.operations import people

        view = self._view
        if isinstance(view, ProfileView):
            task = people.reveal(hcp_id=self.hcp_id, key=key, purpose=view.purpose, case_id=self.case_id or None)
            self.ask(task, lambda shown: self._show_revealed(key, shown))

    def _show_revealed(self, key: str, shown: ShownField) -> None:
        self._revealed[key] = shown
        self._draw()

    def _why_focused(self) -> None:
        focused = QApplication.focusWidget()
        name = focused.objectName() if focused is not None else ""
        for mark in ("why_", "hidden_"):
            if name.startswith(mark):
                self.ask_why(name.removeprefix(mark))

    def _may(self, act: str) -> bool:
        from compliance.use_cases.duties import may

        sitting = self.desk.state.sitting
        return bool(sitting and not sitting.rep and self._people.seen_as is None and may(sitting.role, act))


def _by_dimension(view: ProfileView) -> dict[str, list[ShownField]]:
    groups: dict[str, list[ShownField]] = {}
    for field in view.fields:
        if field.key not in ("hcp_id",):
            groups.setdefault(dimension_of(field.key) or "identity", []).append(field)
    return groups
