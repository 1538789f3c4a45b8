"""What may be done with one consent item of a person: receipt, examine its signature, suspend, resume, have it voided.

A receipt is written as PDF for the person and as JSON for a machine; both can be checked without us.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton, QWidget

from compliance.model.consent import ConsentStatus, Grade, LineStatus
from desktop_app.operations import consents as ops
from desktop_app.views.check_desk import DEFECTS
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import choice, fill_choice
from desktop_app.words import item_label, time_text

_RECEIPTS = frozenset({
    ConsentStatus.GIVEN,
    ConsentStatus.RENEWED,
    ConsentStatus.WITHDRAWN,
    ConsentStatus.REFUSED,
})  # fmt: skip
#: Results under which the content is what was signed.
_FINE = frozenset({"valid", "chain_untrusted"})


class ConsentActs:
    """Menu per item. ``changed`` is called when the statuses must be asked again."""

    def __init__(self, desk: Desk, page: Page, *, person: Callable[[], str], changed: Callable[[], None]) -> None:
        self._desk, self._page = desk, page
        self._person, self._changed = person, changed

    def button(self, one: LineStatus) -> QWidget | None:
        """The item's menu, None when nothing may be done."""
        entries: list[tuple[str, Callable[[], object]]] = []
        if (one.ended or one.status) in _RECEIPTS and self._desk.state.may("consent_status"):
            entries.append(("consent.receipt.menu", lambda: self.receipt(one.item)))
        if one.event_id and one.grade is Grade.E2 and self._desk.state.may("recheck_signature"):
            entries.append(("consent.recheck.menu", lambda: self.recheck(str(one.event_id))))
        if one.open and self._desk.state.may("suspend"):
            entries.append(("consent.suspend.menu", lambda: self.suspend(one)))
        if one.status is ConsentStatus.SUSPENDED and self._desk.state.may("resume"):
            entries.append(("consent.resume.menu", lambda: self.resume(one)))
        if one.open and one.event_id and self._desk.state.may("invalidate"):
            entries.append(("consent.invalidate.menu", lambda: self.invalidate(one)))
        if not entries:
            return None
        made = QPushButton("⋯")
        made.setObjectName(f"itemMore_{one.item}")
        made.setProperty("look", "more")
        made.setAccessibleName(f"{self._page.t('person.more')} {item_label(one.item, self._page.lang)}")
        made.setToolTip(self._page.t("person.more"))
        menu = QMenu(made)
        for key, act in entries:
            entry = menu.addAction(self._page.t(key))
            entry.setObjectName(key)
            entry.triggered.connect(lambda _=False, a=act: a())
        made.setMenu(menu)
        return made

    def receipt(self, item: str) -> None:
        """Ask where the receipt shall go."""
        filters = "PDF (*.pdf);;JSON (*.json)"
        chosen = QFileDialog.getSaveFileName(self._page, self._page.t("consent.receipt.menu"), "", filters)[0]
        if chosen:
            self.write_receipt(item, Path(chosen))

    def write_receipt(self, item: str, path: Path) -> None:
        """Write it; JSON by the file's ending, else PDF."""
        path = path if path.suffix.lower() in (".pdf", ".json") else path.with_name(f"{path.name}.pdf")
        done = self._page.t("consent.receipt.done", file=path.name)
        self._page.ask(ops.receipt(hcp_id=self._person(), item=item, path=path), lambda _: self._page.notice.tell(done))

    def recheck(self, event_id: str) -> None:
        """Examine the electronic signature again, offline; a changed document asks a second person to void the act."""
        self._page.ask(ops.recheck_signature(event_id=event_id), self._rechecked)

    def _rechecked(self, found: Any) -> None:
        said = self._page.t
        words = {"now": said(f"signature.{found.result}"), "day": time_text(found.checked_at)}
        before = said("consent.recheck.before", then=said(f"signature.{found.previous}")) if found.previous else ""
        if found.proposed:
            asked = said("consent.recheck.proposed", request=found.proposed)
            self._page.notice.tell(said("consent.recheck.done", **words), tone="red", more=asked)
        else:
            fine = found.result in _FINE
            self._page.notice.tell(
                said("consent.recheck.done", **words), tone="green" if fine else "amber", more=before
            )
        self._changed()

    def suspend(self, one: LineStatus) -> None:
        """On a dispute or doubt; acts at once."""
        task = lambda: ops.suspend(hcp_id=self._person(), items=[one.item])  # noqa: E731
        self._dialog("suspend", one).ask(task, lambda _: self._done("suspend"))

    def resume(self, one: LineStatus) -> None:
        """Lift a suspension."""
        task = lambda: ops.resume(hcp_id=self._person(), items=[one.item])  # noqa: E731
        self._dialog("resume", one).ask(task, lambda _: self._done("resume"))

    def invalidate(self, one: LineStatus) -> None:
        """Ask for the act to be voided; another person carries it out."""
        dialog = self._dialog("invalidate", one, danger=True)
        defect = dialog.put("consent.invalidate.defect", choice(name="invalidateDefect"))
        fill_choice(defect, [(self._page.t(f"defect.{d}"), d) for d in DEFECTS])
        event = str(one.event_id)
        task = lambda: ops.invalidate(event_id=event, defect=str(defect.currentData()))  # noqa: E731
        dialog.ask(task, self._asked)

    def _asked(self, made: Any) -> None:
        self._page.told(made, "")
        self._changed()

    def _done(self, name: str) -> None:
        self._page.notice.tell(self._page.t(f"consent.{name}.done"))
        self._changed()

    def _dialog(self, name: str, one: LineStatus, *, danger: bool = False) -> ActDialog:
        said = self._page.t
        return ActDialog(
            self._desk,
            self._page,
            name=f"{name}Dialog",
            title=said(f"consent.{name}.title", item=item_label(one.item, self._page.lang)),
            effect=said(f"consent.{name}.effect"),
            act=said(f"consent.{name}.go"),
            danger=danger,
        )
