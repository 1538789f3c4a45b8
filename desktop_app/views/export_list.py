"""The people list: a workbook with the policy applied, for here or for a recipient abroad."""

from typing import Any

from compliance.model.access import Purpose
from compliance.model.answer import Answer
from compliance.model.register import Recipient
from desktop_app.operations import people, transfers
from desktop_app.views.page import Desk, Page, scrolled
from desktop_app.widgets.basic import button, card, choice, fill_choice, label, row
from desktop_app.widgets.form import PathField, field
from desktop_app.words import purpose_label


class ListPart(Page):
    """A people list as a workbook, policy applied, no live formulas."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.purpose, self.abroad = choice(name="listPurpose"), choice(name="listAbroad")
        self._recipients: tuple[Recipient, ...] = ()
        self.path = PathField("listPath", mode="save", lang=self.lang, filters="Excel (*.xlsx)")
        layout = scrolled(self, width=760)
        layout.setContentsMargins(0, 18, 28, 28)
        frame, inside = card(margin=26, spacing=16)
        inside.addWidget(label(key="exports.list.title", kind="title", lang=self.lang))
        inside.addWidget(label(key="exports.list.sub", kind="muted", lang=self.lang))
        inside.addLayout(field("exports.purpose", self.purpose, lang=self.lang))
        inside.addLayout(field("exports.abroad", self.abroad, lang=self.lang, help_key="exports.abroad.help"))
        inside.addLayout(field("exports.file", self.path, lang=self.lang))
        inside.addLayout(row(1, button("exports.list.go", self.make, look="primary", name="makeList", lang=self.lang)))
        layout.addWidget(frame)
        layout.addStretch(1)
        self.render_words()

    def render_words(self) -> None:
        """Purposes and recipients."""
        sitting = self.desk.state.sitting
        named = [(f"{r.legal_name} · {r.country}", r.recipient_id) for r in self._recipients]
        fill_choice(self.abroad, [(self.t("exports.abroad.none"), ""), *named])
        fill_choice(self.purpose, [(purpose_label(p, self.lang), p) for p in (sitting.purposes if sitting else ())])

    def refresh(self) -> None:
        """Recipients abroad."""
        self.run(transfers.recipients(), self._got_recipients)

    def _got_recipients(self, answer: Answer[tuple[Recipient, ...]]) -> None:
        self._recipients = answer.value
        self.render_words()

    def make(self) -> None:
        """Write it."""
        path = self.path.path
        if path is None:
            self.notice.tell(self.t("create.path.missing"), tone="red")
            return
        abroad = str(self.abroad.currentData() or "") or None
        task = people.export(purpose=Purpose(self.purpose.currentData()), path=path, overseas=abroad)
        self.ask(task, self._made)

    def _made(self, made: Any) -> None:
        if self.waits(made):
            return
        self.notice.tell(self.t("exports.list.done", people=made.people, refused=made.refused, file=made.file.name))
