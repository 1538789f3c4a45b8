"""Settings: parts in groups, with what this role may do and nothing else."""

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtWidgets import QVBoxLayout, QWidget

from compliance.model.access import Role
from compliance.model.answer import Changes
from desktop_app.views.company_rules import CompanyRulesPart
from desktop_app.views.page import Desk, Page
from desktop_app.views.registers import RegistersPart
from desktop_app.views.rep_register import RepRegister
from desktop_app.views.settings_company import BackupPart, BeforePart
from desktop_app.views.settings_copies import CopiesPart
from desktop_app.views.settings_deputies import DeputiesPart
from desktop_app.views.settings_papers import PapersPart
from desktop_app.views.settings_people import OwnPart, UsersPart
from desktop_app.views.settings_plans import PlansPart
from desktop_app.views.settings_requests import RequestsPart
from desktop_app.views.settings_rules import FactsPart, RulesPart
from desktop_app.views.settings_sources import SourcesPart
from desktop_app.widgets.side_list import SideList

#: Heading → parts below it.
_GROUPS = {
    "settings.group.people": ("own", "users", "reps"),
    "settings.group.two": ("requests", "plans", "deputies"),
    "settings.group.data": ("sources", "registers", "facts"),
    "settings.group.rules": ("before", "company_rules", "rules"),
    "settings.group.safe": ("backup", "copies", "papers"),
}
_PARTS = tuple(name for names in _GROUPS.values() for name in names)
_ACTS = {
    "users": "add_user",
    "reps": "register_rep",
    "sources": "register_source",
    "backup": "backup",
    "copies": "backup",
    "plans": "export_people",
    "deputies": "end_deputy",
    "papers": "audit_report",
    "registers": "read_log",
    "before": "change_settings",
    "facts": "change_settings",
    "company_rules": "preview_policy",
    "rules": "read_log",
}


class SettingsPage(Page):
    """A list of parts; only what this role may do is there."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        from compliance.use_cases.seat.duties import may

        sitting = desk.state.sitting
        role = sitting.role if sitting else Role.AUDITOR
        made: dict[str, Callable[[Desk], Page]] = {
            "own": OwnPart,
            "users": UsersPart,
            "reps": RepRegister,
            "sources": SourcesPart,
            "backup": BackupPart,
            "copies": CopiesPart,
            "papers": PapersPart,
            "requests": RequestsPart,
            "plans": PlansPart,
            "deputies": DeputiesPart,
            "registers": RegistersPart,
            "before": BeforePart,
            "facts": FactsPart,
            "company_rules": CompanyRulesPart,
            "rules": RulesPart,
        }
        signs = sitting is not None and sitting.signs
        self.names = [n for n in _PARTS if (signs if n == "requests" else n not in _ACTS or may(role, _ACTS[n]))]
        makers = {name: partial(made[name], desk) for name in self.names}
        self._side = SideList(makers, _GROUPS, words="settings.tab.", lang=self.lang, name="settingsParts")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 14, 0, 0)
        layout.addWidget(self._side)
        self._side.turned.connect(self.refresh)

    @property
    def parts(self) -> Mapping[str, QWidget]:
        """The parts chosen so far, by name."""
        return self._side.parts

    def refresh(self) -> None:
        """The part in front."""
        front = self._side.current()
        if isinstance(front, Page):
            front.refresh()

    def affected(self, changes: Changes) -> bool:
        """Users, settings, requests."""
        return changes.users or changes.settings or changes.tasks or changes.consents

    def open_at(self, what: object) -> None:
        """A part by name or tile."""
        own = {"transition_days": "before", "signers": "users"}
        name = "copies" if str(what).startswith("backup_") else own.get(str(what), str(what))
        if name in self.names:
            self._side.show_part(name)

    def render_words(self) -> None:
        """Names and parts."""
        self._side.render_words(self.lang)
        for part in self.parts.values():
            if isinstance(part, Page):
                part.render_words()
