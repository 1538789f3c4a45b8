"""What the registers share: a card with its notice, and one line for each entry with its state and its act."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout

from compliance.clock import shanghai_day
from compliance.model.answer import Answer, Refusal
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import card, chip, column, label, row


class RegisterCard(Page):
    """A white box with heading, what it is for, and its own notice; entries go into ``inside``."""

    def __init__(self, desk: Desk, name: str) -> None:
        super().__init__(desk)
        self._about = name
        frame, self.inside = card(margin=26, spacing=14)
        self.inside.addWidget(label(key=f"registers.{name}", kind="title", lang=self.lang))
        self.inside.addWidget(label(key=f"registers.{name}.sub", kind="muted", lang=self.lang))
        self.inside.addWidget(self.notice)
        self.setLayout(column(frame))
        self.entries = QVBoxLayout()
        self.entries.setSpacing(10)

    def take(self, answer: Answer[Any], put: Callable[[Any], object]) -> None:
        """Give an answer to ``put``, or show its refusal; what was just said of an act stays."""
        if isinstance(answer.value, Refusal):
            self.notice.refuse(answer.value, self.lang)
        else:
            put(answer.value)

    def act_dialog(self, what: str, *, name: str) -> ActDialog:
        """The window of one act of this register; its words are ``registers.CARD.WHAT.title|effect|go``."""
        words = f"registers.{self._about}.{what}"
        return ActDialog(
            self.desk,
            self,
            name=name,
            title=self.t(f"{words}.title"),
            effect=self.t(f"{words}.effect"),
            act=self.t(f"{words}.go"),
        )

    def none(self, name: str) -> None:
        """Say that there is nothing."""
        self.entries.addWidget(label(self.t("registers.none"), kind="muted", name=name))

    def entry(
        self,
        text: str,
        small: str,
        *,
        state: str,
        name: str,
        act: QPushButton | None = None,
        more: QPushButton | None = None,
    ) -> None:
        """One line: words, small print, state, and what may be done with it."""
        words = column(label(text, name=name), label(small, kind="small"), spacing=2)
        made: QHBoxLayout = row(words, chip(self.t(f"registers.state.{state}"), _TONES[state]), more, act, spacing=12)
        made.setStretch(0, 1)
        self.entries.addLayout(made)

    def until(self, when: datetime | None) -> str:
        """The last day, or that there is none."""
        return shanghai_day(when).isoformat() if when else self.t("registers.no_end")


_TONES = {
    "now": "green",
    "ended": "neutral",
    "apart": "neutral",
    "past": "neutral",
    "open": "amber",
    "answered": "blue",
    "overdue": "red",
    "closed": "neutral",
}
