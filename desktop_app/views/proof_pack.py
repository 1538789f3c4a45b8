"""The proof pack of one person, asked for from their page: what for, into which folder, and what it leaves out."""

from typing import Any

from desktop_app.operations import consents as ops
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.form import PathField, line


def ask_proof(desk: Desk, page: Page, *, hcp_id: str, case_id: str, erased: bool = False) -> ActDialog:
    """Ask and make; the result is told on ``page``. ``erased``: all that is left to show is the erasure."""
    dialog = ActDialog(
        desk,
        page,
        name="proofDialog",
        title=page.t("proof.erasure" if erased else "proof.title"),
        effect=page.t("proof.erasure.effect" if erased else "proof.effect"),
        act=page.t("proof.go"),
    )
    reason = dialog.put("proof.reason", line("proofReason", hint="proof.reason.hint", lang=page.lang))
    recipient = dialog.put("proof.recipient", line("proofRecipient", lang=page.lang))
    out = dialog.put("proof.out", PathField("proofOut", mode="save", lang=page.lang))

    def make() -> Any:
        missing = [
            key
            for key, fine in (
                ("proof.reason", bool(reason.text().strip() or case_id)),
                ("proof.out", out.path is not None),
            )
            if not fine
        ]
        if missing or out.path is None:
            return dialog.missing(*missing)
        return ops.proof_pack(
            hcp_id=hcp_id,
            folder=out.path,
            reason=reason.text().strip(),
            case_id=case_id,
            recipient=recipient.text().strip(),
        )

    return dialog.ask(make, lambda made: page.notice.tell(page.t("proof.done", file=made.folder.name)))
