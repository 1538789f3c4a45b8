"""A notice as the person reads it, in a window of its own."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPushButton, QWidget

from compliance.i18n import Lang, t
from desktop_app.widgets.basic import column, label, row, scroll


def show_notice(parent: QWidget, lang: Lang, ref: str, blocks: Sequence[tuple[str, str]]) -> QDialog:
    """Heading and text of each block."""
    dialog = QDialog(parent)
    dialog.setObjectName("noticeDialog")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(t("app.name", lang))
    dialog.resize(720, 640)
    inner = QWidget()
    body = column(spacing=6)
    for heading, text in blocks:
        body.addWidget(label(heading, kind="heading"))
        body.addWidget(label(text))
        body.addSpacing(8)
    body.addStretch(1)
    body.setContentsMargins(4, 4, 12, 4)
    inner.setLayout(body)
    close = QPushButton(t("desk.close", lang))
    close.clicked.connect(dialog.accept)
    whole = column(label(ref, kind="title"), scroll(inner), row(1, close), margin=24, spacing=12)
    whole.setStretch(1, 1)
    dialog.setLayout(whole)
    dialog.open()
    return dialog
