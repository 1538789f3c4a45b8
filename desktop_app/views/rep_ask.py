"""Asking in front of a person with a rep's own computer, offline; what was said goes to the office with a return."""

from typing import Any

from compliance.model.answer import Changes
from desktop_app.views.capture import Capture
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import column, label


class RepAskPage(Page):
    """The four steps of :class:`Capture` over the pack."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.ask_form = Capture(desk)
        told = label(key="rep.ask.waits", kind="muted", lang=self.lang, name="repAskWaits")
        whole = column(told, self.ask_form, spacing=8)
        whole.setContentsMargins(28, 14, 0, 0)
        whole.setStretch(1, 1)
        self.setLayout(whole)

    def refresh(self) -> None:
        """Notices of the pack."""
        self.ask_form.refresh()

    def affected(self, changes: Changes) -> bool:
        """A new pack brings new notices."""
        return changes.people

    def render_words(self) -> None:
        """Say again."""
        self.ask_form.render_words()

    def open_at(self, what: Any) -> None:
        """With a person, as from the page of one: ``("ask", id)``."""
        self.ask_form.open_at(what[1] if isinstance(what, tuple) else what)
