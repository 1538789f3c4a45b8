"""Settings: the registers 登记 on one page, each a card of its own that says what came of its acts."""

from collections.abc import Callable

from PySide6.QtWidgets import QPushButton

from compliance.model.access import Role
from compliance.model.answer import Changes
from compliance.use_cases.seat.duties import may
from desktop_app.views.page import Desk, Page
from desktop_app.views.register_activities import ActivitiesCard
from desktop_app.views.register_bases import BasesCard
from desktop_app.views.register_classes import ClassesCard
from desktop_app.views.register_duplicates import DuplicatesCard
from desktop_app.views.register_memos import MemosCard
from desktop_app.views.register_merges import MergesCard
from desktop_app.views.register_roots import RootsCard
from desktop_app.views.register_rules import RulesCard
from desktop_app.views.register_tags import TagsCard
from desktop_app.views.settings_company import part_layout
from desktop_app.widgets.basic import button, label, row
from desktop_app.widgets.flow import Flow

#: Card → how it is made, and the act that lets a role read it.
_CARDS: dict[str, tuple[Callable[[Desk], Page], str]] = {
    "bases": (BasesCard, "consent_status"),
    "memos": (MemosCard, "read_notices"),
    "activities": (ActivitiesCard, "read_settings"),
    "duplicates": (DuplicatesCard, "merge_people"),
    "merges": (MergesCard, "merge_people"),
    "rules": (RulesCard, "list_assessments"),
    "classes": (ClassesCard, "read_settings"),
    "tags": (TagsCard, "read_settings"),
    "roots": (RootsCard, "change_settings"),
}


class RegistersPart(Page):
    """Names that wrap, and the card in front."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        sitting = desk.state.sitting
        role = sitting.role if sitting else Role.AUDITOR
        self.cards = {name: made(desk) for name, (made, act) in _CARDS.items() if may(role, act)}
        self._names = {name: self._name(name) for name in self.cards}
        self.front = next(iter(self.cards))
        layout = part_layout(self)
        layout.addWidget(label(key="registers.sub", kind="muted", lang=self.lang))
        layout.addLayout(row(Flow().add(*self._names.values())))
        for made in self.cards.values():
            layout.addWidget(made)
        layout.addStretch(1)
        self._turn()

    def refresh(self) -> None:
        """The card in front asks anew."""
        self.cards[self.front].refresh()

    def render_words(self) -> None:
        """All cards say again."""
        for made in self.cards.values():
            made.render_words()

    def affected(self, changes: Changes) -> bool:
        """Bases and memos count as consents, activities as settings."""
        return changes.consents or changes.people or changes.settings

    def show_card(self, name: str) -> None:
        """Bring one card to the front."""
        self.front = name
        self._turn()
        self.refresh()

    def _turn(self) -> None:
        for name, made in self.cards.items():
            made.setVisible(name == self.front)
            self._names[name].setChecked(name == self.front)

    def _name(self, name: str) -> QPushButton:
        made = button(
            f"registers.{name}", lambda: self.show_card(name), look="pick", name=f"register_{name}", lang=self.lang
        )
        made.setCheckable(True)
        return made
