"""What may be said of a person that closes contact: deceased, do not contact, dormant; why, and by what it is undone.

Reasons are closed lists, so that no log holds what somebody said.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from compliance.model.access import Block


class PersonState(StrEnum):
    """A state of a person."""

    DECEASED = "deceased"
    DO_NOT_CONTACT = "do_not_contact"
    DORMANT = "dormant"


#: The blocks a state puts on a person. A death is *reported* until a second person or source confirms it.
BLOCKS: dict[PersonState, tuple[Block, ...]] = {
    PersonState.DECEASED: (Block.DECEASED, Block.DEATH_REPORTED),
    PersonState.DO_NOT_CONTACT: (Block.DO_NOT_CONTACT,),
    PersonState.DORMANT: (Block.DORMANT,),
}
STATE_OF: dict[Block, PersonState] = {block: state for state, blocks in BLOCKS.items() for block in blocks}

LIST = "list"  # a file of people said so
#: Why a state is said, by a person at the desk.
WHYS: dict[PersonState, tuple[str, ...]] = {
    PersonState.DECEASED: ("hospital", "relative", "colleague", "public_notice", "document"),
    PersonState.DO_NOT_CONTACT: ("person_says", "employer", "relative", "complaint", "precaution"),
    PersonState.DORMANT: ("retired", "left_practice", "moved_away"),
}
#: Why it is undone.
WHYS_NOT: dict[PersonState, tuple[str, ...]] = {
    PersonState.DECEASED: ("mistake", "other_person"),
    PersonState.DO_NOT_CONTACT: ("person_says", "mistake", "other_person"),
    PersonState.DORMANT: ("back", "mistake", "other_person"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of a state. ``day``: since when it is so, as far as it is known; ``source`` and ``batch``: the
    register's code and the import that said it; ``suspended``: the events that suspended consents on its account."""

    statement_id: str
    hcp_id: str
    state: PersonState
    said_at: datetime
    said_by: str
    reason: str
    source: str = ""
    batch: str = ""
    day: date | None = None
    evidence: str = ""
    suspended: tuple[str, ...] = ()
    confirmed_at: datetime | None = None
    confirmed_by: str = ""
    lifted_at: datetime | None = None
    lifted_by: str = ""
    lifted_why: str = ""

    @property
    def stands(self) -> bool:
        """Whether nobody has undone it."""
        return self.lifted_at is None
