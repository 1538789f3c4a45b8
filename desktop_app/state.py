"""What every page may know: who sits here, in which language, for which purpose, and where to go next.

Holds no profile value. Pages are told by signals and ask use cases anew; nothing is cached here.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from compliance.i18n import Lang
from compliance.model.access import Purpose, Role


class Frame(StrEnum):
    """The colour around everything; word and icon say the same."""

    NORMAL = "normal"
    PACK = "pack"
    BACKUP = "backup"
    INCIDENT = "incident"


class Place(StrEnum):
    """Places in their fixed order. Policies and Requests come with later issues and are not shown before they work."""

    TODAY = "today"
    PEOPLE = "people"
    CONSENTS = "consents"
    NOTICES = "notices"
    EXPORTS = "exports"
    TRANSFERS = "transfers"
    EVIDENCE = "evidence"
    SETTINGS = "settings"


#: What each role finds useful; the core decides what it may do.
_MASTER_PLACES: dict[Role, tuple[Place, ...]] = {
    Role.DPO: tuple(Place),
    Role.COMPLIANCE: tuple(Place),
    Role.CLERK: (Place.TODAY, Place.PEOPLE, Place.CONSENTS, Place.NOTICES, Place.SETTINGS),
    Role.FINANCE: (Place.TODAY, Place.PEOPLE, Place.SETTINGS),
    Role.AUDITOR: (Place.TODAY, Place.EVIDENCE, Place.SETTINGS),
    Role.SECURITY_ADMIN: (Place.TODAY, Place.SETTINGS),
}
_REP_PLACES = (Place.TODAY, Place.PEOPLE, Place.CONSENTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """The pack a rep's vault holds."""

    sequence: int
    until: datetime
    ended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """One unlocked vault as the screens know it; the session itself stays on the vault lane."""

    path: Path
    handler: str
    rep: bool
    sandbox: bool
    user: str
    role: Role
    purposes: tuple[Purpose, ...]
    signs: bool = False  # may give a second signature
    restricted: bool = False
    warnings: tuple[str, ...] = ()
    last_backup: datetime | None = None
    pack: "Pack | None" = None

    @property
    def places(self) -> tuple[Place, ...]:
        """Places to show, in order."""
        return _REP_PLACES if self.rep else _MASTER_PLACES.get(self.role, (Place.TODAY, Place.SETTINGS))

    @property
    def frame(self) -> Frame:
        """Incident red wins over pack grey."""
        if self.restricted:
            return Frame.INCIDENT
        return Frame.PACK if self.rep else Frame.NORMAL


class AppState(QObject):
    """The one shared object. ``go`` carries a place and what to open there."""

    lang_changed = Signal()
    purpose_changed = Signal()
    sitting_changed = Signal()
    pack_changed = Signal()
    facts_changed = Signal()
    lock_minutes_changed = Signal(int)
    go = Signal(str, object)

    def __init__(self, lang: Lang = Lang.ZH) -> None:
        super().__init__()
        self.lang = lang
        self.sitting: Sitting | None = None
        self.purpose: Purpose | None = None

    def set_lang(self, lang: Lang) -> None:
        """Switch the language of every label."""
        if lang is not self.lang:
            self.lang = lang
            self.lang_changed.emit()

    def set_purpose(self, purpose: Purpose) -> None:
        """Switch the purpose; pages evaluate anew."""
        if purpose is not self.purpose:
            self.purpose = purpose
            self.purpose_changed.emit()

    def sit_down(self, sitting: Sitting) -> None:
        """A vault was opened. Officers start with register upkeep or their first purpose."""
        self.sitting = sitting
        self.purpose = _first(sitting)
        self.sitting_changed.emit()

    def may(self, act: str) -> bool:
        """Whether whoever sits at the vault may do an act; in a rep's own vault there is none."""
        from compliance.use_cases.seat.duties import may  # not before there is a vault to ask it for

        sitting = self.sitting
        return sitting is not None and not sitting.rep and may(sitting.role, act)

    def note_backup(self, when: datetime) -> None:
        """The status bar's last backup."""
        if self.sitting is not None:
            self.sitting = replace(self.sitting, last_backup=when)
            self.facts_changed.emit()

    def note_pack(self, pack: Pack | None) -> None:
        """A rep's vault holds another pack now."""
        if self.sitting is not None and self.sitting.pack != pack:
            self.sitting = replace(self.sitting, pack=pack)
            self.pack_changed.emit()

    def stand_up(self) -> None:
        """The vault was locked."""
        self.sitting = None
        self.purpose = None
        self.sitting_changed.emit()


def _first(sitting: Sitting) -> Purpose | None:
    for wanted in (Purpose.MDM, Purpose.VISIT):
        if wanted in sitting.purposes:
            return wanted
    return sitting.purposes[0] if sitting.purposes else None
