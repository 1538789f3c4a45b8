"""Three lanes: one worker thread owns the session, a free one renders, one keeps watch. The only module with threads.

Rules: (1) every use case runs on the vault lane, opening and closing included; the main thread never holds the
session. (2) A result or an exception comes back by one queued signal. (3) Progress is one slot per task, polled every
100 ms; whoever waits hears of it after 600 ms. (4) Locking refuses new tasks, asks running ones to stop, lets the lane
drain, closes the session; results of an earlier sitting are dropped, so no value reaches a cleared page. (5) Cycles
are collected in the main thread only. (6) The watch lane works on what it was given and steps aside whenever the
vault lane has work: nobody waits for it.
"""

import gc
import sys
import threading  # noqa: TID251 - the one place
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from queue import SimpleQueue
from time import monotonic, sleep
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from compliance.errors import Cancelled
from compliance.model.answer import Answer, Changes
from compliance.progress import Progress, ProgressSlot

T = TypeVar("T")

#: Milliseconds between looks at the slots, and before a wait is shown.
POLL_MS = 100
SHOW_AFTER_MS = 600
#: How long a lane that computes keeps the window from painting: a frame has sixteen, and the usual five add up.
_SWITCH_SECONDS = 0.001
#: How long the watch lane steps aside at once, and how often it looks.
ASIDE_SECONDS, _PAUSE_SECONDS = 0.1, 0.001


class Lane(StrEnum):
    """Where a task runs."""

    VAULT = "vault"
    FREE = "free"
    WATCH = "watch"


@dataclass(frozen=True, slots=True)
class Task(Generic[T]):
    """One piece of work. ``work`` gets whatever the lane holds (the session, None on the free lane) and a progress.

    ``title`` is a catalogue key: tasks that have one show a dialog with numbers when they take long, and ``stoppable``
    says whether that dialog offers to stop.
    """

    work: Callable[[Any, Progress], T]
    lane: Lane = Lane.VAULT
    title: str = ""
    stoppable: bool = False


@dataclass(slots=True, eq=False)
class Running:
    """A task on its way, as the main thread sees it."""

    task: Task[Any]
    done: Callable[[Any], None]
    failed: Callable[[BaseException], None] | None
    sitting: int
    slot: ProgressSlot = field(default_factory=ProgressSlot)
    started: float = field(default_factory=monotonic)
    shown: bool = False
    over: bool = False
    stopped: bool = False

    def cancel(self) -> None:
        """Ask it to stop at its next tick."""
        self.stopped = True
        self.slot.cancel()


class TaskRunner(QObject):
    """Runs tasks on their lanes and brings their results home.

    Signals: ``changed`` what other pages must refresh; ``slow`` a task that takes longer than 600 ms; ``ended`` a task
    that is over; ``trouble`` an exception nobody claimed; ``idle`` nothing runs any more.
    """

    changed = Signal(Changes)
    slow = Signal(object)
    ended = Signal(object)
    trouble = Signal(object)
    idle = Signal()
    _home = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        sys.setswitchinterval(_SWITCH_SECONDS)
        self._home.connect(self._receive, Qt.ConnectionType.QueuedConnection)
        self._lanes = {lane: _Worker(lane, self._home.emit) for lane in Lane}
        self._running: list[Running] = []
        self._sitting = 0
        self._open = True
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def busy(self) -> bool:
        """Whether anything runs or waits."""
        return bool(self._running)

    def run(
        self, task: Task[T], done: Callable[[T], None], failed: Callable[[BaseException], None] | None = None
    ) -> Running | None:
        """Queue ``task``; ``done`` or ``failed`` is called in the main thread. None after :meth:`stop`."""
        if not self._open:
            return None
        running = Running(task, done, failed, self._sitting)
        self._running.append(running)
        self._lanes[task.lane].queue.put(running)
        self._timer.start()
        return running

    def hold(self, opener: Task[T], done: Callable[[T], None], failed: Callable[[BaseException], None]) -> None:
        """Run ``opener`` on the vault lane and let the lane keep what it returns: the session."""

        def keep(_: Any, progress: Progress) -> T:
            held = opener.work(None, progress)
            self._lanes[Lane.VAULT].held = held
            return held

        self.run(Task(keep, title=opener.title), done, failed)

    def release(self, closer: Callable[[Any], None], done: Callable[[], None] | None = None) -> None:
        """End the sitting: drop results under way, let the lane drain, then ``closer`` the session there."""
        for running in self._running:
            running.cancel()
        self._sitting += 1
        worker = self._lanes[Lane.VAULT]

        def close(held: Any, _: Progress) -> None:
            worker.held = None
            if held is not None:
                closer(held)

        self.run(Task(close), lambda _: done() if done else None)

    def step_aside(self) -> None:
        """Called by work on the watch lane: wait while the vault lane has work, for a moment at most, so that long work
        over there does not stop it for good."""
        until = monotonic() + ASIDE_SECONDS
        while self._lanes[Lane.VAULT].at_work and monotonic() < until:
            sleep(_PAUSE_SECONDS)

    def stop(self) -> None:
        """Let all lanes drain and end; waits for them."""
        self._open = False
        for worker in self._lanes.values():
            worker.queue.put(None)
        for worker in self._lanes.values():
            worker.thread.join()
        self._timer.stop()

    def _receive(self, running: Running, value: object, error: BaseException | None) -> None:
        running.over = True
        self._running.remove(running)
        self.ended.emit(running)
        if running.sitting == self._sitting:
            self._tell(running, value, error)
        if not self._running:
            self._timer.stop()
            self.idle.emit()

    def _tell(self, running: Running, value: object, error: BaseException | None) -> None:
        if error is not None:
            if running.failed is not None:
                running.failed(error)
            elif not isinstance(error, Cancelled):
                self.trouble.emit(error)
            return
        running.done(value)
        if isinstance(value, Answer) and value.changes != Changes():
            self.changed.emit(value.changes)

    def _poll(self) -> None:
        now = monotonic()
        for running in self._running:
            if not running.shown and (now - running.started) * 1000 >= SHOW_AFTER_MS:
                running.shown = True
                self.slow.emit(running)


class Collector(QObject):
    """Collects cycles in the main thread only, for as long as it lives.

    Python may collect in whichever thread allocates. A lane that happened to collect a closed dialog would destroy
    Qt objects outside their thread, and Qt ends the program for that, seldom and without a trace.
    """

    _EVERY_MS = 500

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(self._EVERY_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """As Python would: the young often, the old seldom."""
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > gc.get_threshold()[generation]:
                gc.collect(generation)
                return


class _Worker:
    """One thread that takes tasks in order. ``held`` is touched by that thread only."""

    def __init__(self, lane: Lane, home: Callable[[Running, object, BaseException | None], None]) -> None:
        self.queue: SimpleQueue[Running | None] = SimpleQueue()
        self.held: Any = None
        self._home = home
        self._working = False
        self.thread = threading.Thread(target=self._loop, name=f"lane-{lane}", daemon=True)
        self.thread.start()

    @property
    def at_work(self) -> bool:
        """Whether it has something to do; asked from another thread."""
        return self._working or not self.queue.empty()

    def _loop(self) -> None:
        while (running := self.queue.get()) is not None:
            self._working = True
            try:
                if running.stopped:  # still queued when it was stopped: nothing begins
                    raise Cancelled
                value, error = running.task.work(self.held, running.slot), None
            except Exception as caught:  # noqa: BLE001 - every failure goes home and is worded there
                value, error = None, caught
            self._working = False
            self._home(running, value, error)
