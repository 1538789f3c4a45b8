"""Builds the application: Qt, font, look, lanes, window; and the hook that keeps tracebacks off the screen."""

import sys
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from compliance.clock import Clock, SystemClock
from compliance.i18n import Lang
from desktop_app.prefs import Prefs
from desktop_app.state import AppState
from desktop_app.tasks import Collector, TaskRunner
from desktop_app.theme import dress
from desktop_app.views.page import Desk
from desktop_app.window import MainWindow


def application() -> QApplication:
    """The application with our look; the existing one when there is one."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
    app.setApplicationName("ConsentKeep")
    app.setDesktopFileName("consentkeep")
    dress(app)
    if app.findChild(Collector) is None:
        Collector(app)
    return app


def build(*, lang: Lang | None = None, prefs: Prefs | None = None, clock: Clock | None = None) -> MainWindow:
    """The window over fresh lanes, ready to be shown."""
    kept = prefs or Prefs()
    state = AppState(lang or kept.lang)
    window = MainWindow(Desk(state, TaskRunner(), kept, clock or SystemClock()))
    if not kept.geometry.isEmpty():
        window.restoreGeometry(kept.geometry)
    return window


def own_words(app: QApplication, lang: Lang) -> None:
    """Qt's own buttons in Chinese as well."""
    translator = QTranslator(app)
    place = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if lang is Lang.ZH and translator.load(QLocale("zh_CN"), "qtbase", "_", place):
        app.installTranslator(translator)


def run(app: QApplication, window: MainWindow, *, path: Path | None, user: str) -> int:
    """Show and stay until closed."""

    def crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            app.quit()
            return
        window.show_trouble(error.with_traceback(trace))

    sys.excepthook = crashed
    window.start(path, user)
    window.show()
    return app.exec()
