"""Which list says what is sensitive 敏感个人信息: the class of a field on a day, and the list chosen from a day on."""

from typing import Any

from compliance.clock import shanghai_day
from compliance.i18n import has
from compliance.model.limits import day_end
from compliance.use_cases.rules.field_classes import FieldClass
from compliance.use_cases.seat.session import shipped_policy
from desktop_app.operations import settings as ops
from desktop_app.views.page import Desk
from desktop_app.views.person_acts import field_choice, fill_fields
from desktop_app.views.register_card import RegisterCard
from desktop_app.widgets.basic import button, choice, fill_choice, hline, label, row
from desktop_app.widgets.form import day_box, day_in, day_of, field
from desktop_app.words import field_label


class ClassesCard(RegisterCard):
    """A field to look up; the privacy officer also chooses the list."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "classes")
        self._found: FieldClass | None = None
        self._key, self._day = field_choice("classKey", self.lang), day_box("classDay")
        self._told = label(name="classTold")
        pair = row(
            field("person.field", self._key, lang=self.lang),
            field("registers.classes.day", self._day, lang=self.lang),
            spacing=16,
        )
        self.inside.addLayout(pair)
        look = button("registers.classes.look", self.look, name="lookClass", lang=self.lang)
        self.inside.addLayout(_spread(self._told, look))
        self._list = choice(name="classList")
        self._from = day_box("classFrom", shanghai_day(desk.clock.now()))
        if self.desk.state.may("change_settings"):
            self.inside.addWidget(hline())
            pair = row(
                field("registers.classes.list", self._list, lang=self.lang),
                field("registers.classes.from", self._from, lang=self.lang),
                spacing=16,
            )
            self.inside.addLayout(pair)
            go = button("registers.classes.go", self._choose, look="primary", name="setClassRules", lang=self.lang)
            note = label(key="registers.classes.two", kind="small", lang=self.lang)
            self.inside.addLayout(_spread(note, go))
        self.render_words()

    def render_words(self) -> None:
        """Choices and what was found."""
        fill_fields(self._key, self.lang)
        fill_choice(self._list, [(self._list_label(name), name) for name in shipped_policy().class_lists])
        self._say()

    def look(self) -> None:
        """The class now, or at the end of a day."""
        number = self._key.findText(self._key.currentText())
        key = str(self._key.itemData(number)) if number >= 0 else self._key.currentText().strip()
        day = day_in(self._day)
        self.ask(ops.field_class(key=key, as_of=day_end(day) if day else None), self._got)

    def _got(self, found: FieldClass) -> None:
        self._found = found
        self._say()

    def _say(self) -> None:
        found = self._found
        if found is not None:
            word = f"registers.class.{found.data_class}"
            self._told.setText(
                self.t(
                    "registers.classes.found",
                    field=field_label(found.key, self.lang),
                    word=self.t(word) if has(word) else found.data_class,
                    list=self._list_label(found.rule_set.partition("/")[0]),
                )
            )

    def _list_label(self, name: str) -> str:
        return shipped_policy().class_lists[name].label.in_(str(self.lang))

    def _choose(self) -> None:
        task = ops.choose_class_rules(rule_set=str(self._list.currentData()), from_day=day_of(self._from))
        self.ask(task, self._chosen)

    def _chosen(self, made: Any) -> None:
        self.told(made, self.t("registers.classes.done"))


def _spread(words: Any, act: Any) -> Any:
    made = row(words, act, spacing=12)
    made.setStretch(0, 1)
    return made
