"""A store that was tampered with seals nothing; it makes an unsealed report of what was found, and of what decides."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pypdfium2
import pytest
from support import PASS, done
from test_tamper_through_the_door import Scene

from compliance.cli.main import run
from compliance.errors import AuditIntegrityError, InputErrors
from compliance.use_cases.evidence import evidence, incident
from compliance.use_cases.seat import session as sessions
from compliance.use_cases.seat.session import Session


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene(tmp_path_factory.mktemp("incident"))


@pytest.fixture
def scene(whole: Scene) -> Iterator[Scene]:
    whole.reset()
    yield whole


@pytest.fixture
def opened(scene: Scene) -> Iterator[Callable[[], Session]]:
    sitting: list[Session] = []

    def open_() -> Session:
        sitting.append(scene.open())
        return sitting[-1]

    yield open_
    for session in sitting:
        sessions.close_session(session)


def text_of(path: Path) -> str:
    document = pypdfium2.PdfDocument(path)
    try:
        return "".join("".join(p.get_textpage().get_text_bounded().split()) for p in document)
    finally:
        document.close()


@pytest.mark.req("REQ-101")
def test_it_names_the_first_bad_entry_the_last_good_seal_and_older_papers(
    scene: Scene, opened: Callable[[], Session], tmp_path: Path
) -> None:
    session = opened()
    done(evidence.make_audit_report(session, path=tmp_path / "old.pdf"))
    done(evidence.take_checkpoint(session, path=tmp_path / "seal.txt"))
    sessions.close_session(session)
    scene.sql(("UPDATE log_entry SET body=replace(CAST(body AS TEXT), '\"zhao\"', '\"zhau\"') WHERE idx=?", (7,)))
    session = opened()
    with session.vault.snapshot() as snap:
        size = snap.log.size
    path = tmp_path / "incident.pdf"
    made = done(incident.make_incident(session, path=path))
    assert session.restricted
    assert (made.incident.first.code, made.incident.first.index) == ("log_changed", 7)
    assert made.incident.good is None or made.incident.good.size <= 7
    said = json.loads(made.json_file.read_bytes())
    assert said["sealed"] is False and said["format"] == "consentkeep-incident/1" and said["entries"] == size
    assert {p["kind"] for p in said["papers"]} >= {"report", "seal"}
    words = text_of(path)
    for expected in ("未封存UNSEALED", "操作日志第7号", "日志记录被改动", "保全现场", made.json_sha256):
        assert expected in words
    with pytest.raises(AuditIntegrityError, match="restricted"):
        evidence.make_audit_report(session, path=tmp_path / "none.pdf")
    assert not evidence.verify_file(path).ok  # no evidence, no signature: nobody takes it for a sealed report
    assert [json.loads(body)["kind"] for body in session.vault.sidecar()].count("export_written") == 1
    with pytest.raises(InputErrors, match="file_exists"):
        incident.make_incident(session, path=path)


def test_a_cut_log_shows_the_seal_outside_it_no_longer_follows(
    scene: Scene, opened: Callable[[], Session], tmp_path: Path
) -> None:
    size = int(scene.sql(("SELECT count(*) FROM log_entry", ()))[0][0])  # type: ignore[call-overload]
    scene.sql(("DELETE FROM log_entry WHERE idx >= ?", (size - 3,)))
    made = done(incident.make_incident(opened(), path=tmp_path / "cut.pdf"))
    assert made.incident.first.index == size - 3
    assert made.incident.good is not None and made.incident.good.size <= size - 3
    assert not made.incident.first.entry


def test_counts_of_a_finding_are_in_words(opened: Callable[[], Session], scene: Scene, tmp_path: Path) -> None:
    scene.sql(("DELETE FROM log_entry WHERE idx >= (SELECT max(idx) - 2 FROM log_entry)", ()))
    done(incident.make_incident(opened(), path=tmp_path / "cut.pdf"))
    words = text_of(tmp_path / "cut.pdf")
    assert "缺少3条" in words and "missing" not in words


def test_rows_put_back_name_no_entry_and_keep_the_newest_seal(
    scene: Scene, opened: Callable[[], Session], tmp_path: Path
) -> None:
    scene.sql(("UPDATE consent_event SET recorded_by='somebody'", ()))
    made = done(incident.make_incident(opened(), path=tmp_path / "rows.pdf"))
    assert made.incident.first.index is None
    assert made.incident.good is not None and made.incident.good.size > 40
    assert "未涉及某一条日志" in text_of(tmp_path / "rows.pdf") or made.incident.first.detail


def test_an_intact_store_makes_none(opened: Callable[[], Session], tmp_path: Path) -> None:
    with pytest.raises(InputErrors, match="nothing_found"):
        incident.make_incident(opened(), path=tmp_path / "x.pdf")
    assert not list(tmp_path.iterdir())


def test_the_command_line_says_unsealed_and_refuses_other_roles(
    scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene.sql(("DELETE FROM log_entry WHERE idx = ?", (20,)))
    secret = tmp_path / "pass"
    for user, words in (("zhao", PASS), ("wu", f"{PASS} wu")):
        secret.write_text(words, encoding="utf-8")
        head = ("--vault", scene.desk.vault, "--user", user, "--passphrase-file", secret, "--at",
                scene.desk.at.isoformat(), "--json", "audit", "report", "--incident")  # fmt: skip
        code = run([str(word) for word in (*head, "--out", tmp_path / f"{user}.pdf")])
        said = json.loads(capsys.readouterr().out)
        if user == "wu":
            assert (code, said["refused"]) == (1, "role_not_allowed")
            continue
        assert code == 0 and said["sealed"] is False
        assert 20 in {p["index"] for p in said["problems"]}
        assert Path(said["json_file"]).is_file()
        assert run([str(word) for word in (*head, "--year", "2026", "--out", tmp_path / "y.pdf")]) == 2
        assert "incident_stands_alone" in capsys.readouterr().out
