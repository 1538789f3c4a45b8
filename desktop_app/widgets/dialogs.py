"""Dialogs that state the effect on their button, and the crash page."""

from PySide6.QtWidgets import QDialog, QPushButton, QWidget

from compliance.i18n import Lang, t
from desktop_app.errors import Problem
from desktop_app.theme import RED
from desktop_app.widgets.basic import column, label, picture, row


def confirm(
    parent: QWidget,
    lang: Lang,
    *,
    title: str,
    effect: str,
    act: str,
    danger: bool = False,
    inner: QWidget | None = None,
) -> bool:
    """State ``effect`` and let the person do ``act`` or leave it. Never "are you sure?"."""
    dialog = QDialog(parent)
    dialog.setObjectName("confirmDialog")
    dialog.setWindowTitle(t("app.name", lang))
    dialog.setMinimumWidth(480)
    leave, do = QPushButton(t("desk.leave", lang)), QPushButton(act)
    leave.setObjectName("confirmLeave")
    do.setObjectName("confirmAct")
    do.setProperty("look", "danger" if danger else "primary")
    do.setAutoDefault(False)
    leave.clicked.connect(dialog.reject)
    do.clicked.connect(dialog.accept)
    body = column(label(title, kind="heading"), label(effect, kind="muted"), margin=24, spacing=12)
    body.addLayout(row(1, leave, do))
    dialog.setLayout(body)
    return dialog.exec() == int(QDialog.DialogCode.Accepted)


class TroubleDialog(QDialog):
    """What went wrong, in words, with a next step and a code; no trace, no value."""

    def __init__(self, problem: Problem, lang: Lang, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setObjectName("crashPage" if problem.crash else "troubleDialog")
        self.setWindowTitle(t("app.name", lang))
        self.setMinimumWidth(500)
        close = QPushButton(t("desk.close", lang))
        close.setObjectName("troubleClose")
        close.clicked.connect(self.accept)
        body = column(
            label(problem.title, kind="heading", name="troubleTitle"),
            label(problem.text, name="troubleText"),
            label(problem.next_step, kind="muted", name="troubleNext") if problem.next_step else None,
            label(t("desk.error.code", lang, code=problem.code), kind="small", name="troubleCode"),
            spacing=8,
        )
        top = row(picture("alert", RED, 28), body, spacing=16)
        top.setStretch(1, 1)
        self.setLayout(column(top, row(1, close), margin=24, spacing=18))
