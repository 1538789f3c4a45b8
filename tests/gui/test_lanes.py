"""Two lanes: results come home to the main thread, stops are honoured, nothing reaches a locked window."""

import threading  # noqa: TID251 - the test looks at which thread works
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from compliance.errors import Cancelled, VaultBusy
from compliance.model.answer import Answer, Changes
from compliance.progress import Phase
from desktop_app.tasks import SHOW_AFTER_MS, Lane, Task, TaskRunner


@pytest.fixture
def runner(qtbot: QtBot) -> Iterator[TaskRunner]:
    made = TaskRunner()
    yield made
    made.stop()


def test_a_result_comes_home_to_the_main_thread(runner: TaskRunner, qtbot: QtBot) -> None:
    here = threading.get_ident()
    seen: list[tuple[int, int]] = []
    task = Task(lambda _, __: threading.get_ident())
    with qtbot.waitSignal(runner.idle):
        runner.run(task, lambda worker: seen.append((worker, threading.get_ident())))
    assert seen[0][0] != here
    assert seen[0][1] == here


def test_each_lane_has_one_thread_and_they_differ(runner: TaskRunner, qtbot: QtBot) -> None:
    seen: dict[str, set[int]] = {str(lane): set() for lane in Lane}
    for lane in Lane:
        for _ in range(3):
            runner.run(Task(lambda _, __: threading.get_ident(), lane=lane), seen[lane].add)
    qtbot.waitUntil(lambda: not runner.busy)
    assert {len(threads) for threads in seen.values()} == {1}
    assert len(set.union(*seen.values())) == len(Lane)


def test_a_failure_comes_home_as_an_error(runner: TaskRunner, qtbot: QtBot) -> None:
    def fail(_: object, __: object) -> None:
        raise VaultBusy(holder="restore")

    errors: list[BaseException] = []
    with qtbot.waitSignal(runner.idle):
        runner.run(Task(fail), lambda _: pytest.fail("no result was expected"), errors.append)
    assert isinstance(errors[0], VaultBusy)


def test_an_unclaimed_failure_is_told_and_cancelling_is_not(runner: TaskRunner, qtbot: QtBot) -> None:
    def fail(_: object, __: object) -> None:
        raise KeyError("王若溪")

    def stopped(_: object, __: object) -> None:
        raise Cancelled

    told: list[BaseException] = []
    runner.trouble.connect(told.append)
    runner.run(Task(stopped), lambda _: None)
    runner.run(Task(fail), lambda _: None)
    qtbot.waitUntil(lambda: not runner.busy)
    assert [type(e) for e in told] == [KeyError]


def test_a_stop_is_honoured_at_the_next_tick(runner: TaskRunner, qtbot: QtBot) -> None:
    begun = threading.Event()

    def count(_: object, progress) -> int:  # type: ignore[no-untyped-def]
        progress.phase(Phase.CHECKING)
        done = 0
        while True:
            begun.set()
            done += 1
            progress.tick(done, None)

    errors: list[BaseException] = []
    running = runner.run(Task(count, stoppable=True), lambda _: None, errors.append)
    assert running is not None and begun.wait(5)
    running.cancel()
    qtbot.waitUntil(lambda: not runner.busy)
    assert isinstance(errors[0], Cancelled)


def test_long_work_is_shown_after_600_ms_with_its_numbers(runner: TaskRunner, qtbot: QtBot) -> None:
    go = threading.Event()

    def wait(_: object, progress) -> None:  # type: ignore[no-untyped-def]
        progress.phase(Phase.SEALING)
        progress.tick(7, 9)
        go.wait(10)

    with qtbot.waitSignal(runner.slow, timeout=SHOW_AFTER_MS * 5) as slow:
        runner.run(Task(wait, title="desk.task.import"), lambda _: None)
    assert slow.args[0].slot.current == (Phase.SEALING, 7, 9)
    go.set()
    qtbot.waitUntil(lambda: not runner.busy)


def test_short_work_is_never_shown(runner: TaskRunner, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(runner.slow), qtbot.waitSignal(runner.idle):
        runner.run(Task(lambda _, __: 1), lambda _: None)


def test_what_changed_is_told_to_all_pages(runner: TaskRunner, qtbot: QtBot) -> None:
    with qtbot.waitSignal(runner.changed) as told:
        runner.run(Task(lambda _, __: Answer(1, Changes(people=True))), lambda _: None)
    assert told.args[0] == Changes(people=True)


def test_after_the_sitting_ends_no_result_arrives_and_the_session_is_closed_on_its_lane(
    runner: TaskRunner, qtbot: QtBot
) -> None:
    begun, go, worked, closed, home = threading.Event(), threading.Event(), [], [], []

    def slow(_: object, __: object) -> str:
        begun.set()
        go.wait(10)
        worked.append("slow")
        return "王若溪"

    runner.hold(Task(lambda _, __: "session"), lambda _: None, lambda _: None)
    qtbot.waitUntil(lambda: not runner.busy)
    runner.run(Task(slow), home.append)
    runner.run(Task(lambda _, __: worked.append("queued")), home.append)
    assert begun.wait(5)
    runner.release(lambda held: closed.append((held, threading.get_ident())))
    go.set()
    qtbot.waitUntil(lambda: not runner.busy)
    assert home == []
    assert worked == ["slow"]
    assert closed[0][0] == "session"
    assert closed[0][1] != threading.get_ident()


def test_a_stopped_runner_takes_no_work() -> None:
    runner = TaskRunner()
    runner.stop()
    assert runner.run(Task(lambda _, __: 1), lambda _: None) is None


def test_a_read_is_served_while_the_full_check_runs(runner: TaskRunner, qtbot: QtBot) -> None:
    """The watch lane goes on only once the vault lane has answered: it waits for the read, not the other way round."""
    read, order = threading.Event(), []

    def check(_: object, __: object) -> None:
        assert read.wait(10)
        runner.step_aside()

    runner.run(Task(check, lane=Lane.WATCH), lambda _: order.append("check"))
    runner.run(Task(lambda _, __: read.set()), lambda _: order.append("read"))
    qtbot.waitUntil(lambda: not runner.busy)
    assert sorted(order) == ["check", "read"]


def test_the_watch_steps_aside_for_a_moment_at_most(runner: TaskRunner, qtbot: QtBot) -> None:
    held, passed = threading.Event(), threading.Event()
    runner.run(Task(lambda _, __: held.wait(10)), lambda _: None)
    runner.run(Task(lambda _, __: (runner.step_aside(), passed.set()), lane=Lane.WATCH), lambda _: None)
    assert passed.wait(5)  # although the vault lane is still at work
    held.set()
    qtbot.waitUntil(lambda: not runner.busy)
