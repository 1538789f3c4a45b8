"""A full check beside an open vault: the same findings, nobody waits for it, whoever needs the files alone ends it."""

import threading  # noqa: TID251 - the check runs in a thread of its own, as in the desktop app
from collections.abc import Callable

import pytest
from vault_support import World

from compliance.errors import Cancelled
from compliance.model.audit import Kind
from compliance.vault import Watch

HCP = "HCP-AAAAAAAA"


@pytest.fixture
def busy(world: World) -> World:
    """A vault with a person and enough entries for several beats."""
    world.person(HCP)
    with world.vault.unit_of_work() as uow:
        uow.commit(*(world.event(Kind.LIST_SHOWN, number=n) for n in range(2300)))
    return world


def in_thread(watch: Watch, heard: Callable[[int, int], None]) -> tuple[threading.Thread, list[object]]:
    out: list[object] = []

    def work() -> None:
        try:
            out.append(watch.check(heard))
        except Cancelled as stopped:
            out.append(stopped)

    thread = threading.Thread(target=work)
    thread.start()
    return thread, out


@pytest.mark.req("REQ-101")
def test_reads_and_writes_are_served_while_it_runs(busy: World) -> None:
    vault, served = busy.vault, []
    size = vault.log.size

    def heard(_done: int, _whole: int) -> None:
        with vault.unit_of_work() as uow:  # on the vault's own connection, in the middle of the check
            served.append(uow.commit(busy.event(Kind.LIST_SHOWN))[0])

    report = vault.watch().check(heard)
    assert report.ok and report.full and len(served) > 3
    assert report.entries == size  # one view, whatever came meanwhile
    assert vault.check(full=True).entries == size + len(served)


@pytest.mark.req("REQ-101")
def test_it_finds_what_the_check_finds_and_the_session_goes_read_only(busy: World) -> None:
    busy.close()
    busy.open()
    busy.tamper(("UPDATE log_entry SET body = 'x' WHERE idx = 7", ()))
    vault = busy.open()
    assert not vault.restricted
    report = vault.watch().check(lambda _done, _whole: None)
    assert [(p.code, p.index) for p in report.problems] == [(p.code, p.index) for p in vault.check(full=True).problems]
    vault.restricted = False
    vault.take_findings(report)
    assert vault.restricted and vault.findings == report.problems


@pytest.mark.parametrize("needs", ["dismiss", "empty_wal", "close"])
def test_who_needs_the_files_alone_ends_it(busy: World, needs: str) -> None:
    begun, watch = threading.Event(), busy.vault.watch()
    thread, out = in_thread(watch, lambda _done, _whole: begun.set() or threading.Event().wait(0.01))  # type: ignore[func-returns-value]
    assert begun.wait(10)
    getattr(busy.vault, needs)()
    assert watch.over
    thread.join(10)
    assert isinstance(out[0], Cancelled)


def test_an_erasure_beside_it_reaches_the_journal(busy: World) -> None:
    begun, watch = threading.Event(), busy.vault.watch()
    thread, out = in_thread(watch, lambda _done, _whole: begun.set() or threading.Event().wait(0.01))  # type: ignore[func-returns-value]
    assert begun.wait(10)
    busy.vault.erase(HCP, busy.event(Kind.ERASED))
    thread.join(10)
    assert isinstance(out[0], Cancelled)


def test_one_that_never_began_lets_go(busy: World) -> None:
    watch = busy.vault.watch()
    busy.vault.dismiss()
    assert watch.over
    with pytest.raises(Cancelled):
        watch.check(lambda _done, _whole: None)
