"""What ends contact with a person, said and undone from the window: deceased, do not contact, dormant.

Rules: (1) the reasons follow the state; (2) undoing offers what stands and shows who said it when; the person's own
word asks for its day, way and paper; (3) what takes a second person says so.
"""

from collections.abc import Callable
from typing import Any

from compliance.clock import shanghai_day
from compliance.model.answer import Answer, Refusal
from compliance.model.person_state import STATE_OF, WHYS, WHYS_NOT, PersonState
from compliance.model.register import Source
from compliance.use_cases.people.person_state_end import Unmarked
from compliance.use_cases.people.person_states import Marked, PersonStanding
from desktop_app.operations import imports, person_states
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import choice, fill_choice, label
from desktop_app.widgets.form import PathField, day_box, day_in, line


def ask_mark(desk: Desk, page: Page, *, hcp_id: str) -> None:
    """Say a state."""
    dialog = _dialog(desk, page, "mark")
    state = dialog.put("person.mark.state", choice(name="markState"))
    fill_choice(state, [(page.t(f"person_state.{one}"), str(one)) for one in PersonState])
    why = dialog.put("person.mark.reason", choice(name="markReason"))
    _follow(page, state, why, {str(one): codes for one, codes in WHYS.items()})
    day, source = day_box("markDay"), choice(name="markSource")
    dialog.pair(("person.mark.day", day), ("person.mark.source", source))
    page.run(imports.list_sources(), lambda answer: _sources(page, source, answer))
    paper = dialog.put("person.mark.evidence", PathField("markEvidence", mode="open", lang=page.lang))

    def make() -> Any:
        since = day_in(day)
        return person_states.mark(
            hcp_id=hcp_id, state=PersonState(str(state.currentData())), reason=str(why.currentData()),
            source=str(source.currentData() or ""), day=since.isoformat() if since else "", evidence=paper.path,
        )  # fmt: skip

    def done(made: Marked) -> None:
        page.notice.tell(page.t("person.mark.done" if made.confirmed else "person.mark.reported"))

    dialog.ask(make, done)


def ask_unmark(desk: Desk, page: Page, *, hcp_id: str) -> None:
    """Show what stands, and undo it."""
    page.run(person_states.states(hcp_id=hcp_id), lambda answer: _unmark(desk, page, hcp_id, answer))


def _unmark(desk: Desk, page: Page, hcp_id: str, answer: "Answer[PersonStanding | Refusal]") -> None:
    found = answer.value
    if isinstance(found, Refusal):
        page.notice.refuse(found, page.lang)
        return
    standing = list(dict.fromkeys(STATE_OF[block] for block in found.blocks))
    if not standing:
        page.notice.tell(page.t("person.unmark.nothing"), tone="blue")
        return
    dialog = _dialog(desk, page, "unmark")
    said = label("\n".join(_history(page, found)), kind="small", name="statesSaid")
    said.setWordWrap(True)
    dialog.put("person.unmark.said", said)
    state = dialog.put("person.mark.state", choice(name="unmarkState"))
    fill_choice(state, [(page.t(f"person_state.{one}"), str(one)) for one in standing])
    why = dialog.put("person.unmark.reason", choice(name="unmarkReason"))
    _follow(page, state, why, {str(one): WHYS_NOT[one] for one in standing})
    received = dialog.put("person.unobject.received", day_box("unmarkReceived"))
    channel = dialog.put("person.unobject.channel", line("unmarkChannel", lang=page.lang))
    paper = dialog.put("person.unobject.evidence", PathField("unmarkEvidence", mode="open", lang=page.lang))
    own = {"person_says"}
    dialog.only_where(why, {received: own, channel: own, paper: own})

    def make() -> Any:
        day, way, word = day_in(received), channel.text().strip(), why.currentData() == "person_says"
        parts = (("received", day), ("channel", way), ("evidence", paper.path))
        missing = [f"person.unobject.{name}" for name, there in parts if word and not there]
        if missing:
            return dialog.missing(*missing)
        return person_states.unmark(
            hcp_id=hcp_id, state=PersonState(str(state.currentData())), reason=str(why.currentData()),
            received_at=day.isoformat() if word and day else "", channel=way if word else "",
            evidence=paper.path if word else None,
        )  # fmt: skip

    def done(made: Any) -> None:
        resumed = len(made.resumed) if isinstance(made, Unmarked) else 0
        page.told(made, page.t("person.unmark.done", count=resumed))

    dialog.ask(make, done)


def _history(page: Page, found: PersonStanding) -> list[str]:
    """Who said what when, the newest last."""
    lines = []
    for one in found.said:
        lines.append(
            page.t(
                "person.unmark.line",
                day=str(shanghai_day(one.said_at)),
                by=one.said_by,
                state=page.t(f"person_state.{one.state}"),
                why=page.t(f"state.why.{one.reason}"),
                end=page.t("person.unmark.line.ended", day=str(shanghai_day(one.lifted_at)), by=one.lifted_by)
                if one.lifted_at
                else page.t("person.unmark.line.confirmed", by=one.confirmed_by)
                if one.confirmed_by
                else "",
            )
        )
    return lines or [page.t("person.unmark.nothing_said")]


def _follow(page: Page, state: Any, why: Any, reasons: dict[str, tuple[str, ...]]) -> None:
    """Rule 1."""

    def turn() -> None:
        codes = reasons[str(state.currentData())]
        fill_choice(why, [(page.t(f"state.why.{code}"), code) for code in codes])
        why.currentIndexChanged.emit(why.currentIndex())

    state.currentIndexChanged.connect(lambda _: turn())
    turn()


def _sources(page: Page, box: Any, answer: Answer[tuple[Source, ...]]) -> None:
    known = [(f"{source.name} · {source.code}", source.code) for source in answer.value]
    fill_choice(box, [(page.t("person.mark.source.none"), ""), *known])


def _dialog(desk: Desk, page: Page, name: str) -> ActDialog:
    said: Callable[..., str] = page.t
    return ActDialog(
        desk, page, name=f"{name}Dialog", title=said(f"person.{name}.title"), effect=said(f"person.{name}.effect"),
        act=said(f"person.{name}.go"),
    )  # fmt: skip
