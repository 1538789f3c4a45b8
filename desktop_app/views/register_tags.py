"""The tag catalogue 标签目录: every field with what it is for, how it is made and what may be said of it; and the
validation of those that guess."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QLineEdit, QVBoxLayout, QWidget

from compliance.clock import shanghai_day
from desktop_app.operations import registers as ops
from desktop_app.views.page import Desk
from desktop_app.views.register_card import RegisterCard
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import button, chip, column, empty, hline, label, row, scroll
from desktop_app.widgets.form import count_line, count_of, day_edit, day_of, line
from desktop_app.words import field_label, policy_label, purpose_label

if TYPE_CHECKING:
    from compliance.use_cases.people.tags import TagRow

_TYPES = {"static": "neutral", "dynamic": "blue", "predictive": "amber"}
_CLASSES = {"ordinary": "neutral", "public": "green", "sensitive": "red"}


class TagsCard(RegisterCard):
    """The catalogue with a search; a line opens the whole of a field."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "tags")
        self._rows: tuple[TagRow, ...] = ()
        self._find = QLineEdit()
        self._find.setObjectName("findTag")
        self._find.setClearButtonEnabled(True)
        self._find.textChanged.connect(lambda _: self.refresh())
        self._count = label(kind="small", name="tagsCount")
        head = row(self._find, self._count, spacing=12)
        head.setStretch(0, 1)
        self.inside.addLayout(head)
        self.inside.addLayout(self.entries)
        self.entries.setSpacing(6)
        self._say()

    def refresh(self) -> None:
        """Ask for what matches."""
        self.run(ops.list_tags(text=self._find.text()), self._got)

    def render_words(self) -> None:
        """Say again."""
        self._say()
        self._draw()

    def _say(self) -> None:
        self._find.setPlaceholderText(self.t("tags.find"))

    def _got(self, answer: Any) -> None:
        self._rows = answer.value
        self._draw()

    def _draw(self) -> None:
        empty(self.entries)
        self._count.setText(self.t("tags.count", n=len(self._rows)))
        for found in self._rows:
            self.entries.addLayout(self._line(found))

    def _line(self, found: "TagRow") -> Any:
        field = found.field
        name = label(field_label(field.key, self.lang), name=f"tag_{field.key}")
        small = label(f"{policy_label('dimension', field.dimension, self.lang)} · {field.key}", kind="small")
        chips = [
            chip(self.t(f"tags.type.{field.tag_type}"), _TYPES[field.tag_type]),
            chip(self.t(f"tags.class.{field.data_class}"), _CLASSES[field.data_class]),
        ]
        if found.validated is False:
            chips.insert(0, chip(self.t("desk.fresh.not_validated"), "red", name=f"unvalidated_{field.key}"))
        show = button("tags.show", self._shower(found), look="link", name=f"show_{field.key}", lang=self.lang)
        made = row(column(name, small, spacing=0), *chips, show, spacing=8)
        made.setStretch(0, 1)
        return made

    def _shower(self, found: "TagRow") -> Callable[[], None]:
        return lambda: self.ask(ops.show_tag(key=found.field.key), self._show)

    def _show(self, found: "TagRow") -> None:
        TagDialog(self, found, validate=self._validate if self.desk.state.may("validate_tag") else None).open()

    def _validate(self, found: "TagRow") -> None:
        key = found.field.key
        title = self.t("tags.validate.title", field=field_label(key, self.lang))
        dialog = ActDialog(
            self.desk, self, name="validateDialog", title=title,
            effect=self.t("tags.validate.effect"), act=self.t("tags.validate.go"),
        )  # fmt: skip
        on = dialog.put("tags.validate.on", day_edit("validatedOn", shanghai_day(self.desk.clock.now())))
        sample = dialog.put("tags.validate.sample", count_line("validateSample"))
        method = dialog.put("tags.validate.method", line("validateMethod", lang=self.lang))

        def make() -> Any:
            if not method.text().strip() or not sample.text().strip():
                return dialog.missing("tags.validate.sample", "tags.validate.method")
            return ops.validate_tag(
                key=key, validated_on=day_of(on), sample=count_of(sample), method=method.text().strip()
            )

        dialog.ask(make, lambda _: self._done(key))

    def _done(self, key: str) -> None:
        self.notice.tell(self.t("tags.validate.done", field=field_label(key, self.lang)))
        self.refresh()


class TagDialog(QDialog):
    """One field in full."""

    def __init__(self, card: TagsCard, found: "TagRow", *, validate: Callable[["TagRow"], None] | None) -> None:
        super().__init__(card)
        self.setObjectName("tagDialog")
        self.setWindowTitle(card.t("app.name"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumSize(680, 560)
        lang, field, tag = card.lang, found.field, found.tag
        valid = card.t("tags.valid_to", day=found.valid_to) if found.valid_to else card.t("desk.fresh.not_validated")
        facts = [
            ("owner", tag.owner.in_(lang)),
            ("cadence", card.t("tags.days", days=field.refresh_days) if field.refresh_days else "—"),
            ("look_back", card.t("tags.days", days=tag.look_back_days) if tag.look_back_days else "—"),
            ("formula", tag.formula.in_(lang) if tag.formula else "—"),
            ("may_say", tag.may_say.in_(lang)),
            ("never_say", tag.never_say.in_(lang)),
            ("rule_set", found.version),
            *([("validated", valid)] if found.validated is not None else []),
        ]
        inside = QVBoxLayout()
        inside.addLayout(_grid([(card.t(f"tags.{key}"), text) for key, text in facts]))
        inside.addWidget(label(card.t("tags.necessity"), kind="heading"))
        inside.addLayout(_grid([(purpose_label(p, lang), words.in_(lang)) for p, words in found.necessity.items()]))
        inside.addStretch(1)
        holder = QWidget()
        holder.setLayout(inside)
        close = button("desk.close", self.accept, name="tagClose", lang=lang)
        acts: list[QWidget] = []
        if validate is not None and found.validated is not None:
            go = button("tags.validate", self.accept, name="validateTag", lang=lang)
            go.clicked.connect(lambda: validate(found))
            acts.append(go)
        body = column(
            row(
                label(field_label(field.key, lang), kind="title"), 1,
                chip(card.t(f"tags.type.{field.tag_type}"), _TYPES[field.tag_type]),
                chip(card.t(f"tags.class.{field.data_class}"), _CLASSES[field.data_class]),
            ),
            label(f"{policy_label('dimension', field.dimension, lang)} · {field.key}", kind="muted"),
            hline(), scroll(holder), row(*acts, 1, close), margin=24, spacing=10,
        )  # fmt: skip
        body.setStretch(3, 1)
        self.setLayout(body)


def _grid(pairs: list[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(8)
    grid.setColumnMinimumWidth(0, 150)
    grid.setColumnStretch(1, 1)
    for number, (name, text) in enumerate(pairs):
        caption = label(name, kind="muted")
        caption.setAlignment(Qt.AlignmentFlag.AlignTop)
        grid.addWidget(caption, number, 0)
        grid.addWidget(label(text), number, 1)
    return grid
