"""A rep's own vault: made from packs, read-only."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from compliance.clock import Clock
from compliance.model.access import Purpose, Role
from compliance.model.answer import Refusal
from compliance.model.register import PaperEnd
from desktop_app.tasks import Task

#: What a rep and an MSL come for, and the work card where that is not open yet.
_WORK = {Role.REP: (Purpose.VISIT, Purpose.ASK), Role.MSL: (Purpose.MEDICAL, Purpose.ASK)}


def init_rep(*, path: Path, passphrase: str, clock: Clock) -> Task[Any]:
    """A new rep vault; its recipient key goes to compliance."""

    def work(_: Any, __: object) -> Any:
        from compliance.use_cases.field.bundles import init_rep as make

        return make(path, passphrase=passphrase, clock=clock)

    return Task(work, title="desk.task.create")


def open_pack(*, path: Path) -> Task[Any]:
    """Replace what is here by a newer pack."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.field.bundles import open_bundle

        return open_bundle(opened.session, path=path)

    return Task(work, title="desk.task.open_pack")


def state() -> Task[Any]:
    """Sequence, dates and people of the pack here."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.field.bundles import pack_state

        return pack_state(opened.session)

    return Task(work)


def make_day_plan(*, hcp_ids: Sequence[str], day: date, path: Path) -> Task[Any]:
    """The rep's own plan of one day, from the pack."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.field.rep_day_plan import own_day_plan

        return own_day_plan(opened.session, hcp_ids=hcp_ids, day=day, path=path)

    return Task(work, title="desk.task.sheets")


def why(*, hcp_id: str, key: str, purpose: Purpose) -> Task[Any]:
    """Why a field of the pack shows as it does, and the code for a call to the office."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.field.bundles import rep_why

        return rep_why(opened.session, hcp_id=hcp_id, key=key, purpose=purpose)

    return Task(work)


def people(*, text: str) -> Task[Any]:
    """People of the pack."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.field.bundles import rep_people

        return rep_people(opened.session, text=text)

    return Task(work)


def profile(*, hcp_id: str) -> Task[Any]:
    """One person of the pack, for the first purpose of this rep's work that shows anything: the task brings it."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.field.bundles import rep_profile

        answer = None
        for purpose in _WORK[opened.session.role]:
            answer = rep_profile(opened.session, hcp_id=hcp_id, purpose=purpose)
            if not isinstance(answer.value, Refusal):
                break
        return answer

    return Task(work)


def around(*, hcp_id: str, view: Any) -> Task[Any]:
    """What may be done with somebody, and what of them the pack does not hold."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.field.rep_missing import around as look

        return look(opened.session, hcp_id=hcp_id, view=view)

    return Task(work)


def make_return(*, path: Path) -> Task[Any]:
    """Everything the office has not answered yet, as one file for it."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.field.returning import make_return as make

        return make(opened.session, path=path)

    return Task(work, title="desk.task.return")


def notes() -> Task[Any]:
    """What this computer has to tell the office, what came of it, and the papers the office asks back."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.field.returning import asked_back, list_notes

        return list_notes(opened.session).value, asked_back(opened.session).value

    return Task(work)


def report_papers(*, serials: Sequence[str], how: PaperEnd) -> Task[Any]:
    """Papers were given back, destroyed or lost."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.field.returning import report_own_papers

        return report_own_papers(opened.session, serials=serials, how=how)

    return Task(work)


def drop() -> Task[Any]:
    """Delete everybody of the pack from this computer."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.field.returning import drop_pack

        return drop_pack(opened.session)

    return Task(work)
