"""Choose one person: type a name, hospital or number; only what this reader may see is found."""

from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from compliance.i18n import t
from compliance.model.access import Purpose
from compliance.model.answer import Answer, Refusal
from compliance.model.profile import PersonRow, ProfileView
from desktop_app.models.people import field_text
from desktop_app.operations import asking, packs, people
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import column, label
from desktop_app.widgets.form import line

_TYPING_MS = 220
_MOST = 8
_ORDER = (Purpose.MDM, Purpose.RIGHTS, Purpose.SPEAKER, Purpose.VISIT)


class _Answers(QListWidget):
    """A list without copying: a value on the clipboard leaves no log entry."""

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Everything but copying."""
        if not event.matches(QKeySequence.StandardKey.Copy):
            super().keyPressEvent(event)


class PersonPicker(Page):
    """A search line with at most eight answers. ``chosen`` carries the id, "" when taken back."""

    chosen = Signal(str)

    def __init__(self, desk: Desk, *, name: str) -> None:
        super().__init__(desk)
        self.setObjectName("picker")
        self.hcp_id = ""
        sitting = desk.state.sitting
        rep = sitting is not None and sitting.rep
        self.edit = line(name, hint="people.search.in_pack" if rep else "people.search", lang=self.lang)
        self._list = _Answers()
        self._list.setObjectName(f"{name}List")
        self._list.hide()
        self._told = label(kind="small", name=f"{name}Told")
        self.setLayout(column(self.edit, self._list, self._told, spacing=6))
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._look)
        self.edit.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.edit.setDragEnabled(False)
        self.edit.selectionChanged.connect(self._nothing_to_copy)
        self.edit.textEdited.connect(self._edited)
        self.edit.returnPressed.connect(self._first)
        self._list.itemClicked.connect(self._take)
        self._list.itemActivated.connect(self._take)

    @property
    def purpose(self) -> Purpose | None:
        """The least telling purpose this role may search under."""
        sitting = self.desk.state.sitting
        found = [p for p in _ORDER if sitting and p in sitting.purposes]
        return found[0] if found else None

    @property
    def _in_field(self) -> bool:
        """Whether this is a rep's own computer: its pack is searched."""
        return bool(self.desk.state.sitting and self.desk.state.sitting.rep)

    def set_person(self, hcp_id: str) -> None:
        """Put a person whose id is known."""
        self.hcp_id = hcp_id
        self.edit.setText(hcp_id)
        self._list.hide()
        self._told.setText("")
        self.chosen.emit(hcp_id)
        if self._in_field and hcp_id:
            self.run(packs.profile(hcp_id=hcp_id), self._name_it)
        elif self.purpose is not None and hcp_id:
            self.run(people.open_profile(hcp_id=hcp_id, purpose=self.purpose), self._name_it)

    def _nothing_to_copy(self) -> None:
        """Who was found is not what was typed: it cannot be selected, so it cannot leave by the clipboard."""
        if self.hcp_id and self.edit.hasSelectedText():
            self.edit.deselect()

    def _edited(self) -> None:
        if self.hcp_id:
            self.hcp_id = ""
            self.edit.clear()  # the first key takes the choice back whole; a part of it would be there to copy
            self.chosen.emit("")
        self._typing.start()

    def _look(self) -> None:
        text = self.edit.text().strip()
        if text and (self.purpose is not None or self._in_field):
            self.run(asking.find(text=text, purpose=self.purpose), self._got)
        else:
            self._list.hide()

    def _got(self, answer: "Answer[Any]") -> None:
        if isinstance(answer.value, Refusal) or self.hcp_id:
            return
        self._list.clear()
        for found in answer.value.rows[:_MOST]:
            item = QListWidgetItem(self._words(found))
            item.setData(Qt.ItemDataRole.UserRole, found.hcp_id)
            self._list.addItem(item)
        self._list.setVisible(bool(answer.value.rows))
        self._list.setFixedHeight(min(len(answer.value.rows), _MOST) * 34 + 8)
        more = answer.value.total - _MOST
        self._told.setText(
            t("people.none_found", self.lang)
            if not answer.value.rows
            else t("picker.more", self.lang, count=more)
            if more > 0
            else ""
        )

    def _name_it(self, answer: "Answer[Any]") -> None:
        view = answer.value
        if isinstance(view, ProfileView) and view.hcp_id == self.hcp_id:
            self.edit.setText(self._words(view))

    def _first(self) -> None:
        if not self._list.isHidden() and self._list.count():
            self._take(self._list.item(0))

    def _take(self, item: QListWidgetItem) -> None:
        self.hcp_id = str(item.data(Qt.ItemDataRole.UserRole))
        self.edit.setText(item.text())
        self._list.hide()
        self._told.setText("")
        self.chosen.emit(self.hcp_id)

    def _words(self, found: PersonRow | ProfileView) -> str:
        keys = ("full_name", "professional_title", "department", "institution_name")
        return " · ".join(x for x in (*(field_text(found, k, self.lang) for k in keys), found.hcp_id) if x)
