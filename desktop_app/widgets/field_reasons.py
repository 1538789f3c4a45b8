"""Fields to tick, each with the reason why it is necessary beside it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem

from compliance.i18n import Lang, t
from desktop_app.words import field_label

_HEIGHT = 170


class FieldReasons(QTableWidget):
    """Space ticks, F2 or typing writes the reason; ``reasons`` are the ticked ones."""

    def __init__(self, keys: list[str], lang: Lang, *, name: str) -> None:
        super().__init__(len(keys), 2)
        self.setObjectName(name)
        self.setHorizontalHeaderLabels([t("person.field", lang), t("person.basis.reason", lang)])
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().hide()
        self.setTabKeyNavigation(False)
        self.setFixedHeight(_HEIGHT)
        for number, key in enumerate(keys):
            item = QTableWidgetItem(field_label(key, lang))
            item.setData(Qt.ItemDataRole.UserRole, key)
            flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable
            item.setFlags(flags)
            item.setCheckState(Qt.CheckState.Unchecked)
            self.setItem(number, 0, item)
            self.setItem(number, 1, QTableWidgetItem(""))

    def tick(self, key: str, why: str = "") -> None:
        """Choose one field, with its reason."""
        self._cell(key, 0).setCheckState(Qt.CheckState.Checked)
        self._cell(key, 1).setText(why)

    def ticked(self, key: str) -> bool:
        """Whether ``key`` is chosen."""
        return self._cell(key, 0).checkState() is Qt.CheckState.Checked

    def reason(self, key: str) -> str:
        """What stands beside ``key``."""
        return self._cell(key, 1).text().strip()

    def reasons(self) -> tuple[tuple[str, str], ...]:
        """The chosen fields with their reasons."""
        return tuple((key, self.reason(key)) for key in self._keys() if self.ticked(key))

    def _keys(self) -> list[str]:
        items = (self.item(row, 0) for row in range(self.rowCount()))
        return [str(item.data(Qt.ItemDataRole.UserRole)) for item in items if item is not None]

    def _cell(self, key: str, column: int) -> QTableWidgetItem:
        found = self.item(self._keys().index(key), column)
        assert found is not None
        return found
