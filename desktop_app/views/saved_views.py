"""Saved views beside the search box: take one, name the search that stands there, or forget one."""

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QCheckBox, QLineEdit, QMenu, QPushButton

from compliance.model.access import Purpose
from compliance.use_cases.seeing.saved_views import COLUMNS
from desktop_app.models.people import Wanted
from desktop_app.operations import people
from desktop_app.tasks import Task
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import choice, fill_choice
from desktop_app.widgets.form import line
from desktop_app.words import field_label, purpose_label, say


class ViewsMenu(QPushButton):
    """The button and its menu. A view is in front while its words stand in ``search``; other words, another purpose or
    a rep's eyes end it."""

    def __init__(self, desk: Desk, page: Page, search: QLineEdit, *, seen_as: Callable[[], str | None]) -> None:
        super().__init__()
        self._desk, self._page, self._search, self._seen_as = desk, page, search, seen_as
        self._views: tuple[Any, ...] = ()
        self._front: Any = None
        self.setObjectName("savedViews")
        self.setMenu(QMenu(self))
        self.render_words()

    def task(self, purpose: Purpose, wanted: Wanted) -> Task[Any]:
        """What to ask for a page of the list: the view in front, else the search as it stands."""
        offset, after, before = wanted.offset, wanted.after, wanted.before
        if self._stands():
            return people.open_view(name=self._front.name, offset=offset, after=after, before=before)
        text, seen_as = self._search.text().strip(), self._seen_as()
        return people.find(text=text, purpose=purpose, offset=offset, after=after, before=before, as_rep=seen_as)

    def count(self, purpose: Purpose) -> Task[Any]:
        """How many there are of it: a view is its search."""
        return people.count(text=self._search.text().strip(), purpose=purpose, as_rep=self._seen_as())

    def more_places(self) -> tuple[str, ...]:
        """Columns a line shows beside hospital and department."""
        return ("region",) if self._stands() and "region" in self._front.columns else ()

    def _stands(self) -> bool:
        view = self._front
        same = view is not None and view.text == self._search.text().strip()
        return same and view.purpose == self._desk.state.purpose and self._seen_as() is None

    def _take(self, view: Any) -> None:
        """Put a view in front; None is the plain list. The box asks by itself when its words change."""
        self._front = view
        if view is not None and view.purpose != self._desk.state.purpose:
            self._desk.state.set_purpose(view.purpose)
        text = view.text if view is not None else ""
        if text == self._search.text():
            self._page.refresh()
        self._search.setText(text)

    def refresh(self) -> None:
        """Ask for my views."""
        self._page.run(people.list_views(), self._got)

    def render_words(self) -> None:
        """Say again."""
        say(self, text="views.menu", lang=self._page.lang)
        self._fill()

    def save(self) -> None:
        """Name the search that stands in the box."""
        page = self._page
        text, purpose = self._search.text().strip(), self._desk.state.purpose
        if purpose is None:
            return
        dialog = ActDialog(
            self._desk, page, name="saveViewDialog", title=page.t("views.save.title"),
            effect=page.t("views.save.effect", text=text or page.t("views.everybody"),
                          purpose=purpose_label(purpose, page.lang)),
            act=page.t("views.save.go"),
        )  # fmt: skip
        name = dialog.put("views.name", line("viewName", lang=page.lang))
        boxes = {}
        for key in COLUMNS:
            boxes[key] = QCheckBox(page.t("views.column.show"))
            boxes[key].setAccessibleName(field_label(key, page.lang))
            boxes[key].setObjectName(f"column_{key}")
            boxes[key].setChecked(True)
        dialog.pair(*((f"views.column.{key}", box) for key, box in boxes.items()))

        def make() -> Any:
            if not name.text().strip():
                return dialog.missing("views.name")
            chosen = tuple(key for key, box in boxes.items() if box.isChecked())
            return people.save_view(name=name.text().strip(), text=text, purpose=purpose, columns=chosen)

        dialog.ask(make, self._saved)

    def drop(self) -> None:
        """Forget one."""
        page = self._page
        dialog = ActDialog(
            self._desk, page, name="dropViewDialog", title=page.t("views.drop"), effect=page.t("views.drop.effect"),
            act=page.t("views.drop.go"),
        )  # fmt: skip
        box = dialog.put("views.name", choice(name="dropView"))
        fill_choice(box, [(view.name, view.name) for view in self._views])
        dialog.ask(lambda: people.drop_view(name=str(box.currentData())), lambda _: self.refresh())

    def _saved(self, view: Any) -> None:
        self.refresh()
        self._take(view)

    def _got(self, answer: Any) -> None:
        self._views = answer.value
        self._fill()

    def _fill(self) -> None:
        menu, page = self.menu(), self._page
        menu.clear()
        everybody = menu.addAction(page.t("views.none"))
        everybody.setObjectName("viewNone")
        everybody.triggered.connect(lambda: self._take(None))
        for view in self._views:
            act = menu.addAction(f"{view.name}  ·  {purpose_label(view.purpose, page.lang)}")
            act.setObjectName(f"view_{view.name}")
            act.triggered.connect(lambda _=False, v=view: self._take(v))
        menu.addSeparator()
        save = menu.addAction(page.t("views.save"))
        save.setObjectName("saveView")
        save.triggered.connect(self.save)
        if self._views:
            drop = menu.addAction(page.t("views.drop"))
            drop.setObjectName("dropViews")
            drop.triggered.connect(self.drop)
