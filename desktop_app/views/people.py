"""People: search and list on the left, one person on the right. Officers may look as a rep does.

The same page serves a rep's vault; only the operations behind it differ.
"""

from typing import Any

from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QFrame, QVBoxLayout

from compliance.errors import InputErrors
from compliance.model.access import Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.ids import is_hcp_id
from desktop_app.errors import problem
from desktop_app.models.people import Wanted
from desktop_app.state import Place
from desktop_app.theme import FRAMES
from desktop_app.views.page import Desk, Page
from desktop_app.views.people_pages import PeoplePages
from desktop_app.views.profile import ProfilePane
from desktop_app.views.reason_code import open_code
from desktop_app.views.rep_eyes import RepEyes
from desktop_app.views.saved_views import ViewsMenu
from desktop_app.views.watch import Watch
from desktop_app.widgets.act_menu import ActMenu
from desktop_app.widgets.basic import button, column, empty, label, row
from desktop_app.widgets.person_row import PLACES, PeopleList, PersonDelegate
from desktop_app.widgets.refusal import refusal_panel
from desktop_app.widgets.search_box import SearchBox


class PeoplePage(Page):
    """Filter | list | detail."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        sitting = desk.state.sitting
        self.rep_vault = bool(sitting and sitting.rep)
        self._asked = 0
        self._nobody = False  # the list was asked for and holds no one
        self.pages = PeoplePages(self)
        self.model = self.pages.model
        self.search = SearchBox(sitting=sitting, lang=self.lang)
        self.as_rep = RepEyes(self)
        self.views = ViewsMenu(desk, self, self.search, seen_as=lambda: self.seen_as)
        self.list = PeopleList()
        self.detail = ProfilePane(desk, self)
        self.watch = Watch(self, again=self.changed_elsewhere, cover=lambda covered: self.list.setVisible(not covered))
        self._count = label(kind="small", name="peopleCount")
        self._empty = QVBoxLayout()
        adds = (
            ("people.add", self.add, "addPerson", "add_person"),
            ("people.import.short", self.bring_in, "importPeople", "import_people"),
            ("people.imports", self.show_imports, "showImports", "import_people"),
        )
        acts = [one[:3] for one in adds if not self.rep_vault and desk.state.may(one[3])]
        self.adds = ActMenu("people.bring_in", acts, name="bringIn", lang=self.lang)
        self._lay()
        self.search.asks.connect(self.look)
        self.as_rep.currentIndexChanged.connect(lambda _: self.look())

    @property
    def purpose(self) -> Purpose | None:
        """The purpose now."""
        return self.desk.state.purpose

    @property
    def ticket(self) -> int:
        """Number of the last question: what answers an older one is late."""
        return self._asked

    @property
    def seen_as(self) -> str | None:
        """The rep whose eyes are used, None for one's own."""
        return self.as_rep.seen_as

    def refresh(self) -> None:
        """Reps for *view as rep*, then the list."""
        if not self.rep_vault and self.desk.state.may("view_as_rep"):
            self.as_rep.refresh()
        if not self.rep_vault:
            self.views.refresh()
        self.look()

    def look(self) -> None:
        """Ask for the first page, and for the person shown."""
        self._look(also_person=True)

    def open_at(self, what: object) -> None:
        """Focus the search, or open one person."""
        if what == "search":
            self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.search.selectAll()
        elif what == "death_reports":
            self.search.setText("is:reported-deceased")
        elif isinstance(what, str) and is_hcp_id(what):
            self.show_person(what)

    def show_person(self, hcp_id: str) -> None:
        """Open one person's page."""
        place = self.model.place_of(hcp_id)
        if place >= 0:
            index = self.model.index(place)
            self.list.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.list.selectionModel().select(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if self.detail.hcp_id != hcp_id or not self.detail.case_id:
            self.detail.open(hcp_id)

    def open_first(self) -> None:
        """Open the first person of the list."""
        self.open_row(0)

    def affected(self, changes: Changes) -> bool:
        """People and consents change the list and the page."""
        return changes.people or changes.consents

    def render_words(self) -> None:
        """Say again in the language now."""
        self._delegate.lang = self.lang
        self.list.viewport().update()
        self.say_count()
        self.as_rep.render_words()
        self.adds.render_words(self.lang)
        self.search.offer(self.lang)
        self.views.render_words()
        if self._nobody:
            empty(self._empty)
            self._say_empty()
        self.detail.render_words()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """The person keeps the room; the list takes less of a narrow window."""
        super().resizeEvent(event)
        self._pane.setFixedWidth(min(388, max(312, event.size().width() // 3)))

    def _lay(self) -> None:
        tones = FRAMES[self.desk.state.sitting.frame if self.desk.state.sitting else next(iter(FRAMES))]
        self._delegate = PersonDelegate(self.lang, tones.accent, tones.accent_soft)
        self.list.setObjectName("peopleList")
        self.list.setModel(self.model)
        self.list.setItemDelegate(self._delegate)
        self.list.clicked.connect(lambda index: self.open_row(index.row()))
        self.list.activated.connect(lambda index: self.open_row(index.row()))
        self._pane = pane = QFrame()
        pane.setObjectName("pane")
        find = row(self.search, None if self.rep_vault else self.views, spacing=8)
        find.setStretch(0, 1)
        head = column(find, spacing=10)
        if not self.rep_vault:
            seen_as = self.as_rep if self.desk.state.may("view_as_rep") else 1
            looks = row(seen_as, self.adds if self.adds.menu().actions() else None, spacing=8)
            looks.setStretch(0, 1)
            head.addLayout(looks)
        head.setContentsMargins(16, 14, 16, 10)
        foot = row(self._count, 1)
        if not self.rep_vault and self.desk.state.may("open_reason"):
            code = button("people.code", lambda: open_code(self), look="link", name="openReason", lang=self.lang)
            foot.addWidget(code)
        foot.setContentsMargins(16, 2, 12, 4)
        self._empty.setContentsMargins(16, 0, 16, 0)
        inside = column(head, self._empty, self.list, foot, spacing=0)
        inside.setStretch(2, 1)
        pane.setLayout(inside)
        whole = row(pane, self.detail, spacing=0)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        for keys, step in (("Ctrl+J", 1), ("Ctrl+K", -1)):
            QShortcut(QKeySequence(keys), self).activated.connect(lambda s=step: self._step(s))
            alone = QShortcut(QKeySequence(keys[-1]), self.list)
            alone.setContext(Qt.ShortcutContext.WidgetShortcut)
            alone.activated.connect(lambda s=step: self._step(s))
        self.search.returnPressed.connect(lambda: self.open_row(0))
        if not self.rep_vault and self.desk.state.may("add_person"):
            QShortcut(QKeySequence("Ctrl+N"), self).activated.connect(self.add)

    def _clear_list(self) -> None:
        empty(self._empty)
        self.pages.clear()
        self._nobody = False
        self.say_count()

    def _look(self, *, also_person: bool) -> None:
        self._delegate.as_rep = self.rep_vault or self.seen_as is not None
        self._delegate.places = (*PLACES, *self.views.more_places())
        self._asked += 1
        ticket, as_rep = self._asked, self.seen_as
        self.ask_page(Wanted(0), lambda answer: self._first(answer, ticket, as_rep, also_person))

    def changed_elsewhere(self) -> None:
        """A row may no longer be shown: none stays while the list is asked anew. The person has an own watch."""
        self.model.clear()
        self._look(also_person=False)

    def ask_page(self, wanted: Wanted, done: Any) -> None:
        """Ask for a page of what is searched for."""
        text = self.search.text().strip()
        if self.rep_vault:
            from desktop_app.operations import packs

            self.run(packs.people(text=text), done)
        elif self.purpose is not None:
            ticket = self._asked
            self.run(self.views.task(self.purpose, wanted), done, lambda error: self._no_question(error, ticket))

    def _no_question(self, error: BaseException, ticket: int) -> None:
        """A search word that is none, perhaps only not finished yet, is said below the box. Where the person a page
        goes on from is not in the list any more, it is begun anew."""
        if isinstance(error, InputErrors) and error.code == "place_not_listed":
            if ticket == self._asked:
                self.changed_elsewhere()
        elif not isinstance(error, InputErrors) or not error.code.startswith("search_"):
            self.model.missed()
            self.failed(error)
        elif ticket == self._asked:
            self._clear_list()
            self._empty.addWidget(label(problem(error, self.lang).text, kind="muted", name="searchFault"))

    def _first(self, answer: "Answer[Any]", ticket: int, as_rep: str | None, also_person: bool) -> None:
        if ticket != self._asked:
            return
        self._clear_list()
        self._nobody = not isinstance(answer.value, Refusal) and not answer.value.rows
        if isinstance(answer.value, Refusal):
            self._empty.addWidget(refusal_panel(answer.value, self.lang))
            self.detail.clear()
        else:
            self.pages.first(answer.value, as_rep)
            if self._nobody:
                self._say_empty()
            if also_person:
                self._keep_person()
        self.say_count()

    def _keep_person(self) -> None:
        if self.detail.hcp_id:
            self.detail.open(self.detail.hcp_id)
        elif self.model.rowCount() and not self.search.text():
            self.detail.invite()

    def _say_empty(self) -> None:
        searched = bool(self.search.text().strip())
        self._empty.addWidget(label(self.t("people.none_found" if searched else "people.none"), kind="muted"))
        if not searched and not self.detail.hcp_id:
            self.detail.invite(none=self.purpose is Purpose.MDM and self.seen_as is None)

    def say_count(self) -> None:
        """How many there are, or so far."""
        total = self.model.total
        key = "people.count" if total is not None else "people.counting"
        self._count.setText(self.t(key, total=f"{self.model.rowCount() if total is None else total:,}"))

    def open_row(self, number: int) -> None:
        """Open the person of a row that is here."""
        if (found := self.model.row(self.model.index(number))) is not None:
            self.show_person(found.hcp_id)

    def _step(self, step: int) -> None:
        number = min(max(self.list.currentIndex().row() + step, 0), self.model.rowCount() - 1)
        self.pages.step_to(number)

    def bring_in(self) -> None:
        """Open the import."""
        from desktop_app.views.import_wizard import ImportWizard

        ImportWizard(self.desk, self).open()

    def show_imports(self) -> None:
        """The imports so far, with undo."""
        from desktop_app.views.import_list import ImportList

        ImportList(self.desk, self).open()

    def add(self) -> None:
        """Enter one person by hand."""
        from desktop_app.views.person_add import add_person

        add_person(self.desk, self, self._added)

    def _added(self, hcp_id: str) -> None:
        self.search.clear()
        self.detail.open(hcp_id)

    def withdraw(self, hcp_id: str) -> None:
        """Go to Consents with this person's withdrawal."""
        self.desk.state.go.emit(str(Place.CONSENTS), ("withdraw", hcp_id))

    def record(self, hcp_id: str) -> None:
        """Go to Consents with this person's record form."""
        self.desk.state.go.emit(str(Place.CONSENTS), ("record", hcp_id))
