"""Whether a printed form is believed: its code, person, notice and items (rule 2 of :mod:`.scans`)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from compliance.clock import day_start
from compliance.errors import InputErrors
from compliance.importing.ink import Ink
from compliance.importing.scanning import Page
from compliance.model.access import RecordStatus
from compliance.model.consent import NoticeState, NoticeVersion
from compliance.model.form_code import FormCode, decode, is_form_code
from compliance.model.intake import FormState
from compliance.vault import Snapshot

_GONE = (RecordStatus.ERASED, RecordStatus.ERASURE_PENDING)


def code_of(page: Page) -> tuple[FormCode | None, tuple[str, ...]]:
    """The one code a page bears, and what is to be said where it bears none that can be believed."""
    if page.fault:
        return None, (page.fault,)
    found: dict[FormCode, None] = {}
    faults: list[str] = []
    for text in filter(is_form_code, page.codes):
        try:
            found[decode(text)] = None
        except InputErrors as error:
            faults.append(error.code)
    if len(found) > 1:
        return None, ("two_codes",)
    if found:
        return next(iter(found)), ()
    return None, (*faults, "faint") if page.ink is Ink.FAINT else tuple(faults)


def believe(
    snap: Snapshot,
    code: FormCode,
    notices: Mapping[str, NoticeVersion],
    *,
    again: bool,
    items: Sequence[str],
    acted_on: str,
    offered: date | None,
    now: datetime,
) -> tuple[str, NoticeVersion | None, str | None]:
    """(reason of return or "", notice, person) of a printed form. ``again``: it is a second copy."""
    notice = next((n for n in notices.values() if code.of_notice(n.sha256)), None)
    person = snap.people.get(code.hcp_id)
    hcp_id = person.hcp_id if person is not None and person.status not in _GONE else None
    if person is None:
        return ("person_unknown" if notice else "form_of_another_vault"), notice, None
    if hcp_id is None:
        return "person_erased", notice, None
    if notice is None:
        return "notice_unknown", None, hcp_id
    if any(notice.line(item) is None for item in items):
        return "item_not_in_notice", notice, hcp_id
    if notice.state in (NoticeState.DRAFT, NoticeState.STAGED):
        return "notice_never_active", notice, hcp_id
    if _outdated(notice, acted_on, offered, now):
        return "notice_outdated", notice, hcp_id
    if again or any(
        f.hcp_id == hcp_id and f.state in (FormState.TO_CHECK, FormState.ACCEPTED) and f.pages >= f.expected
        for f in snap.stacks.of_serials([code.serial]).get(code.serial, ())
    ):
        return "form_twice", notice, hcp_id
    return "", notice, hcp_id


def _outdated(notice: NoticeVersion, acted_on: str, offered: date | None, now: datetime) -> bool:
    """Whether the version no longer spoke when the form was filled in, as far as that is known; else today counts."""
    if notice.state is not NoticeState.RETIRED or notice.retired_from is None:
        return False
    if acted_on:
        when = datetime.fromisoformat(acted_on) if len(acted_on) > 10 else day_start(date.fromisoformat(acted_on))
    else:
        when = day_start(offered) if offered else now
    return when >= notice.retired_from
