"""Python looks for cycles seldom, and as often as before when the work is over."""

import gc
import subprocess
import sys

import pytest

from compliance import cycles


def test_a_block_of_work_leaves_the_process_as_it_was() -> None:
    before = gc.get_threshold()
    with pytest.raises(ValueError, match="over"), cycles.rarely():
        assert gc.get_threshold() == (cycles.AFTER, *before[1:])
        raise ValueError("over")
    assert gc.get_threshold() == before


@pytest.mark.parametrize("before", [True, False])
def test_nobody_looks_while_rows_are_made_and_then_as_before(before: bool) -> None:
    enabled = gc.isenabled()
    (gc.enable if before else gc.disable)()
    try:
        with pytest.raises(ValueError, match="over"), cycles.not_meanwhile():
            assert not gc.isenabled()
            raise ValueError("over")
        assert gc.isenabled() is before
    finally:
        (gc.enable if enabled else gc.disable)()


def test_a_child_sets_aside_what_it_began_with() -> None:
    told = (
        "import gc\nfrom compliance import cycles\ncycles.seldom_in_child()\n"
        "print(gc.get_threshold()[0], gc.get_freeze_count() > 1000)"
    )
    said = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert said.stdout.split() == [str(cycles.AFTER), "True"]
