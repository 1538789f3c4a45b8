"""One person entered by hand, or, where they were erased, the second person asked to let them in again."""

from collections.abc import Callable
from typing import Any

from desktop_app.operations import imports, people
from desktop_app.views.page import Desk, Page
from desktop_app.views.person_acts import fill_sources, use_choice
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import choice
from desktop_app.widgets.form import line
from desktop_app.words import field_label

_ADDED = ("full_name", "institution_name", "department", "professional_title", "mobile_phone", "practice_licence_no")


def add_person(desk: Desk, page: Page, added: Callable[[str], None]) -> ActDialog:
    """The window for one person entered by hand. ``added`` gets the new id."""
    dialog = ActDialog(
        desk,
        page,
        name="addPersonDialog",
        title=page.t("person.add.title"),
        effect=page.t("person.add.effect"),
        act=page.t("person.add.go"),
    )
    boxes = {}
    for key in _ADDED:
        boxes[key] = line(f"add_{key}", lang=page.lang)
        boxes[key].setAccessibleName(field_label(key, page.lang))
    for first, second in zip(_ADDED[::2], _ADDED[1::2], strict=True):
        dialog.pair((f"person.add.{first}", boxes[first]), (f"person.add.{second}", boxes[second]))
    source = dialog.put("person.source", choice(name="addSource"))
    dialog.form.run(imports.list_sources(), lambda answer: fill_sources(source, answer))
    use = dialog.put("person.use", use_choice("addUse", page))
    again = line("addAgain", lang=page.lang)
    if desk.state.may("readmit_person"):
        dialog.put("person.add.again", again, help_key="person.add.again.help")

    def make() -> Any:
        missing = [f"person.add.{k}" for k in ("full_name", "institution_name") if not boxes[k].text().strip()]
        reason = again.text().strip()
        if not source.currentData() and not reason:
            missing.append("person.source")
        if missing:
            return dialog.missing(*missing)
        values = {key: box.text().strip() for key, box in boxes.items() if box.text().strip()}
        if reason:
            return people.readmit(values=values, reason=reason)
        return people.add(values=values, source=str(source.currentData()), held=use.currentData() == "held")

    return dialog.ask(make, lambda made: None if page.waits(made) else added(made))
