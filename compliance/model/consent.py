"""Consent 同意: items, events, computed status (law.md 8.1, architecture section 13)."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class EventKind(StrEnum):
    """What happened. Append-only; status is computed from these and never stored as truth."""

    IMPORTED_YES = "imported_yes"  # an answer in an import, no evidence: unproven, opens nothing
    IMPORTED_NO = "imported_no"  # an unproven negative: closes
    PRESENTED = "presented"
    GIVEN = "given"
    REFUSED = "refused"
    DEFERRED = "deferred"
    NO_ANSWER = "no_answer"
    CHECK_ACCEPTED = "check_accepted"  # second person's check of the evidence of ``target``
    CHECK_REJECTED = "check_rejected"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"  # by the handler: purpose or service ended
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    INVALIDATED = "invalidated"  # by two people, defect proved


#: What opens something, or may later: it rests on a clock that can be relied on (REQ-104). A no, a withdrawal, a
#: suspension or a rejection never waits for that.
TIMED = frozenset({EventKind.PRESENTED, EventKind.GIVEN, EventKind.CHECK_ACCEPTED, EventKind.RESUMED})


class Method(StrEnum):
    """How the act was made."""

    PAPER = "paper"
    WECHAT = "wechat"
    EMAIL = "email"
    PHONE = "phone"
    ESIGN = "esign"
    IMPORT = "import"
    STAFF = "staff"  # acts of the handler: suspend, revoke, invalidate, check


class Grade(StrEnum):
    """Evidence grade, strongest first: E1 paper, E2 e-signature, E3 mail or WeChat capture, E4 call note."""

    E1 = "E1"
    E2 = "E2"
    E3 = "E3"
    E4 = "E4"
    NONE = "none"


class Precision(StrEnum):
    """Paper knows only dates."""

    DAY = "day"
    SECOND = "second"


class ConsentStatus(StrEnum):
    """Exactly these words (architecture section 13)."""

    NOT_ASKED = "not_asked"
    UNPROVEN = "unproven"
    PRESENTED = "presented"
    DEFERRED = "deferred"
    NO_REPLY = "no_reply"
    EVIDENCE_PENDING = "evidence_pending"
    GIVEN = "given"
    RENEWED = "renewed"
    CHANGE_PENDING = "change_pending"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    INVALIDATED = "invalidated"
    SUPERSEDED = "superseded"
    ARCHIVED = "archived"
    ERASED = "erased"


#: The only states that open anything; ``change_pending`` keeps the old scope open and nothing beyond (law.md C12-C15).
OPEN_STATES = frozenset({ConsentStatus.GIVEN, ConsentStatus.RENEWED, ConsentStatus.CHANGE_PENDING})
#: States of a yes that opens nothing because the company or the law ended or halted it, not the person.
VOID_STATES = frozenset(
    {
        ConsentStatus.SUSPENDED,
        ConsentStatus.REVOKED,
        ConsentStatus.INVALIDATED,
        ConsentStatus.SUPERSEDED,
        ConsentStatus.ARCHIVED,
    }
)
#: States in which contact for the item is closed by the person's own word.
NEGATIVE_STATES = frozenset({ConsentStatus.REFUSED, ConsentStatus.WITHDRAWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentEvent:
    """One append-only event about one item of one person.

    Times are kept apart: ``presented_at`` notice, ``acted_at`` the person's act, ``received_at`` receipt (withdrawal
    takes effect then), ``recorded_at`` entry. ``precision`` DAY means only the Shanghai day of presented/acted counts.
    ``target`` is the event a check, resumption or invalidation speaks about. ``valid_until`` is an exclusive end.
    ``order_on_form`` ranks same-day marks on one form. ``origin``/``sequence`` name the machine and its own count.
    """

    event_id: str
    hcp_id: str
    item: str
    kind: EventKind
    method: Method
    recorded_at: datetime
    recorded_by: str
    acted_at: datetime | None = None
    presented_at: datetime | None = None
    received_at: datetime | None = None
    precision: Precision = Precision.SECOND
    notice: str | None = None  # "ID@VERSION"
    notice_hash: str | None = None
    valid_until: datetime | None = None
    evidence_id: str | None = None
    evidence_sha256: str | None = None
    grade: Grade = Grade.NONE
    identity_check: str | None = None
    asked_by_hcp: bool = False
    target: str | None = None
    defect: str | None = None
    place_of_original: str | None = None
    page_count: int | None = None
    order_on_form: int = 0
    origin: str = ""
    sequence: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemTerms:
    """What the catalogue asks of one item at a time: least grade, default term in months, separate consent or not.

    ``no_reply_days`` of silence after a hand-over count as no reply; 0 waits for ever.
    """

    item: str
    purpose: str
    least_grade: Grade
    term_months: int
    separate: bool
    ask_lock_days: int
    no_reply_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStatus:
    """Computed status of one item as of an instant.

    ``code`` explains (``VALID_LATEST``, ``EXPIRED_DURATION``, ``WITHDRAWN_BY_SUBJECT``, ...); ``since`` when this
    state began, ``valid_until`` its exclusive end, ``event_id`` the deciding event, ``ask_again_from`` the end of the
    ask lock. Only ``open`` says that the item carries processing now, and only within the scope that was consented to:
    ``kinds`` (field keys and kind codes) and ``recipient`` of the notice the yes was given under. An empty ``kinds``
    covers no field. ``ended``, ``archived_since`` and ``keep_until`` are those of an *archived* item: the word
    underneath, since when it is evidence only, and until when the record is kept at least.
    """

    item: str
    purpose: str
    status: ConsentStatus
    code: str
    since: datetime | None = None
    valid_until: datetime | None = None
    notice: str | None = None
    grade: Grade = Grade.NONE
    event_id: str | None = None
    ask_again_from: datetime | None = None
    may_ask: bool = True
    kinds: frozenset[str] = frozenset()
    recipient: str = ""
    ended: ConsentStatus | None = None
    archived_since: datetime | None = None
    keep_until: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether this item opens anything now."""
        return self.status in OPEN_STATES

    @property
    def underneath(self) -> "LineStatus":
        """The line with the word that ended it, where it is archived."""
        if self.ended is None:
            return self
        return replace(self, status=self.ended, ended=None, archived_since=None, keep_until=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLine:
    """One consent item of a notice with the words and terms that stand in it.

    ``methods``, ``kinds``, ``recipient`` and ``retention_months`` are the scope in machine form: a change of them
    asks for a new act, a change of words alone does not.
    """

    item: str
    purpose: str
    separate: bool
    term_months: int
    text_zh: str
    text_en: str
    benefit_zh: str = ""
    benefit_en: str = ""
    if_refused_zh: str = ""
    if_refused_en: str = ""
    methods: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()  # field keys and kind codes
    recipient: str = ""  # legal person, for items that give data away
    retention_months: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLists:
    """Collection and sharing lists of a notice, made from the purpose-field matrix and the register of recipients.

    ``collection``: (item, field keys); ``words``: (key, Chinese, English, class) of every field listed; ``sharing``:
    one entry of (name, value) pairs per item that gives data away. ``sha256`` covers all of it and ``matrix``.
    """

    matrix: str
    collection: tuple[tuple[str, tuple[str, ...]], ...]
    words: tuple[tuple[str, str, str, str], ...]
    sharing: tuple[tuple[tuple[str, str], ...], ...]
    sha256: str


class StopKind(StrEnum):
    """What the handler does to a purpose or an item for everybody at once."""

    PAUSED = "paused"  # covers every yes until lifted
    ENDED = "ended"  # ends every yes for good (C19)
    LIFTED = "lifted"  # of a pause: the states before stand again; of an end: only later acts count


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeStop:
    """One rule for everybody: ``scope`` is a purpose (all its items) or one item, in force from ``acts_from``."""

    stop_id: str
    scope: str
    kind: StopKind
    acts_from: datetime
    reason: str  # a code or short words about the company, never about a person
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRule:
    """How lists read the narrow state table: an open row of ``item`` reads as ``status``.

    All of them, or only those under ``notice``, or only those made before ``before``.
    """

    item: str
    status: ConsentStatus
    notice: str | None = None
    before: datetime | None = None


class NoticeState(StrEnum):
    """Life of a notice version 告知书版本."""

    DRAFT = "draft"
    STAGED = "staged"
    ACTIVE = "active"
    RETIRED = "retired"
    HISTORICAL = "historical"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeVersion:
    """One version of a notice: blocks per language, lines, hash. ``text`` is the exact source it was read from.

    A block is ``(slot, words)``; a slot is ``contact`` or ``contact@ITEM`` where it speaks of one item only. Headings
    are shown words too, so they are part of the version: ``(slot, heading)``, for a line ``line@ITEM``.
    """

    notice: str
    version: str
    state: NoticeState
    active_from: datetime | None
    retired_from: datetime | None
    lines: tuple[NoticeLine, ...]
    blocks_zh: tuple[tuple[str, str], ...]
    blocks_en: tuple[tuple[str, str], ...]
    sha256: str
    predecessor: str | None = None
    title_zh: str = ""
    title_en: str = ""
    headings_zh: tuple[tuple[str, str], ...] = ()
    headings_en: tuple[tuple[str, str], ...] = ()
    text: str = ""
    lists: NoticeLists | None = None  # versions shipped before lists were kept have none

    @property
    def ref(self) -> str:
        """``ID@VERSION``."""
        return f"{self.notice}@{self.version}"

    def line(self, item: str) -> NoticeLine | None:
        """The line for ``item``, None when the notice does not speak of it."""
        return next((x for x in self.lines if x.item == item), None)
