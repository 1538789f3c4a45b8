"""What stands on a rep sheet: already ruled fields, words and numbers (domain.md appendix A)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from compliance.model.profile import ShownField

MAX_FIELDS = 18


class BlockKind(StrEnum):
    """Blocks 2 to 7 of appendix A, in order of print."""

    WHO = "who"
    CONTACT = "contact"
    WHEN = "when"
    ABOUT = "about"
    OPEN = "open"
    SUGGESTION = "suggestion"


@dataclass(frozen=True, slots=True)
class SheetField:
    """One field with its label in the reader's language. ``words`` are the display words when the value is a list or
    a code; without them ``field.value`` is printed, split at ``|``.
    """

    label: str
    field: ShownField
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetBlock:
    """Fields that stand together."""

    kind: BlockKind
    fields: tuple[SheetField, ...]


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """One permitted channel in words, with the reason it is open ("同意有效至 2027-03-01")."""

    label: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Talk:
    """One line of talking guidance 话术提示: what not to say (may be empty) and what to ask instead."""

    avoid: str
    say: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetData:
    """Everything on the page. ``root`` is the hexadecimal root of the checkpoint that seals the issue,
    ``audit_index`` the entry that records it. ``contact_first`` replaces blocks 4 to 7 (open objection or request).
    ``rights_channel`` is the company's public contact for requests. ``warnings`` print under the head.
    ``medical``: the reader is an MSL, and the page is titled so.
    """

    serial: str
    hcp_id: str
    purpose: str
    handler: str
    issued_to: str
    employee_no: str
    issued_at: datetime
    expires_at: datetime
    watermark: str
    root: str
    audit_index: int
    blocks: tuple[SheetBlock, ...]
    channels: tuple[ChannelLine, ...] = ()
    do_not_contact: tuple[str, ...] = ()
    contact_first: bool = False
    guidance: tuple[Talk, ...] = ()
    rights_channel: str = ""
    warnings: tuple[str, ...] = ()
    sandbox: bool = False
    medical: bool = False
