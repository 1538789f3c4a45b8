"""Files for the importer's tests: the generated sample in every form, and a reader that needs no child."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from compliance.importing.results import Counts, RowResult
from compliance.importing.rows import PeopleOptions, read_people
from compliance.use_cases.showing import sample_data

TODAY = date(2026, 11, 24)


def passes(text: str) -> str | None:
    """A guard that lets everything pass."""
    del text
    return None


@pytest.fixture
def read() -> Callable[..., tuple[list[RowResult], Counts]]:
    """Rows and account of a file, read in this process."""

    def _read(path: Path, *, guard=passes, sheet=None, header_row=None, **options):
        counts = Counts()
        asked = PeopleOptions(today=options.pop("today", TODAY), **options)
        rows = read_people(path, options=asked, note_guard=guard, sheet=sheet, header_row=header_row, counts=counts)
        return list(rows), counts

    return _read


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """A file with the given lines, in the given encoding."""

    def _write(text: str, encoding: str = "utf-8", name: str = "list.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return _write


@pytest.fixture(scope="session")
def sample_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The three kinds of files companies send, generated."""
    folder = tmp_path_factory.mktemp("sample")
    made = {
        "crm.csv": sample_data.make_crm_csv(people=1500, seed=11),
        "agency.csv": sample_data.make_agency_csv(people=400, seed=12),
        "event.xlsx": sample_data.make_event_xlsx(people=300, seed=13),
    }
    for name, data in made.items():
        (folder / name).write_bytes(data)
    return {name: folder / name for name in made}
