"""Locks after minutes without a key or a mouse; a countdown for the status bar.

Idle time is the longer of two clocks: the steady one, which a changed system time cannot fool, and the wall clock,
which goes on while the computer sleeps - so a laptop that wakes up late is locked at once.

What hands do comes in through the windows of the system, so those are watched and not every widget: a page that is
drawn sends thousands of events. A window that opens is watched from the next second on.
"""

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from compliance.clock import Clock, SystemClock

_AWAKE = {QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.Wheel}


class AutoLock(QObject):
    """``expired`` once the time is up; ``left`` every second in seconds. Off until :meth:`start`."""

    expired = Signal()
    left = Signal(int)

    def __init__(self, parent: QObject | None = None, clock: Clock | None = None) -> None:
        super().__init__(parent)
        self._seconds = 0
        self._idle = QElapsedTimer()
        self._wall = clock or SystemClock()
        self._since = self._wall.now()
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self.look)

    def start(self, minutes: float) -> None:
        """Begin to watch."""
        self._seconds = int(minutes * 60)
        self.touch()
        self._watch()
        self._timer.start()

    def stop(self) -> None:
        """Stop watching."""
        self._timer.stop()

    def touch(self) -> None:
        """Somebody is here."""
        self._idle.restart()
        self._since = self._wall.now()

    def look(self) -> None:
        """Tell how long is left; lock when nothing is."""
        self._watch()
        idle = max(self._idle.elapsed() / 1000, (self._wall.now() - self._since).total_seconds())
        left = self._seconds - int(idle)
        if left <= 0:
            self._timer.stop()
            self.expired.emit()
        else:
            self.left.emit(left)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Of every window; lets everything pass."""
        if event.type() in _AWAKE:
            self.touch()
        return False

    def _watch(self) -> None:
        for window in QGuiApplication.topLevelWindows():
            window.installEventFilter(self)  # once, however often it is said
