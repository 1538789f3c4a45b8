"""What all pages share: run operations, show what came of them, follow the language, forget when told."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from shiboken6 import isValid

from compliance.clock import Clock
from compliance.errors import Cancelled, ComplianceError
from compliance.i18n import Lang, t
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.register import PendingRequest
from desktop_app.errors import problem
from desktop_app.prefs import Prefs
from desktop_app.state import AppState
from desktop_app.tasks import Task, TaskRunner
from desktop_app.widgets.basic import row, scroll
from desktop_app.widgets.refusal import Notice

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Desk:
    """What a page is given: shared state, the lanes, what is remembered."""

    state: AppState
    tasks: TaskRunner
    prefs: Prefs
    clock: Clock

    @property
    def lang(self) -> Lang:
        """The language now."""
        return self.state.lang


class Page(QWidget):
    """A page of the shell. ``refresh`` asks the use cases anew, ``render`` says again what is already here."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("ground")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.desk = desk
        self.notice = Notice()

    @property
    def lang(self) -> Lang:
        """The language now."""
        return self.desk.lang

    def t(self, key: str, **params: object) -> str:
        """Catalogue words in the language now."""
        return t(key, self.lang, **params)

    def refresh(self) -> None:
        """Ask anew; called when the page comes up and when something it shows changed."""

    def render_words(self) -> None:
        """Say again, in the language now, what is not a plain label."""

    def affected(self, changes: Changes) -> bool:
        """Whether ``changes`` touch what this page shows."""
        return False

    def open_at(self, what: object) -> None:
        """Come up with something chosen, e.g. a person's id."""

    def run(
        self, task: Task[T], done: Callable[[T], None], failed: Callable[[BaseException], None] | None = None
    ) -> None:
        """Run an operation; failures become words here unless ``failed`` takes them."""

        def receive(value: T) -> None:
            if isValid(self):  # a dialog may be gone by the time its answer comes
                done(value)

        def fail(error: BaseException) -> None:
            if isValid(self):
                (failed or self.failed)(error)

        self.desk.tasks.run(task, receive, fail)

    def ask(self, task: Task["Answer[T | Refusal]"], done: Callable[[T], None]) -> None:
        """Run an operation whose answer may be a refusal; the refusal is shown here."""

        def receive(answer: "Answer[T | Refusal]") -> None:
            if isinstance(answer.value, Refusal):
                self.notice.refuse(answer.value, self.lang)
                return
            self.notice.clear()
            done(answer.value)

        self.run(task, receive)

    def waits(self, made: object) -> bool:
        """Whether ``made`` is a request that now waits for a second person; it is then said here."""
        if not isinstance(made, PendingRequest):
            return False
        self.notice.tell(self.t("desk.second_needed", request=made.request_id), tone="blue")
        return True

    def told(self, made: object, text: str, *, more: str = "") -> None:
        """Say that an act is done, or that it waits for a second person."""
        if not self.waits(made):
            self.notice.tell(text, more=more)

    def failed(self, error: BaseException) -> None:
        """Faults of input and vault stay on the page, bugs go to the crash page."""
        if isinstance(error, Cancelled):
            self.notice.tell(self.t("desk.cancelled"), tone="neutral")
        elif isinstance(error, ComplianceError):
            found = problem(error, self.lang)
            text = f"{found.title}\n{found.text}" if found.text else found.title
            self.notice.tell(text, tone="red", more=found.next_step)
        else:
            self.desk.tasks.trouble.emit(error)


def scrolled(page: Page, *, width: int = 1080) -> QVBoxLayout:
    """Give ``page`` a scrolling column with comfortable margins; the notice stands on top."""
    inner = QWidget()
    inner.setObjectName("ground")
    layout = QVBoxLayout(inner)
    layout.setContentsMargins(28, 22, 28, 28)
    layout.setSpacing(16)
    layout.addWidget(page.notice)
    inner.setMaximumWidth(width + 56)
    outer = QVBoxLayout(page)
    outer.setContentsMargins(0, 0, 0, 0)
    outer.addWidget(scroll(inner))
    return layout


def pinned(page: Page, *acts: QWidget, width: int = 1080) -> None:
    """Keep ``acts`` of a scrolling page in sight, below its column and as wide."""
    bar = QWidget()
    bar.setMaximumWidth(width + 56)
    inside = row(1, *acts)
    inside.setContentsMargins(0, 10, 28, 14)
    bar.setLayout(inside)
    outer = page.layout()
    assert outer is not None
    outer.addWidget(bar)
