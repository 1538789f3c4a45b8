"""The measurements measure what they say: generated people, real steps, honest tables. How fast is not asked here."""

import csv
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from compliance.cli.main import run
from compliance.clock import SystemClock
from compliance.errors import ComplianceError, InputErrors
from compliance.model.access import Purpose
from compliance.model.answer import Refusal
from compliance.use_cases.evidence import evidence
from compliance.use_cases.measuring.bench import run_bench
from compliance.use_cases.measuring.bench_seats import seated
from compliance.use_cases.measuring.bench_store import Filled, Stores, bench_csv, done
from compliance.use_cases.seeing.profiles import open_profile


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    folder = tmp_path_factory.mktemp("bench")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONSENTKEEP_STATE_DIR", str(folder / "state"))
        yield Stores(folder, SystemClock())


@pytest.fixture(scope="module")
def filled(stores: Stores) -> Filled:
    return stores.filled(people=20, recipient="")


def _lines(data: bytes) -> list[list[str]]:
    return list(csv.reader(data.decode("gb18030").splitlines()))


def test_the_file_has_the_rows_and_columns_that_were_asked_for() -> None:
    lines = _lines(bench_csv(600))
    assert len(lines) == 601
    assert {len(line) for line in lines} == {20}
    assert bench_csv(600) == bench_csv(600)


def test_no_number_stands_in_two_parts_of_a_file() -> None:
    first = _lines(bench_csv(400))[1:]
    later = [line for part in (1, 3, 10, 12, 22, 23) for line in _lines(bench_csv(400, part=part))[1:]]
    head = _lines(bench_csv(400))[0]
    for column in ("客户编号", "手机", "执业证书编码"):
        place = head.index(column)
        long = 6 if column == "客户编号" else 11  # the file also has short and missing ones
        one, other = ({line[place] for line in part if len(line[place]) >= long} for part in (first, later))
        if column == "手机":  # however it is written
            one, other = ({re.sub(r"\D", "", phone)[-11:] for phone in part} for part in (one, other))
        assert one
        assert other
        assert not one & other


def test_the_store_holds_people_whose_consent_a_second_person_checked(stores: Stores, filled: Filled) -> None:
    session = stores.open(filled.path, "chen")
    assert len(filled.ids) == 20
    opened = [open_profile(session, hcp_id=h, purpose=Purpose.VISIT).value for h in filled.ids]
    session.vault.close()
    shown = [view for view in opened if not isinstance(view, Refusal)]
    assert shown
    assert {view.basis for view in shown} == {"visit"}


def test_seats_open_profiles_that_the_log_knows(stores: Stores, filled: Filled) -> None:
    session = stores.open(filled.path)
    before = done(evidence.list_entries(session, limit=1))
    with seated(2, filled.path, "chen", filled.ids) as others:
        others.begin()
        with session.vault.unit_of_work():
            pass
        others.end()
    after = done(evidence.list_entries(session, limit=1))
    session.vault.close()
    warm, seats = 3, 2
    assert after[0].index - before[0].index >= len(others.milliseconds) + warm * seats
    assert len(others.milliseconds) >= seats
    assert min(others.milliseconds) > 0


def test_a_seat_that_cannot_unlock_ends_the_measurement(stores: Stores, filled: Filled) -> None:
    with pytest.raises(ComplianceError) as caught, seated(1, filled.path, "nobody", filled.ids):
        pass
    assert caught.value.code == "bench_seat_lost"


def test_a_figure_has_target_span_and_what_it_was_measured_on(tmp_path: Path) -> None:
    kept = os.environ.get("CONSENTKEEP_STATE_DIR")
    out = tmp_path / "figures.json"
    report = run_bench("unlock", out=out, clock=SystemClock())
    (figure,) = report.figures
    assert (figure.name, figure.unit, figure.runs) == ("unlock", "s", 5)
    assert figure.low is not None and figure.value is not None and figure.high is not None
    assert 0 < figure.low <= figure.value <= figure.high
    assert figure.met is (0.4 <= figure.value <= 1.0)
    assert report.versions["sqlite"] > "3.51"
    assert report.versions["sqlcipher"]
    assert os.environ.get("CONSENTKEEP_STATE_DIR") == kept
    written = json.loads(out.read_text(encoding="utf-8"))
    assert written["figures"][0]["value"] == figure.value


def test_an_unknown_measurement_and_a_file_that_exists_are_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputErrors) as unknown:
        run_bench("speed", clock=SystemClock())
    assert unknown.value.faults[0].code == "unknown_bench"
    taken = tmp_path / "figures.json"
    taken.write_text("mine", encoding="utf-8")
    with pytest.raises(InputErrors) as exists:
        run_bench("unlock", out=taken, clock=SystemClock())
    assert exists.value.faults[0].code == "file_exists"
    assert taken.read_text(encoding="utf-8") == "mine"


def test_the_command_says_so_with_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--json", "bench", "speed"]) == 2
    assert json.loads(capsys.readouterr().out)["error"] == "unknown_bench"
