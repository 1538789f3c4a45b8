"""What a value was before, in a window behind it; here it can be disputed, and a dispute settled by a second person."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from compliance.model.access import FieldState, Purpose
from compliance.model.profile import ShownField
from compliance.use_cases.people.disputes import OUTCOMES, REASONS
from desktop_app.operations import people
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import button, chip, choice, column, fill_choice, hline, label, row, scroll
from desktop_app.widgets.field_row import value_words
from desktop_app.words import field_label, purpose_label, time_text

if TYPE_CHECKING:
    from compliance.use_cases.seeing.value_history import Change, FieldHistory


TONES = {"active": "green", "due": "amber", "stale": "red", "quarantined": "amber", "disputed": "red"}


class HistoryDialog(QDialog):
    """One field through time. ``again`` shows the page behind anew after an act."""

    def __init__(
        self, desk: Desk, page: Page, *, found: "FieldHistory", case_id: str, again: Callable[[str], None]
    ) -> None:
        super().__init__(page)
        self._desk, self._page, self._found, self._case, self._again = desk, page, found, case_id, again
        self.setObjectName("historyDialog")
        self.setWindowTitle(page.t("app.name"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)  # values stay on no widget
        self.setMinimumSize(620, 420)
        lang = page.lang
        status = found.now.status
        chips = [chip(page.t(f"value.status.{status}"), TONES[status], name="valueStatus")] if status else []
        inside = QVBoxLayout()
        inside.setSpacing(14)
        for change in found.changes:
            inside.addLayout(self._change(change))
        if not found.changes:
            inside.addWidget(label(page.t("value.history.none"), kind="muted", name="historyNone"))
        for one in found.disputes:
            inside.addLayout(self._dispute(one))
        inside.addStretch(1)
        holder = QWidget()
        holder.setLayout(inside)
        close = button("desk.close", self.accept, name="historyClose", lang=lang)
        body = column(
            row(label(field_label(found.key, lang), kind="title"), 1, *chips),
            label(page.t("why.for", purpose=purpose_label(found.purpose, lang)), kind="muted"),
            label(_text(page, found.now), kind="heading", name="historyNow"),
            hline(),
            scroll(holder),
            row(*self._acts(), 1, close),
            margin=24,
            spacing=12,
        )
        body.setStretch(4, 1)
        self.setLayout(body)
        close.setFocus()

    def _change(self, change: "Change") -> QVBoxLayout:
        page = self._page
        why = page.t(f"value.why.{change.why}") + (f" {change.batch}" if change.batch else "")
        return column(
            label(f"{_text(page, change.was)}  →  {_text(page, change.became)}", name="historyChange"),
            label(f"{time_text(change.at)} · {change.by} · {why}{_from(page, change.was)}", kind="small"),
            spacing=2,
        )

    def _dispute(self, one: Any) -> QVBoxLayout:
        page = self._page
        reason = page.t(f"value.dispute.reason.{one.reason}")
        lines = [page.t("value.dispute.line", at=time_text(one.said_at), by=one.said_by, reason=reason)]
        if one.settled_at is not None:
            outcome = page.t(f"value.dispute.outcome.{one.outcome}")
            lines.append(
                page.t("value.dispute.settled", at=time_text(one.settled_at), by=one.settled_by, outcome=outcome)
            )
        return column(*[label(text, kind="small", name="historyDispute") for text in lines], spacing=2)

    def _acts(self) -> list[QWidget]:
        found, may = self._found, self._desk.state.may
        disputed = any(one.settled_at is None for one in found.disputes)
        made: list[QWidget] = []
        if disputed and may("settle_dispute"):
            made.append(button("value.settle", self.settle, look="primary", name="settleValue", lang=self._page.lang))
        elif not disputed and found.now.value and may("dispute_value"):
            made.append(button("value.dispute", self.dispute, name="disputeValue", lang=self._page.lang))
        return made

    def dispute(self) -> None:
        """Say that the value is wrong."""
        self._choose("dispute", "reason", REASONS, people.dispute)

    def settle(self) -> None:
        """The second look."""
        self._choose("settle", "outcome", OUTCOMES, people.settle)

    def _choose(self, act: str, what: str, codes: tuple[str, ...], task: Callable[..., Any]) -> None:
        page, found = self._page, self._found
        self.accept()
        dialog = ActDialog(
            self._desk, page, name=f"{act}ValueDialog", title=page.t(f"value.{act}"),
            effect=page.t(f"value.{act}.effect"), act=page.t(f"value.{act}.go"),
        )  # fmt: skip
        box = dialog.put(f"value.{act}.{what}", choice(name=f"{act}Choice"))
        fill_choice(box, [(page.t(f"value.dispute.{what}.{code}"), code) for code in codes])
        purpose, case_id = Purpose(found.purpose), self._case or None
        dialog.ask(
            lambda: task(
                hcp_id=found.hcp_id, key=found.key, purpose=purpose, case_id=case_id, **{what: str(box.currentData())}
            ),
            lambda _: self._again(page.t(f"value.{act}.done")),
        )


def _text(page: Page, shown: ShownField | None) -> str:
    if shown is None or shown.value is None:
        return page.t("desk.withheld") if shown is not None and shown.state is FieldState.WITHHELD else "—"
    return value_words(shown, page.lang)


def _from(page: Page, was: ShownField | None) -> str:
    if was is None or was.source_class is None:
        return ""
    day = was.source_date.isoformat() if was.source_date else page.t("desk.date_unknown")
    return " · " + page.t("value.history.from", source=was.source or "—", day=day)
