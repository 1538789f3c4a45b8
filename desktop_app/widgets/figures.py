"""Figures side by side: a large number over its word, grey where there is nothing."""

from collections.abc import Iterable

from PySide6.QtWidgets import QHBoxLayout

from desktop_app.theme import MUTED
from desktop_app.widgets.basic import column, label, row


def figure_row(figures: Iterable[tuple[str, str, int, str]], *, spacing: int = 26) -> QHBoxLayout:
    """One row of (object name, word, number, colour)."""
    made = row(spacing=spacing)
    for name, word, number, colour in figures:
        figure = label(f"{number:,}", kind="number", name=name)
        figure.setStyleSheet(f"color: {colour if number else MUTED};")
        made.addLayout(column(figure, label(word, kind="small"), spacing=0))
    made.addStretch(1)
    return made
