"""One of several parts at a time, as tall as that part: a stacked widget is as tall as its tallest."""

from PySide6.QtWidgets import QVBoxLayout, QWidget


class Steps(QWidget):
    """Parts in order, one shown."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[QWidget] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    def add(self, part: QWidget) -> None:
        """One more part, hidden unless it is the first."""
        part.setVisible(not self._parts)
        self._parts.append(part)
        self._layout.addWidget(part)

    def currentIndex(self) -> int:  # noqa: N802 - as Qt's stacked widget
        """Number of the part shown."""
        return next((n for n, part in enumerate(self._parts) if not part.isHidden()), 0)

    def setCurrentIndex(self, number: int) -> None:  # noqa: N802 - as Qt's stacked widget
        """Show another part."""
        for n, part in enumerate(self._parts):
            part.setVisible(n == number)
