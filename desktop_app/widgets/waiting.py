"""The dialog of a long task: what step, how far, and a stop where stopping is allowed."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDialog, QProgressBar, QPushButton, QWidget

from compliance.i18n import Lang, t
from desktop_app.tasks import POLL_MS, Running
from desktop_app.widgets.basic import column, label, row


class WaitDialog(QDialog):
    """Reads the task's slot every 100 ms; closes itself when told the task is over."""

    def __init__(self, running: Running, lang: Lang, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setObjectName("waitDialog")
        self.setWindowTitle(t("app.name", lang))
        self.setWindowModality(Qt.WindowModality.ApplicationModal)
        self.setWindowFlag(Qt.WindowType.WindowCloseButtonHint, False)
        self.setMinimumWidth(460)
        self._running, self._lang = running, lang
        self._phase = label(kind="muted", name="waitPhase")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._count = label(kind="small", name="waitCount")
        self._stop = QPushButton(t("desk.wait.stop", lang))
        self._stop.setObjectName("waitStop")
        if not running.task.stoppable:
            self._stop.hide()
        self._stop.clicked.connect(self._ask_stop)
        heading = label(t(running.task.title, lang), kind="heading")
        self.setLayout(column(heading, self._phase, self._bar, row(self._count, 1, self._stop), margin=24, spacing=12))
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()
        self._look()

    def finish(self) -> None:
        """The task is over."""
        self._timer.stop()
        self.accept()

    def reject(self) -> None:
        """Escape asks to stop, it does not hide the dialog."""
        if self._running.task.stoppable:
            self._ask_stop()

    def _ask_stop(self) -> None:
        self._running.cancel()
        self._stop.setEnabled(False)
        self._phase.setText(t("desk.wait.stopping", self._lang))

    def _look(self) -> None:
        phase, done, total = self._running.slot.current
        if not self._running.stopped:
            self._phase.setText(t(f"phase.{phase}", self._lang))
        self._bar.setRange(0, total or 0)
        self._bar.setValue(min(done, total) if total else 0)
        words = "desk.wait.count" if total else "desk.wait.so_far"
        self._count.setText(t(words, self._lang, done=f"{done:,}", total=f"{total or 0:,}") if done or total else "")
