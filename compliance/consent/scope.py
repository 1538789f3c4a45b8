"""What a new notice version changes, and whom that concerns (PIPL 14(2), 17(2), 22, 23; NDSR 22(4); REQ-007, 032).

Rules: (1) purpose, a method more, a kind more, another recipient, longer retention, or an item that now asks for
separate consent: *reconsent*; (2) contact, handler's name, rights channel, an item added or dropped, anything
narrowed, another term: *inform*; (3) other words with the same scope: *none*; (4) scope is compared in machine form,
so that rewording is never taken for a change and a change never hides in rewording; (5) a version that cannot be
compared counts as changed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from compliance.model.consent import ConsentEvent, NoticeLine, NoticeVersion

_TOLD = ("handler", "contact", "rights")  # slots whose words themselves are what the person must know


class ChangeClass(StrEnum):
    """What a change asks of the company, strongest first."""

    RECONSENT = "reconsent"
    INFORM = "inform"
    NONE = "none"


_ORDER = (ChangeClass.RECONSENT, ChangeClass.INFORM, ChangeClass.NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One changed element. ``item`` is "" where it concerns the whole notice; ``added`` names what is new."""

    element: str
    cls: ChangeClass
    item: str = ""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeDiff:
    """The difference of two versions. ``cls`` is the strongest class among ``elements``."""

    cls: ChangeClass
    elements: tuple[Change, ...]

    @property
    def items_to_ask(self) -> tuple[str, ...]:
        """Items whose consents need a new act."""
        return tuple(sorted({c.item for c in self.elements if c.cls is ChangeClass.RECONSENT}))


def diff(old: NoticeVersion, new: NoticeVersion) -> NoticeDiff:
    """What ``new`` changes against ``old``."""
    changes = [*_whole(old, new), *_lines(old, new)]
    if not changes and (_words(old) != _words(new)):
        changes = [Change(element="wording", cls=ChangeClass.NONE)]
    return NoticeDiff(cls=_strongest(changes), elements=tuple(changes))


def line_class(old: NoticeVersion | None, new: NoticeVersion, given: ConsentEvent) -> ChangeClass:
    """What ``new`` means for one consent given under ``old`` (None: the version is not at hand, rule 5).

    A consent under another notice (a historical one) has nothing to compare with: it covers what it said.
    """
    ref = given.notice or ""
    if ref == new.ref or given.notice_hash == new.sha256 or ref.rpartition("@")[0] != new.notice:
        return ChangeClass.NONE
    before, after = (old.line(given.item) if old else None), new.line(given.item)
    if before is None or after is None:
        return ChangeClass.RECONSENT
    return _strongest(list(_line(before, after)))


def _whole(old: NoticeVersion, new: NoticeVersion) -> Iterator[Change]:
    before, after = dict(old.blocks_zh), dict(new.blocks_zh)
    for slot in sorted(before.keys() | after.keys()):
        element, _, item = slot.partition("@")
        if element in _TOLD and _flat(before.get(slot, "")) != _flat(after.get(slot, "")):
            yield Change(element=element, cls=ChangeClass.INFORM, item=item)


def _lines(old: NoticeVersion, new: NoticeVersion) -> Iterator[Change]:
    for before in old.lines:
        after = new.line(before.item)
        if after is None:
            yield Change(element="line_removed", cls=ChangeClass.INFORM, item=before.item)
        else:
            yield from _line(before, after)
    for after in new.lines:
        if old.line(after.item) is None:
            yield Change(element="line_added", cls=ChangeClass.INFORM, item=after.item)


def _line(before: NoticeLine, after: NoticeLine) -> Iterator[Change]:
    item = before.item
    if before.purpose != after.purpose:
        yield Change(
            element="purpose", cls=ChangeClass.RECONSENT, item=item, added=(after.purpose,), removed=(before.purpose,)
        )
    yield from _set_change("method", item, before.methods, after.methods)
    yield from _set_change("kinds", item, before.kinds, after.kinds)
    if _flat(before.recipient) != _flat(after.recipient):
        new, old = ((name,) if name else () for name in (after.recipient.strip(), before.recipient.strip()))
        yield Change(element="recipient", cls=ChangeClass.RECONSENT, item=item, added=new, removed=old)
    if before.retention_months != after.retention_months:
        longer = after.retention_months > before.retention_months
        cls = ChangeClass.RECONSENT if longer else ChangeClass.INFORM
        yield _months("retention", cls, item, before.retention_months, after.retention_months)
    if before.separate != after.separate:
        yield Change(element="separate", cls=ChangeClass.RECONSENT if after.separate else ChangeClass.INFORM, item=item)
    if before.term_months != after.term_months:  # each consent keeps the term it was given under
        yield _months("term", ChangeClass.INFORM, item, before.term_months, after.term_months)


def _months(element: str, cls: ChangeClass, item: str, before: int, after: int) -> Change:
    """A length of time, each in months; 0 is one the version does not name."""
    new, old = ((str(months),) if months else () for months in (after, before))
    return Change(element=element, cls=cls, item=item, added=new, removed=old)


def _set_change(element: str, item: str, before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[Change]:
    added = tuple(x for x in after if x not in before)
    removed = tuple(x for x in before if x not in after)
    if added or removed:
        cls = ChangeClass.RECONSENT if added else ChangeClass.INFORM
        yield Change(element=element, cls=cls, item=item, added=added, removed=removed)


def _strongest(changes: list[Change]) -> ChangeClass:
    return min((c.cls for c in changes), key=_ORDER.index, default=ChangeClass.NONE)


def _words(notice: NoticeVersion) -> tuple[object, ...]:
    return (
        notice.title_zh,
        notice.title_en,
        notice.headings_zh,
        notice.headings_en,
        notice.blocks_zh,
        notice.blocks_en,
        notice.lines,
    )


def _flat(text: str) -> str:
    return "".join(text.split())
