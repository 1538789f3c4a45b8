"""Exceptional access in the window: asking for it, what is in force on Today, and the look while it lasts.

The look watches its end as every open view does: when the minutes are over, it was ended or reviewed, or the person
withdrew, it clears itself and shows what is answered now.
"""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QPushButton, QVBoxLayout, QWidget

from compliance.i18n import t
from compliance.model.access import Purpose
from compliance.model.answer import Answer, Refusal
from compliance.model.profile import ProfileView
from compliance.use_cases.seat.session import shipped_policy
from compliance.use_cases.seeing.exceptional import ExceptionalLine
from compliance.use_cases.seeing.lending import Exceptional, lent_roles, reasons
from compliance.use_cases.seeing.view_marks import Seen
from desktop_app.operations import exceptional as ops
from desktop_app.views.page import Desk, Page
from desktop_app.views.watch import Watch
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import button, card, chip, choice, column, empty, fill_choice, hline, label, row, scroll
from desktop_app.widgets.field_row import value_words
from desktop_app.widgets.form import count_line, count_of
from desktop_app.widgets.profile_cards import by_dimension, counts_line, dimension_card
from desktop_app.widgets.refusal import refusal_panel
from desktop_app.words import purpose_label, time_text

_MINUTES = 30


def lent_to(desk: Desk) -> list[Purpose]:
    """Purposes this user could be lent a role for."""
    sitting = desk.state.sitting
    purposes = shipped_policy().purposes
    return [p for p in lent_roles() if sitting is not None and sitting.role not in purposes[p].roles]


def ask_exceptional(desk: Desk, page: Page, *, hcp_id: str) -> ActDialog:
    """The window that asks for it."""
    dialog = ActDialog(
        desk,
        page,
        name="exceptionalDialog",
        title=page.t("person.exceptional.title"),
        effect=page.t("person.exceptional.effect"),
        act=page.t("person.exceptional.go"),
    )
    purpose = dialog.put("exports.purpose", choice(name="exceptionalPurpose"))
    fill_choice(purpose, [(purpose_label(p, page.lang), p) for p in lent_to(desk)])
    reason = dialog.put("person.exceptional.reason", choice(name="exceptionalReason"))
    fill_choice(reason, [(page.t(f"exceptional.reason.{code}"), code) for code in reasons()])
    minutes = dialog.put("person.exceptional.minutes", count_line("exceptionalMinutes"))
    minutes.setText(str(_MINUTES))

    def make() -> Any:
        return ops.ask(
            hcp_id=hcp_id,
            purpose=Purpose(purpose.currentData()),
            minutes=count_of(minutes),
            reason=str(reason.currentData()),
        )

    return dialog.ask(make, lambda made: page.told(made, ""))


def exceptional_card(page: Page, lines: Sequence[ExceptionalLine], *, ended: Callable[[], None]) -> QFrame | None:
    """What is in force now; None when nothing is."""
    running = [one.access for one in lines if one.is_open]
    if not running:
        return None
    frame, inside = card(name="card")
    holder = QFrame()
    holder.setObjectName("todayExceptional")
    body = column(spacing=10)
    sitting = page.desk.state.sitting
    for number, one in enumerate(running):
        if number:
            body.addWidget(hline())
        about = f"{one.hcp_id} · {one.user} · {page.t(f'exceptional.reason.{one.reason}')}"
        words = column(label(purpose_label(one.purpose, page.lang)), label(about, kind="small"), spacing=2)
        until = chip(page.t("exceptional.until", time=time_text(one.until)[11:16]), "amber")
        mine = sitting is not None and sitting.user == one.user
        look = button("today.show", _looker(page, one), name=f"look_{one.exceptional_id}", lang=page.lang)
        look.setVisible(mine)
        end = button("exceptional.end", _ender(page, one, ended), name=f"end_{one.exceptional_id}", lang=page.lang)
        line = row(words, until, look if mine else None, end, spacing=12)
        line.setStretch(0, 1)
        body.addLayout(line)
    holder.setLayout(body)
    inside.addWidget(label(page.t("exceptional.title"), kind="heading"))
    inside.addWidget(holder)
    return frame


class LookDialog(QDialog):
    """The window around :class:`Look`."""

    def __init__(self, desk: Desk, parent: QWidget, *, access: Exceptional) -> None:
        super().__init__(parent)
        self.setObjectName("exceptionalLook")
        self.setWindowTitle(t("app.name", desk.lang))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.resize(900, 680)
        self.look = Look(desk, access=access)
        close = QPushButton(t("desk.close", desk.lang))
        close.setObjectName("exceptionalClose")
        close.clicked.connect(self.accept)
        whole = column(self.look, row(1, close), margin=22, spacing=10)
        whole.setStretch(0, 1)
        self.setLayout(whole)
        self.look.refresh()


class Look(Page):
    """One person while it lasts."""

    def __init__(self, desk: Desk, *, access: Exceptional) -> None:
        super().__init__(desk)
        self.setObjectName("plain")
        self._access = access
        self._view: ProfileView | Refusal | None = None
        self.watch = Watch(self, again=self._over, cover=self._cover)
        self._box = QVBoxLayout()
        self._box.setSpacing(14)
        inner = QWidget()
        inner.setLayout(self._box)
        whole = column(self.notice, scroll(inner), spacing=0)
        whole.setStretch(1, 1)
        self.setLayout(whole)

    def refresh(self) -> None:
        """Ask anew."""
        self.run(ops.look(access=self._access), self._got)

    def _got(self, answer: Answer[ProfileView | Refusal]) -> None:
        self._view = answer.value
        if isinstance(self._view, ProfileView):
            one = self._access
            self.watch.on(Seen(hcp_ids=(one.hcp_id,), mark=self._view.mark, exceptional=one.exceptional_id))
        self._draw()

    def _over(self) -> None:
        self._view = None
        empty(self._box)
        self.refresh()

    def _cover(self, cover: bool) -> None:
        if cover:
            empty(self._box)
            self._box.addWidget(label(self.t("profile.covered"), kind="muted"))
        else:
            self._draw()

    def _draw(self) -> None:
        empty(self._box)
        view = self._view
        if isinstance(view, Refusal):
            self._box.addWidget(label(self._access.hcp_id, kind="title"))
            self._box.addWidget(refusal_panel(view, self.lang))
        elif view is not None:
            name = view.field("full_name")
            shown = value_words(name, self.lang) if name and name.value else self.t("desk.name_hidden")
            until = self.t("exceptional.until", time=time_text(self._access.until)[11:16])
            self._box.addLayout(
                row(
                    label(shown, kind="display", name="exceptionalName"),
                    chip(purpose_label(view.purpose, self.lang), "blue"),
                    chip(until, "amber"),
                    1,
                )
            )
            self._box.addWidget(label(counts_line(view, self.lang), kind="small"))
            for dimension, fields in by_dimension(view).items():
                self._box.addWidget(dimension_card(dimension, fields, self.lang, revealed={}, why=None))
        self._box.addStretch(1)


def _looker(page: Page, one: Exceptional) -> Callable[[], None]:
    return lambda: LookDialog(page.desk, page, access=one).open()


def _ender(page: Page, one: Exceptional, ended: Callable[[], None]) -> Callable[[], None]:
    return lambda: page.ask(ops.end(exceptional_id=one.exceptional_id), lambda _: ended())
