"""What may be done with one person beyond reading: each act a small window that says what follows from it.

Only acts of this role are offered. What protects (freeze, objection) takes one person; erasing takes two.
"""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QCompleter, QMenu, QPushButton

from compliance.model.answer import Answer
from compliance.model.register import Rep, Source
from compliance.use_cases.people.amendments import WHYS
from compliance.use_cases.seat.session import shipped_policy
from compliance.use_cases.seeing.cases import KINDS
from compliance.use_cases.seeing.value_words import value_words as coded
from desktop_app.operations import consents, exports, imports, people
from desktop_app.views.basis_form import ask_basis
from desktop_app.views.exceptional import ask_exceptional, lent_to
from desktop_app.views.page import Desk, Page
from desktop_app.views.person_state_acts import ask_mark, ask_unmark
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import choice, fill_choice
from desktop_app.widgets.dialogs import confirm
from desktop_app.widgets.field_row import value_words
from desktop_app.widgets.form import PathField, day_box, day_in, line
from desktop_app.words import field_label, say

_ACTS = {
    "amend": "amend_person",
    "assign": "assign",
    "basis": "record_basis",
    "case": "open_case",
    "freeze": "freeze",
    "unfreeze": "unfreeze",
    "mark": "mark_state",
    "unmark": "unmark_state",
    "object": "object",
    "unobject": "take_back_objection",
    "no_automation": "refuse_automation",
    "automation": "allow_automation",
    "wind_down": "wind_down",
    "exceptional": "ask_exceptional",
    "erase": "request_erasure",
}
_REASONS = ("doubt", "dispute", "request", "complaint")


class PersonActs:
    """The menu of a person's page and the windows behind it. ``done`` is told what to say."""

    def __init__(self, desk: Desk, page: Page, *, person: Callable[[], str], opened: Callable[[Any], None]) -> None:
        self._desk, self._page = desk, page
        self._person, self._opened = person, opened

    def menu_button(self) -> QPushButton | None:
        """ "More" with the acts of this role, None when there are none."""
        names = [n for n, duty in _ACTS.items() if self._desk.state.may(duty)]
        if not lent_to(self._desk):
            names = [n for n in names if n != "exceptional"]
        if not names:
            return None
        made = QPushButton()
        made.setObjectName("profileMore")
        say(made, text="person.more", lang=self._page.lang)
        menu = QMenu(made)
        for name in names:
            if name in ("freeze", "erase"):
                menu.addSeparator()
            act = menu.addAction(self._page.t(f"person.{name}.menu"))
            act.setObjectName(f"person_{name}")
            act.triggered.connect(lambda _=False, n=name: getattr(self, n)())
        made.setMenu(menu)
        return made

    def amend(self) -> None:
        """Correct one value, or take it away."""
        dialog = self._dialog("amend")
        key = dialog.put("person.field", field_choice("amendKey", self._page.lang))
        value = dialog.put("person.value", line("amendValue", lang=self._page.lang), help_key="person.value.help")
        source = dialog.put("person.source", self._sources("amendSource"))
        why = dialog.put("person.amend.why", choice(name="amendWhy"))
        fill_choice(why, [(self._page.t(f"value.why.{code}"), code) for code in WHYS])
        use = dialog.put("person.use", use_choice("amendUse", self._page))

        def make() -> Any:
            chosen = key.currentData()
            if not chosen or not source.currentData():
                return dialog.missing("person.field" if not chosen else "person.source")
            return people.amend(
                hcp_id=self._person(),
                key=str(chosen),
                value=value.text(),
                source=str(source.currentData()),
                held=use.currentData() == "held",
                why=str(why.currentData()),
            )

        dialog.ask(make, self._amended)

    def _amended(self, made: Any) -> None:
        """Name the old and the new value to whoever amended it, as far as it may be read."""
        page = self._page
        was = value_words(made.was, page.lang) if made.was else ""
        becomes = coded(made.key, made.becomes, page.lang) if made.becomes else page.t("person.amend.nothing")
        key = "person.amend.done" if was else "person.amend.done.unseen"
        page.notice.tell(page.t(key, field=field_label(made.key, page.lang), was=was, becomes=becomes))

    def assign(self) -> None:
        """Give this person to a rep."""
        dialog = self._dialog("assign")
        rep = dialog.put("exports.rep", choice(name="assignRep"))
        dialog.form.run(exports.list_reps(), lambda answer: _fill_reps(rep, answer))

        def make() -> Any:
            name = rep.currentData()
            return exports.assign(hcp_ids=[self._person()], rep=str(name)) if name else dialog.missing("exports.rep")

        dialog.ask(make, lambda _: self._say("assign"))

    def basis(self) -> None:
        """A legal basis other than consent."""
        ask_basis(self._desk, self._page, hcp_id=self._person(), done=lambda _: self._say("basis"))

    def wind_down(self) -> None:
        """Confirm that what expired or was revoked has stopped: its tasks are opened."""
        page = self._page
        title, effect = page.t("person.wind_down.menu"), page.t("person.wind_down.effect")
        if confirm(page, page.lang, title=title, effect=effect, act=page.t("person.wind_down.go")):
            page.ask(consents.wind_down(hcp_id=self._person()), lambda _: self._say("wind_down"))

    def case(self) -> None:
        """Open a case: it gives rights work its reason and opens what that needs."""
        dialog = self._dialog("case")
        kind = dialog.put("person.case.kind", choice(name="caseKind"))
        fill_choice(kind, [(self._page.t(f"case.kind.{k}"), k) for k in KINDS])
        dialog.ask(lambda: people.open_case(hcp_id=self._person(), kind=str(kind.currentData())), self._opened)

    def freeze(self) -> None:
        """Stop every use at once."""
        dialog = self._dialog("freeze")
        reason = dialog.put("person.freeze.reason", choice(name="freezeReason"))
        fill_choice(reason, [(self._page.t(f"person.freeze.reason.{r}"), r) for r in _REASONS])
        task = lambda: people.freeze(hcp_id=self._person(), reason=str(reason.currentData()))  # noqa: E731
        dialog.ask(task, lambda _: self._say("freeze"))

    def unfreeze(self) -> None:
        """Lift a freeze."""
        self._dialog("unfreeze").ask(lambda: people.unfreeze(hcp_id=self._person()), lambda _: self._say("unfreeze"))

    def mark(self) -> None:
        """Deceased, not to be contacted, dormant."""
        ask_mark(self._desk, self._page, hcp_id=self._person())

    def unmark(self) -> None:
        """What was said, and undoing it."""
        ask_unmark(self._desk, self._page, hcp_id=self._person())

    def object(self) -> None:
        """The person objects to the use of public information."""
        self._dialog("object").ask(lambda: people.object_public(hcp_id=self._person()), lambda _: self._say("object"))

    def unobject(self) -> None:
        """The person takes the objection back: an act of their own, with its paper."""
        dialog, lang = self._dialog("unobject"), self._page.lang
        received = dialog.put("person.unobject.received", day_box("unobjectReceived"))
        channel = dialog.put("person.unobject.channel", line("unobjectChannel", lang=lang))
        paper = dialog.put("person.unobject.evidence", PathField("unobjectEvidence", mode="open", lang=lang))

        def make() -> Any:
            day, way = day_in(received), channel.text().strip()
            missing = [
                f"person.unobject.{name}"
                for name, there in (("received", day), ("channel", way), ("evidence", paper.path))
                if not there
            ]
            if missing or day is None or paper.path is None:
                return dialog.missing(*missing)
            return people.take_back_objection(
                hcp_id=self._person(), received_at=day.isoformat(), channel=way, evidence=paper.path
            )

        dialog.ask(make, lambda _: self._say("unobject"))

    def no_automation(self) -> None:
        """The person refuses automated decisions."""
        dialog = self._dialog("no_automation")
        dialog.ask(lambda: people.refuse_automation(hcp_id=self._person()), lambda _: self._say("no_automation"))

    def automation(self) -> None:
        """The person takes that refusal back."""
        dialog = self._dialog("automation")
        received = dialog.put("person.automation.received", day_box("automationReceived"))
        channel = dialog.put("person.automation.channel", line("automationChannel", lang=self._page.lang))

        def make() -> Any:
            day, way = day_in(received), channel.text().strip()
            if day is None or not way:
                names = (("received", day), ("channel", way))
                return dialog.missing(*(f"person.automation.{name}" for name, there in names if not there))
            return people.allow_automation(hcp_id=self._person(), received_at=day.isoformat(), channel=way)

        dialog.ask(make, lambda _: self._say("automation"))

    def exceptional(self) -> None:
        """Ask to see this person for a purpose this role is not named for."""
        ask_exceptional(self._desk, self._page, hcp_id=self._person())

    def erase(self) -> None:
        """Ask for an erasure."""
        dialog = self._dialog("erase", danger=True)
        reason = dialog.put(
            "person.erase.reason", line("eraseReason", lang=self._page.lang), help_key="person.erase.reason.help"
        )

        def make() -> Any:
            text = reason.text().strip()
            return people.erase(hcp_id=self._person(), reason=text) if text else dialog.missing("person.erase.reason")

        dialog.ask(make, lambda made: self._page.told(made, ""))

    def _dialog(self, name: str, *, danger: bool = False) -> ActDialog:
        said = self._page.t
        return ActDialog(
            self._desk,
            self._page,
            name=f"{name}Dialog",
            title=said(f"person.{name}.title"),
            effect=said(f"person.{name}.effect"),
            act=said(f"person.{name}.go"),
            danger=danger,
        )

    def _sources(self, name: str) -> QComboBox:
        box = choice(name=name)
        self._page.run(imports.list_sources(), lambda answer: fill_sources(box, answer))
        return box

    def _say(self, name: str) -> None:
        self._page.notice.tell(self._page.t(f"person.{name}.done"))


def field_choice(name: str, lang: Any) -> QComboBox:
    """Every field that can be entered, by its label; typing finds it."""
    box = choice(name=name)
    fill_fields(box, lang)
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    found = box.completer()
    if isinstance(found, QCompleter):
        found.setFilterMode(Qt.MatchFlag.MatchContains)
        found.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
    return box


def fill_fields(box: QComboBox, lang: Any) -> None:
    """The fields in a language, keeping the chosen one."""
    keys = [k for k, f in shipped_policy().fields.items() if f.section is not None]
    fill_choice(box, [(field_label(key, lang), key) for key in keys])


def use_choice(name: str, page: Page) -> QComboBox:
    """Whether a new value serves the uses whose notice was shown, or is kept for none (REQ-006)."""
    box = choice(name=name)
    fill_choice(box, [(page.t(f"person.use.{key}"), key) for key in ("shown", "held")])
    box.setCurrentIndex(max(box.findData("shown"), 0))
    return box


def fill_sources(box: QComboBox, answer: Answer[tuple[Source, ...]]) -> None:
    """Sources to choose from."""
    fill_choice(box, [(f"{s.name} · {s.code}", s.code) for s in answer.value])


def _fill_reps(box: QComboBox, answer: Answer[tuple[Rep, ...]]) -> None:
    fill_choice(box, [(f"{r.name} · {r.employee_no}", r.name) for r in answer.value if r.active])
