"""What an import saves on must not show: ids stay unguessable and distinct, the collector is as it was, remarks are
judged as if each were the first."""

import gc
from pathlib import Path

import pytest

from compliance.clock import SystemClock
from compliance.errors import InputErrors
from compliance.model.ids import new_ids
from compliance.progress import NoProgress
from compliance.use_cases.imports import imports
from compliance.use_cases.measuring.bench_store import Stores, bench_csv


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Stores:
    return Stores(tmp_path_factory.mktemp("economies"), SystemClock())


def test_ids_of_one_draw_are_distinct_and_of_the_known_shape() -> None:
    ids = new_ids("EV", 5000)
    assert len(set(ids)) == 5000
    assert all(
        len(i) == 11 and i.startswith("EV-") and set(i[3:]) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for i in ids
    )
    assert new_ids("EV", 0) == []
    assert not set(ids) & set(new_ids("EV", 5000))


def test_the_collector_is_as_it_was_after_an_import_and_after_a_failed_one(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSENTKEEP_STATE_DIR", str(stores.folder / "state"))
    session = stores.open(stores.empty())
    stores.source(session)
    good, bad = stores.folder / "good.csv", stores.folder / "bad.csv"
    good.write_bytes(bench_csv(60))
    bad.write_bytes(b"\x00\x01\x02\x03" * 100)
    kept = gc.get_threshold()
    assert stores.bring_in(session, good) == 60
    assert gc.get_threshold() == kept
    with pytest.raises(InputErrors):
        imports.import_people(session, request=imports.ImportRequest(path=bad, source="CRM"), progress=NoProgress())
    assert gc.get_threshold() == kept
    session.vault.close()


def test_a_remark_that_comes_again_is_dropped_again(
    stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSENTKEEP_STATE_DIR", str(stores.folder / "state"))
    session = stores.open(stores.empty())
    stores.source(session)
    file = tmp_path / "notes.csv"
    rows = [f"K{n},张若{'一二三四'[n]},示例医院{n},{'病人：王某某，' if n % 2 else '喜欢邮件'}" for n in range(4)]
    file.write_text("\n".join(["客户编号,姓名,医院,备注", *rows]) + "\n", encoding="utf-8")
    report = imports.import_people(
        session, request=imports.ImportRequest(path=file, source="CRM"), progress=NoProgress()
    ).value
    session.vault.close()
    assert isinstance(report, imports.ImportReport)
    assert report.accepted == 4
    assert report.reasons.get("patient") == 2
