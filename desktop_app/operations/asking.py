"""Asking in person, at the office and on a rep's computer: the same steps, each store its own rules."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compliance.i18n import Lang
from compliance.model.access import Purpose
from compliance.model.answer import Answer
from compliance.model.consent import NoticeState
from compliance.use_cases.consent import recording, withdrawing
from compliance.use_cases.consent.recording import RecordConsent
from compliance.use_cases.field import rep_capture
from compliance.use_cases.notices import presenting, renderings
from compliance.use_cases.notices.presenting import Presentation
from compliance.use_cases.seat.rep_session import RepSession
from desktop_app.tasks import Task

__all__ = ["AskNotice", "Presentation", "RecordConsent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskNotice:
    """A notice that may be asked under, with its title in both languages."""

    ref: str
    title_zh: str
    title_en: str


def notices() -> Task[Answer[tuple[AskNotice, ...]]]:
    """Notices in force."""

    def work(opened: Any, _: object) -> Answer[tuple[AskNotice, ...]]:
        if isinstance(opened.session, RepSession):
            zh = rep_capture.notices_to_ask(opened.session, lang=Lang.ZH).value
            en = {n.ref: n.title for n in rep_capture.notices_to_ask(opened.session, lang=Lang.EN).value}
            return Answer(tuple(AskNotice(ref=n.ref, title_zh=n.title, title_en=en.get(n.ref, n.title)) for n in zh))
        from compliance.use_cases.notices.notice_looks import versions

        return Answer(
            tuple(
                AskNotice(ref=x.notice.ref, title_zh=x.notice.title_zh, title_en=x.notice.title_en)
                for x in versions(opened.session).value
                if x.state is NoticeState.ACTIVE
            )
        )

    return Task(work)


def words(*, ref: str, lang: Lang) -> Task[Answer[str]]:
    """What the person reads."""

    def work(opened: Any, _: object) -> Answer[str]:
        if isinstance(opened.session, RepSession):
            found = rep_capture.notices_to_ask(opened.session, lang=lang).value
            return Answer(next((n.text for n in found if n.ref == ref), ""))
        return Answer(renderings.preview(opened.session, ref=ref, lang=lang).value.text)

    return Task(work)


def items(*, ref: str, lang: Lang) -> Task[Any]:
    """The items in the words a person decides on."""

    def work(opened: Any, _: object) -> Any:
        if isinstance(opened.session, RepSession):
            found = rep_capture.notices_to_ask(opened.session, lang=lang).value
            return Answer(next((n.items for n in found if n.ref == ref), ()))
        from compliance.use_cases.notices.notice_looks import spoken_lines

        return spoken_lines(opened.session, ref=ref, lang=lang)

    return Task(work)


def save(*, ref: str, lang: Lang, path: Path) -> Task[Any]:
    """The rules as a file, before anybody answers."""

    def work(opened: Any, _: object) -> Any:
        if isinstance(opened.session, RepSession):
            return rep_capture.save_words(opened.session, ref=ref, lang=lang, path=path)
        return renderings.save_notice(opened.session, ref=ref, lang=lang, path=path)

    return Task(work)


def present(*, request: Presentation) -> Task[Any]:
    """The notice was handed over."""

    def work(opened: Any, _: object) -> Any:
        if isinstance(opened.session, RepSession):
            return rep_capture.capture_hand_over(opened.session, request=request)
        return presenting.present_notice(opened.session, request=request)

    return Task(work)


def record(*, request: RecordConsent) -> Task[Any]:
    """One answer to one item."""

    def work(opened: Any, _: object) -> Any:
        if isinstance(opened.session, RepSession):
            return rep_capture.capture_answer(opened.session, request=request)
        return recording.record_consent(opened.session, request=request)

    return Task(work)


def withdraw_all(*, hcp_id: str, received_at: str, channel: str) -> Task[Any]:
    """The person takes everything back."""

    def work(opened: Any, _: object) -> Any:
        if isinstance(opened.session, RepSession):
            return rep_capture.capture_withdrawal(
                opened.session, hcp_id=hcp_id, items=None, received_at=received_at, channel=channel
            )
        return withdrawing.withdraw_consent(
            opened.session, hcp_id=hcp_id, items=None, received_at=received_at, channel=channel
        )

    return Task(work)


def find(*, text: str, purpose: Purpose | None) -> Task[Any]:
    """People by name or hospital, as this store may show them."""

    def work(opened: Any, _: object) -> Any:
        if isinstance(opened.session, RepSession):
            from compliance.use_cases.field.bundles import rep_people

            return rep_people(opened.session, text=text)
        from compliance.use_cases.seeing.people_list import find_people

        assert purpose is not None
        return find_people(opened.session, text=text, purpose=purpose, limit=50)

    return Task(work)
