"""An impact assessment on file: what it covers, who wrote it, who approved it (two people), how long it counts."""

from collections.abc import Callable, Sequence
from typing import Any

from compliance.clock import shanghai_day
from compliance.model.access import Purpose
from compliance.model.register import Recipient
from compliance.use_cases.seeing.joining import covers as join_covers
from compliance.use_cases.seeing.joining import join_pairs
from desktop_app.operations import transfers as ops
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import choice, fill_choice
from desktop_app.widgets.form import day_box, day_in, line
from desktop_app.words import purpose_label

_TEXTS = ("document", "author", "approver")


def record_assessment(desk: Desk, page: Page, recipients: Sequence[Recipient], done: Callable[[], object]) -> ActDialog:
    """The window for it, over a purpose, a recipient abroad or the joining of two purposes."""
    dialog = ActDialog(
        desk,
        page,
        name="assessmentDialog",
        title=page.t("transfers.pia.title"),
        effect=page.t("transfers.pia.effect"),
        act=page.t("transfers.pia.go"),
    )
    covers = dialog.put("transfers.pia.covers", choice(name="piaCovers"))
    entries: list[tuple[str, object]] = [(purpose_label(p, page.lang), str(p)) for p in Purpose]
    for one in recipients:
        entries.append((page.t("transfers.pia.abroad", name=one.legal_name), f"overseas:{one.recipient_id}"))
    for first, other in join_pairs():
        said = page.t("transfers.pia.join", one=purpose_label(first, page.lang), other=purpose_label(other, page.lang))
        entries.append((said, join_covers(first, other)))
    fill_choice(covers, entries)
    texts = {name: line(f"pia_{name}", lang=page.lang) for name in _TEXTS}
    dialog.put("transfers.pia.document", texts["document"])
    dialog.pair(("transfers.pia.author", texts["author"]), ("transfers.pia.approver", texts["approver"]))
    approved, until = day_box("piaApproved", shanghai_day(desk.clock.now())), day_box("piaUntil")
    dialog.pair(("transfers.pia.approved", approved), ("transfers.pia.until", until))

    def make() -> Any:
        said = {name: box.text().strip() for name, box in texts.items()}
        missing = [f"transfers.pia.{name}" for name, text in said.items() if not text]
        day = day_in(approved)
        if missing or day is None:
            return dialog.missing(*missing)
        return ops.add_assessment(
            purpose=str(covers.currentData()),
            title=said["document"],
            approved_on=day,
            valid_until=day_in(until),
            author=said["author"],
            approver=said["approver"],
        )

    return dialog.ask(make, lambda _: done())
