"""Whose eyes a list is seen with: one's own, or a rep's (*view as rep*)."""

from typing import Any

from PySide6.QtWidgets import QComboBox

from desktop_app.operations import exports
from desktop_app.views.page import Page
from desktop_app.widgets.basic import fill_choice


class RepEyes(QComboBox):
    """The choice; only for whoever may look as a rep does."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.setObjectName("viewAsRep")
        self.setMinimumWidth(160)
        self._page = page
        self._known: tuple[str, ...] = ()

    @property
    def seen_as(self) -> str | None:
        """The rep whose eyes are used, None for one's own."""
        name = self.currentData()
        return str(name) if name else None

    def refresh(self) -> None:
        """Ask who there is."""
        self._page.run(exports.list_reps(), self._got)

    def render_words(self) -> None:
        """Say again."""
        page = self._page
        own: list[tuple[str, object]] = [(page.t("people.as_self"), "")]
        fill_choice(self, own + [(page.t("people.as_rep", rep=name), name) for name in self._known])

    def _got(self, answer: Any) -> None:
        self._known = tuple(rep.name for rep in answer.value if rep.active)
        self.render_words()
