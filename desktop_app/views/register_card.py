"""What the registers share: a card with its notice, and one line for each entry with its state and its act."""

from datetime import datetime

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout

from compliance.clock import shanghai_day
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import card, chip, column, label, row


class RegisterCard(Page):
    """A white box with heading, what it is for, and its own notice; entries go into ``inside``."""

    def __init__(self, desk: Desk, name: str) -> None:
        super().__init__(desk)
        frame, self.inside = card(margin=26, spacing=14)
        self.inside.addWidget(label(key=f"registers.{name}", kind="title", lang=self.lang))
        self.inside.addWidget(label(key=f"registers.{name}.sub", kind="muted", lang=self.lang))
        self.inside.addWidget(self.notice)
        self.setLayout(column(frame))
        self.entries = QVBoxLayout()
        self.entries.setSpacing(10)

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
