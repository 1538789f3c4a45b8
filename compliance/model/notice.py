"""Around a notice: what was shown, what was locked, exceptions, printed forms, campaigns. Ids and counts only."""

from dataclasses import dataclass
from datetime import datetime

from compliance.model.form_layout import Field


@dataclass(frozen=True, slots=True)
class Part:
    """One run of words and how it looks. ``size`` in tenths of a point, ``colour`` as RRGGBB."""

    role: str
    text: str
    size: int
    colour: str
    bold: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """A notice as it was shown. ``body`` is the canonical JSON that ``sha256`` covers (REQ-005)."""

    sha256: str
    notice: str
    notice_sha256: str
    lang: str
    template: str
    font: str
    parts: tuple[Part, ...]
    body: str

    @property
    def text(self) -> str:
        """The words alone, to copy or to read aloud."""
        return "\n\n".join(part.text for part in self.parts) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLock:
    """What was checked and fixed when a version was put in force (REQ-001)."""

    ref: str
    sha256: str
    predecessor: str
    matrix: str
    locked_at: datetime
    locked_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Which rendering one consent event rests on, and by which channel it was handed over."""

    event_id: str
    rendering: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFile:
    """A document kept with a notice version, such as the scan of an old form. It holds no person."""

    ref: str
    sha256: str
    media_type: str
    data: bytes

    def __repr__(self) -> str:
        return f"NoticeFile({self.ref}, {self.media_type}, {len(self.data)} bytes)"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeException:
    """Processing without notice (PIPL 18): code, citation, approver, end."""

    exception_id: str
    code: str
    purpose: str
    hcp_id: str
    citation: str
    approver: str
    recorded_by: str
    recorded_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedForm:
    """A consent form that left the house. ``serial`` is its file name; the doctor stands on it by name."""

    serial: str
    hcp_id: str
    notice: str
    lang: str
    items: tuple[str, ...]
    rep: str
    printed_at: datetime
    pages: int
    layout: int = 0  # 0: printed elsewhere, nothing is known of where its boxes stand
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A changed notice on its way to people. ``old_scope_ends``: from when the old scope is no longer offered."""

    campaign_id: str
    notice: str
    predecessor: str
    change: str
    started_at: datetime
    started_by: str
    due: datetime | None
    old_scope_ends: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What one person must be asked or told in a campaign, and what came of it. The task waits in the task list."""

    campaign_id: str
    hcp_id: str
    action: str  # ask | inform
    items: tuple[str, ...]
    rep: str
    task_id: str
    delivered_at: datetime | None
    channel: str
    result: str
