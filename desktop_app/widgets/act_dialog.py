"""One act in a small window: what it does, what it needs, one button that names it. A refusal or fault stays inside.

Enter does the act (not where it is dangerous), Escape leaves. The window goes when the act is done.
"""

from collections.abc import Callable, Collection, Mapping
from itertools import pairwise
from typing import Any, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QPushButton, QVBoxLayout, QWidget

from compliance.errors import InputErrors
from compliance.i18n import t
from compliance.model.answer import Refusal
from desktop_app.tasks import Task
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import column, label, row
from desktop_app.widgets.form import field

W = TypeVar("W", bound=QWidget)


class ActDialog(QDialog):
    """Fields are put in order; :meth:`ask` opens it. ``make`` gives the task, or None after telling what is missing."""

    def __init__(
        self, desk: Desk, parent: QWidget, *, name: str, title: str, effect: str, act: str, danger: bool = False
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setWindowTitle(t("app.name", desk.lang))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setMinimumWidth(520)
        self._desk = desk
        self.form = Page(desk)
        self._make: Callable[[], Task[Any] | None] = lambda: None
        self._done: Callable[[Any], object] = lambda _: None
        self._fields = column(spacing=14)
        self._inputs: list[QWidget] = []
        self._keys: dict[QWidget, str] = {}
        self._parts: dict[QWidget, list[QWidget]] = {}
        self._gaps: dict[str, str] = {}
        self._act, leave = QPushButton(act), QPushButton(t("desk.leave", desk.lang))
        self._act.setObjectName("actGo")
        self._act.setProperty("look", "danger" if danger else "primary")
        self._act.setAutoDefault(not danger)
        self._act.setDefault(not danger)
        leave.setObjectName("actLeave")
        leave.setAutoDefault(danger)
        self._act.clicked.connect(self._go)
        leave.clicked.connect(self.reject)
        self._leave = leave
        body = column(
            label(title, kind="title", name="actTitle"),
            label(effect, kind="muted", name="actEffect") if effect else None,
            self.form.notice,
            self._fields,
            row(1, leave, self._act),
            margin=26,
            spacing=14,
        )
        self.form.setLayout(body)
        self.setLayout(column(self.form))

    def pair(self, *fields: tuple[str, QWidget]) -> None:
        """Fields beside each other."""
        made = [self._made(key, inner) for key, inner in fields]
        line = row(*made, spacing=16)
        for number in range(len(made)):
            line.setStretch(number, 1)
        self._fields.addLayout(line)

    def put(self, key: str, inner: W, *, help_key: str = "") -> W:
        """A field under its caption."""
        self._fields.addLayout(self._made(key, inner, help_key))
        return inner

    def only_where(self, box: QComboBox, wanted: Mapping[QWidget, Collection[str]]) -> None:
        """Show each field of ``wanted`` with its caption only while ``box`` stands at one of its choices."""

        def turn() -> None:
            chosen = str(box.currentData())
            for inner, choices in wanted.items():
                for part in self._parts[inner]:
                    part.setVisible(chosen in choices)
            self.form.notice.clear()
            self._fit(shrink=True)

        box.currentIndexChanged.connect(lambda _: turn())
        turn()

    def gaps(self, names: Mapping[str, QWidget]) -> None:
        """Name a field that the core misses by its caption: core's name → field."""
        self._gaps = {name: self._keys[inner] for name, inner in names.items()}

    def ask(self, make: Callable[[], Task[Any] | None], done: Callable[[Any], object]) -> "ActDialog":
        """Show it."""
        self._make, self._done = make, done
        self._show()
        return self

    def choose(self, done: Callable[[], object]) -> "ActDialog":
        """Show it where nothing has to be asked of the core: the button only takes what was put in."""
        self._act.clicked.disconnect()
        self._act.clicked.connect(self.accept)
        self.accepted.connect(lambda: done())
        self._show()
        return self

    def missing(self, *keys: str) -> None:
        """Name the fields that are still empty."""
        lang = self._desk.lang
        what = t("desk.list_sep", lang).join(t(key, lang) for key in keys)
        self.form.notice.tell(t("record.missing", lang, what=what), tone="red")

    def _show(self) -> None:
        """Open with the cursor in the first field; Tab goes down the fields to the act and then to leaving."""
        chain = [*(w.focusProxy() or w for w in self._inputs), self._act, self._leave]
        for before, after in pairwise(chain):
            QWidget.setTabOrder(before, after)
        self.open()
        self._fit()
        (self._inputs[0] if self._inputs else self._leave).setFocus(Qt.FocusReason.OtherFocusReason)

    def _fit(self, *, shrink: bool = False) -> None:
        """Wrapped words need their height, which a dialog does not ask for by itself."""
        layout, inside = self.layout(), self.form.layout()
        if shrink and layout is not None and inside is not None:  # what was just hidden still counts until asked anew
            inside.activate()
            layout.activate()
        tall = layout.totalHeightForWidth(self.width()) if layout is not None else 0
        if tall > self.height() or shrink:
            self.resize(self.width(), tall)

    def _made(self, key: str, inner: QWidget, help_key: str = "") -> QVBoxLayout:
        made = field(key, inner, lang=self._desk.lang, help_key=help_key)
        self._inputs.append(inner)
        self._keys[inner] = key
        self._parts[inner] = [w for n in range(made.count()) if (i := made.itemAt(n)) and (w := i.widget())]
        return made

    def _go(self) -> None:
        task = self._make()
        if task is not None:
            self._act.setEnabled(False)
            self.form.run(task, self._answered, self._failed)

    def _answered(self, answer: Any) -> None:
        self._act.setEnabled(True)
        value = getattr(answer, "value", answer)
        if isinstance(value, Refusal):
            self.form.notice.refuse(value, self._desk.lang)
            return
        done = self._done
        self.accept()
        done(value)

    def _failed(self, error: BaseException) -> None:
        self._act.setEnabled(True)
        faults = error.faults if isinstance(error, InputErrors) else ()
        if faults and all(f.code == f"{f.where}_missing" and f.where in self._gaps for f in faults):
            self.missing(*(self._gaps[f.where] for f in faults))
        else:
            self.form.failed(error)
        self._fit()
