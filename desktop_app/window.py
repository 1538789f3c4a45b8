"""The one window: unlock, shell, and what happens between them - lock, trouble, waiting.

Rule: the title never holds a person, a user or a company.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QWidget

from compliance.errors import Cancelled, ComplianceError
from compliance.i18n import t
from desktop_app.autolock import AutoLock
from desktop_app.errors import problem
from desktop_app.operations import backups as backup_ops
from desktop_app.operations import full_check, render
from desktop_app.operations import session as ops
from desktop_app.state import Frame, Sitting
from desktop_app.tasks import Running
from desktop_app.theme import sheet
from desktop_app.views.page import Desk
from desktop_app.views.unlock import UnlockPage
from desktop_app.widgets.dialogs import TroubleDialog
from desktop_app.widgets.waiting import WaitDialog
from desktop_app.words import retranslate

if TYPE_CHECKING:
    from desktop_app.views.shell import Shell


class MainWindow(QMainWindow):
    """Holds the unlock page, and the shell while a vault is open."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.desk = desk
        self.unlock = UnlockPage(desk)
        self.shell: Shell | None = None
        self.trouble: TroubleDialog | None = None
        self._before: QWidget | None = None
        self._waiting: dict[Running, WaitDialog] = {}
        self._stack = QStackedWidget()
        self._stack.addWidget(self.unlock)
        self.setCentralWidget(self._stack)
        self.setMinimumSize(1080, 700)
        self.resize(1320, 840)
        self.autolock = AutoLock(self, desk.clock)
        self._connect()
        self._say()

    def start(self, path: Path | None, user: str) -> None:
        """Propose a vault on the unlock page."""
        self.unlock.offer(path or self.desk.prefs.last_vault, user)

    def lock(self) -> None:
        """Forget the pages at once, then let the lane drain and close the session."""
        if self.desk.state.sitting is None:
            return
        path = self.desk.state.sitting.path
        self.autolock.stop()
        self._drop_shell()
        self.desk.state.stand_up()
        self.desk.tasks.release(ops.close, lambda: self.unlock.offer(path))
        self.desk.tasks.run(render.forget(), lambda _: None)
        self._dress(Frame.NORMAL)
        self._stack.setCurrentWidget(self.unlock)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Lock, let the lanes drain, then go."""
        self.desk.prefs.geometry = self.saveGeometry()
        self.lock()
        self.desk.tasks.stop()
        event.accept()

    def _connect(self) -> None:
        self.unlock.opened.connect(self._opened)
        self.unlock.wants.connect(self._want)
        self.autolock.expired.connect(self.lock)
        self.desk.state.lang_changed.connect(self._say)
        self.desk.state.lock_minutes_changed.connect(self.autolock.start)
        tasks = self.desk.tasks
        tasks.slow.connect(self._slow)
        tasks.ended.connect(self._ended)
        tasks.trouble.connect(self.show_trouble)

    def _opened(self, sitting: Sitting) -> None:
        from desktop_app.views.shell import Shell

        self.desk.state.sit_down(sitting)
        self._dress(sitting.frame)
        shell = Shell(self.desk, sitting)
        shell.lock_asked.connect(self.lock)
        self.autolock.left.connect(shell.countdown)
        self.shell = shell
        self._stack.addWidget(shell)
        self._stack.setCurrentWidget(shell)
        shell.setFocus()  # shortcuts work from the first moment on
        self.autolock.start(self.desk.prefs.lock_minutes)
        shell.countdown(self.desk.prefs.lock_minutes * 60)
        if not sitting.rep:  # queued behind what the first page asks for; what comes of it shows there
            self.desk.tasks.run(backup_ops.after_unlock(), lambda _: None, self._not_backed_up)
            self.desk.tasks.run(full_check.watch_if_due(), self._watch, self._not_backed_up)

    def _watch(self, answer: Any) -> None:
        """The full check of the day runs on a lane of its own; what it found is logged on the vault's."""
        tasks = self.desk.tasks
        if answer.value is not None:
            tasks.run(full_check.watch(check=answer.value, step_aside=tasks.step_aside), self._found, self._not_checked)

    def _found(self, report: Any) -> None:
        self.desk.tasks.run(full_check.watched(report=report), self._log_checked, self._not_checked)

    def _not_checked(self, error: BaseException) -> None:
        """Broken off by what needed the files alone, or by leaving; the next unlocking tries again."""
        if not isinstance(error, Cancelled):
            self._not_backed_up(error)

    def _log_checked(self, answer: Any) -> None:
        """A finding turns the window red at once; a check that holds says nothing."""
        report = answer.value
        if self.shell is not None and report is not None and getattr(report, "closing", False):
            self.shell.restrict()
            self._dress(self.shell.sitting.frame)

    def _not_backed_up(self, error: BaseException) -> None:
        """Stopped by the user, or a fault of ours; the next unlocking tries again."""
        if not isinstance(error, ComplianceError):
            self.show_trouble(error)

    def _want(self, wish: str) -> None:
        self._leave_before()
        page = self._page_of(wish)
        self._before = page
        self._stack.addWidget(page)
        self._stack.setCurrentWidget(page)

    def _page_of(self, wish: str) -> QWidget:
        from desktop_app.views.create import CreatePage
        from desktop_app.views.sign_request import SignPage

        if wish == "sign":
            sign = SignPage(self.desk)
            sign.left.connect(self._back)
            return sign
        page = CreatePage(self.desk)
        page.begin(wish)
        page.left.connect(self._back)
        page.made.connect(self._made)
        return page

    def _made(self, path: Path, user: str) -> None:
        self._back()
        self.unlock.offer(path, user)

    def _back(self) -> None:
        self._stack.setCurrentWidget(self.unlock)
        self._leave_before()

    def _leave_before(self) -> None:
        if self._before is not None:
            self._stack.removeWidget(self._before)
            self._before.deleteLater()
            self._before = None

    def _drop_shell(self) -> None:
        for dialog in list(self._waiting.values()):
            dialog.finish()
        self._waiting.clear()
        for widget in QApplication.topLevelWidgets():
            if widget.parent() is not None and widget.isVisible() and widget.window() is not self:
                widget.close()
        if self.shell is not None:
            self._stack.removeWidget(self.shell)
            self.shell.setParent(None)
            self.shell.deleteLater()
            self.shell = None

    def _slow(self, running: Running) -> None:
        if running.task.title:
            dialog = WaitDialog(running, self.desk.lang, self)
            self._waiting[running] = dialog
            dialog.open()
        elif self.shell is not None:
            self.shell.busy(True)

    def _ended(self, running: Running) -> None:
        dialog = self._waiting.pop(running, None)
        if dialog is not None:
            dialog.finish()
        if self.shell is not None and not self.desk.tasks.busy:
            self.shell.busy(False)

    def show_trouble(self, error: BaseException) -> None:
        """Words for a failure no page claimed."""
        if isinstance(error, Cancelled):
            return
        self.trouble = TroubleDialog(problem(error, self.desk.lang), self.desk.lang, self)
        self.trouble.open()

    def _dress(self, frame: Frame) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication) and app.styleSheet() != (wanted := sheet(frame)):
            app.setStyleSheet(wanted)  # polishes every widget anew, pages of a session that ends among them

    def _say(self) -> None:
        self.setWindowTitle(t("app.name", self.desk.lang))
        self.desk.prefs.lang = self.desk.lang
        retranslate(self.unlock, self.desk.lang)
        self.unlock.render_words()
        if self._before is not None:
            retranslate(self._before, self.desk.lang)
        if self.desk.state.sitting is not None:
            self.desk.tasks.run(ops.set_lang(lang=self.desk.lang), lambda _: None)
