"""What goes on a sheet and what must not be found on it, both from the same walked read.

Rules: (1) the page takes only what the view shows of the template's fields (``profile.sheet``), in the reader's words;
(2) channels are those of the walk, printed where the decision discloses them; (3) *hidden* is every stored value the
reader does not get as it is, one by one where it is a list, with the words it would be printed in; what nobody here
can open cannot leak from here; (4) on a day plan everything is hidden that is not printed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from compliance.exports.leak_forms import fold
from compliance.exports.sheet_data import BlockKind, ChannelLine, SheetBlock, SheetData, SheetField, Talk
from compliance.i18n import Lang, has, t
from compliance.model.access import FieldState, Purpose, Role, Section
from compliance.model.limits import last_day
from compliance.model.profile import SheetTemplate, ShownField
from compliance.model.register import Rep
from compliance.policy.access import TRANSITION
from compliance.policy.policy_set import PolicySet
from compliance.profile.sheet import FilledBlock, sheet_fields
from compliance.use_cases.seat.session import Session, handler_contact, log_root
from compliance.use_cases.seeing.value_words import channel_words
from compliance.use_cases.seeing.walk import Look
from compliance.vault import Maintenance, RoleKey, UnitOfWork

#: Answers that say nothing on paper; channels, open and declined, stand in a block of their own.
_SILENT = frozenset({"", "none", "false"})
_ELSEWHERE = frozenset({"permitted_channels", "channel_optout"})
#: Fields that hold names of channels, kept in Chinese.
_CHANNELS = frozenset({"channel_optout", "channel_pref_ranked"})
_TALKS = ("channel", "topics", "time", "concept", "rights")
_GUARDED = {
    Section.PROFILING: RoleKey.PROFILING,
    Section.FEES: RoleKey.FEES,
    Section.PAYMENT: RoleKey.PAYMENT,
}
_LISTS = ("enum", "list", "map")


def sheet_data(
    session: Session,
    look: Look,
    *,
    purpose: Purpose,
    rep: Rep,
    serial: str,
    issued_at: datetime,
    expires_at: datetime,
    audit_index: int,
    warnings: tuple[str, ...],
) -> SheetData:
    """The page for ``rep``."""
    filled = _blocks(session, look, purpose)
    return SheetData(
        serial=serial,
        hcp_id=look.hcp_id,
        purpose=session.policy.words("purpose", str(purpose), str(session.lang)),
        handler=session.handler,
        issued_to=rep.name,
        employee_no=rep.employee_no,
        issued_at=issued_at,
        expires_at=expires_at,
        watermark=f"{rep.name} {rep.employee_no} {serial}",
        root=log_root(session).hex(),
        audit_index=audit_index,
        blocks=tuple(_printed(session, b) for b in filled if not b.compliance_first),
        channels=_channels(session, look),
        do_not_contact=_declined(session, look),
        contact_first=any(b.compliance_first for b in filled),
        guidance=tuple(
            Talk(avoid=t(f"talk.{key}.avoid", session.lang), say=t(f"talk.{key}.say", session.lang)) for key in _TALKS
        ),
        rights_channel=handler_contact(session.lang),
        warnings=tuple(t(f"reason.{code}", session.lang) for code in warnings),
        sandbox=session.sandbox,
        medical=rep.role is Role.MSL,
    )


def hidden_values(session: Session, uow: UnitOfWork, look: Look) -> list[str]:
    """Every stored value the reader does not get as it is: what an attack must not find."""
    return hidden_among(session, uow, look.hcp_id, look.shown.values())


def hidden_among(session: Session, uow: UnitOfWork, hcp_id: str, shown: Iterable[ShownField]) -> list[str]:
    """The same where the reader gets the fields ``shown``, be it for several purposes."""
    given = {f.key: f for f in shown if f.state is FieldState.DISCLOSED and f.value}
    open_words = {fold(word) for f in given.values() for word in (f.value or "", *_items(f.value or ""))}
    found: dict[str, None] = {}
    for section in uow.sections.read_for(Maintenance.LEAK_CHECK, hcp_id, _readable(session)).values():
        for key, value in section.items():
            if key not in given:
                found.update(dict.fromkeys(_sought(session, key, value.value)))
    return [text for text in found if fold(text) and fold(text) not in open_words]


def everything(session: Session, uow: UnitOfWork, hcp_id: str, printed: Iterable[str]) -> list[str]:
    """Every stored value of a person but the ``printed`` words: what an attack on a day plan must not find."""
    open_words = {fold(word) for word in printed}
    found: dict[str, None] = {}
    for section in uow.sections.read_for(Maintenance.LEAK_CHECK, hcp_id, _readable(session)).values():
        for key, value in section.items():
            found.update(dict.fromkeys(_sought(session, key, value.value)))
    return [text for text in found if fold(text) and fold(text) not in open_words]


def carried_until(policy: PolicySet, look: Look, purpose: Purpose) -> list[datetime]:
    """Ends of what carries a purpose for this person: consents, a registered basis, a transition. No paper outlives the
    first of them."""
    items, fact = policy.purposes[purpose].items_any, look.facts.bases.get(purpose)
    ends = [line.valid_until for item, line in look.lines.items() if line.open and item in items]
    basis = getattr(look.decision, "basis", "")
    if fact is not None and fact.basis == basis:
        ends.append(fact.valid_until)
    if basis == TRANSITION:
        ends.append(look.facts.before_proof_until)
    return [end for end in ends if end is not None]


def compliance_first(template: SheetTemplate, shown: Mapping[str, ShownField]) -> bool:
    """Whether an open objection or request bids the reader to speak to compliance before anything else."""
    asked = (shown.get(key) for key in template.first_compliance)
    return any(f is not None and f.state is not FieldState.WITHHELD and f.value not in (None, *_SILENT) for f in asked)


def _readable(session: Session) -> frozenset[Section]:
    """Groups whose keys this user holds; what nobody here can open cannot leak from here."""
    ring = session.vault.keyring
    return frozenset(s for s in Section if s not in _GUARDED or ring.has(_GUARDED[s]))


def _blocks(session: Session, look: Look, purpose: Purpose) -> tuple[FilledBlock, ...]:
    template = session.policy.sheet_template(purpose)
    assert template is not None
    shown = {k: f for k, f in look.shown.items() if f.value not in _SILENT and k not in _ELSEWHERE}
    return sheet_fields(template, shown)


def _printed(session: Session, filled: FilledBlock) -> SheetBlock:
    lang = session.lang
    fields = tuple(
        SheetField(
            label=session.policy.words("field", field.key, str(lang)),
            field=field,
            words=_words(lang, field.key, field.value or ""),
        )
        for field in filled.fields
    )
    return SheetBlock(kind=BlockKind(filled.block.key), fields=fields)


def _channels(session: Session, look: Look) -> tuple[ChannelLine, ...]:
    ruled = look.shown.get("permitted_channels")
    if ruled is None or ruled.state is not FieldState.DISCLOSED or not ruled.value:
        return ()
    lines = []
    for channel in look.channels:
        if not channel.open:
            continue
        line = look.lines.get(channel.item)
        reason = ""
        if line is not None and line.valid_until is not None:
            reason = t("sheet.consent_until", session.lang, day=last_day(line.valid_until).isoformat())
        lines.append(ChannelLine(session.policy.words("channel", channel.code, str(session.lang)), reason))
    return tuple(lines)


def _declined(session: Session, look: Look) -> tuple[str, ...]:
    """Channels the person said no to, where that may be shown: what must not be used is never left out (appendix A)."""
    ruled = look.shown.get("channel_optout")
    if ruled is None or ruled.state is not FieldState.DISCLOSED or ruled.value in (None, *_SILENT):
        return ()
    return _words(session.lang, ruled.key, ruled.value or "") or tuple(_items(ruled.value or ""))


def _sought(session: Session, key: str, text: str) -> Iterator[str]:
    """The value, the items of a list without their rank, and the words it would be printed in."""
    field = session.policy.field(key)
    yield from _words(session.lang, key, text)
    if field is not None and any(kind in field.type for kind in _LISTS):
        yield from _items(text)
    else:
        yield text


def _items(text: str) -> Iterable[str]:
    parts = (re.sub(r"^\d\s+", "", part.strip()) for part in re.split(r"[|;；]", text))
    return [part for part in parts if part]


def _words(lang: Lang, key: str, value: str) -> tuple[str, ...]:
    """Display words of a coded value (``by_appointment`` → 需预约); () when the value is already words."""
    parts = [p.strip() for p in value.replace("|", ";").split(";") if p.strip()]
    known = [_word(lang, key, part) for part in parts]
    return tuple(word or part for word, part in zip(known, parts, strict=True)) if any(known) else ()


def _word(lang: Lang, key: str, part: str) -> str | None:
    for name in (f"value.{key}.{part}", f"channel.{part}"):
        if has(name):
            return t(name, lang)
    return channel_words(part, lang) if key in _CHANNELS else None
