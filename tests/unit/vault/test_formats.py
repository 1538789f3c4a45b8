"""Every vault format ever released keeps a frozen vault here that must open, migrate, check clean and keep its data."""

import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from compliance.model.access import Section
from compliance.model.audit import AuditEvent, Kind
from compliance.vault import RoleKey, migrations, open_vault, schema
from compliance.vault.checks import check
from compliance.vault.engine.connection import Connection
from compliance.vault.engine.guard import Maintenance

FROZEN = sorted((Path(__file__).parents[2] / "fixtures" / "vaults").glob("format-*.zip"))
#: Format → acts that wait for a check.
WAITING = {1: 3, 2: 3, 3: 4, 4: 4}
KEY = bytes(range(48))
LATER = datetime(2027, 3, 1, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize("frozen", FROZEN, ids=lambda path: path.stem)
def test_a_frozen_vault_opens_migrates_and_is_whole(frozen: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(frozen) as archive:
        archive.extractall(tmp_path)
    folder, secret = tmp_path / "demo.ckvault", (tmp_path / "PASSPHRASE.txt").read_text(encoding="utf-8").strip()
    number = int(frozen.stem.partition("-")[2])
    before = (folder / "main.db").read_bytes()
    vault = open_vault(folder, user="chen", passphrase=secret, now=LATER, state_dir=tmp_path / "state")
    with vault.snapshot() as snap:
        assert vault.restricted is False
        assert snap.people.count() == 20
        assert snap.waits.count() == len(snap.consents.waiting()) == WAITING[number]  # each a yes behind a no
        assert snap.waits.differing() == snap.relations.differing() == 0
        assert vault.db.value("SELECT count(*) FROM people WHERE last_related IS NOT NULL") > 10
    assert not check.run(vault, full=True).problems
    people = vault.db.value("SELECT count(*) FROM sec_directory")
    with vault.unit_of_work() as uow:  # blobs and wraps of its own time open, and a change has the form of today
        (hcp_id, *_) = uow.people.ids()
        held = uow.sections.read_for(Maintenance.AMEND, hcp_id, [Section.DIRECTORY])[Section.DIRECTORY]
        assert held["full_name"].value
        uow.sections.write(hcp_id, Section.DIRECTORY, held)
        assert uow.sections.read_for(Maintenance.AMEND, hcp_id, [Section.DIRECTORY])[Section.DIRECTORY] == held
        uow.commit(AuditEvent(kind=Kind.PERSON_AMENDED, at=LATER, actor="chen", role="compliance", hcps=(hcp_id,)))
    digests = dict(vault.db.execute("SELECT length(digest), count(*) FROM sec_directory GROUP BY 1"))
    assert digests.pop(0) == 1 and sum(digests.values()) == people - 1
    assert not check.run(vault, full=True).problems
    key = vault.keyring.file_key(RoleKey.MAIN)
    vault.close(LATER)
    assert migrations.version(folder / "main.db", key) == schema.VERSION
    if number < schema.VERSION:
        assert (folder / f"main.db.v{number}").read_bytes() == before


def test_each_format_before_this_one_is_frozen() -> None:
    assert [path.stem for path in FROZEN] == [f"format-{n}" for n in range(1, schema.VERSION)]
    assert [step.number for step in migrations.STEPS] == list(range(2, schema.VERSION + 1))


def test_a_migrated_vault_has_the_tables_of_a_new_one(tmp_path: Path) -> None:
    """Steps are frozen text, so they must be compared with what a new vault is made of."""
    made = Connection.open(tmp_path / "new.db", KEY, create=True)
    for statement in schema.create_statements():
        made.execute(statement)
    wanted = shape(made)
    made.close()
    with zipfile.ZipFile(FROZEN[-1]) as archive:
        archive.extractall(tmp_path)
    secret = (tmp_path / "PASSPHRASE.txt").read_text(encoding="utf-8").strip()
    vault = open_vault(tmp_path / "demo.ckvault", user="chen", passphrase=secret, now=LATER, state_dir=tmp_path / "s")
    found = shape(vault.db)
    vault.close(LATER)
    assert found == wanted


def shape(db: Connection) -> dict[str, str]:
    """Name → statement of everything in the database, blanks folded."""
    rows = db.execute("SELECT name, sql FROM main.sqlite_master WHERE sql IS NOT NULL")
    return {name: " ".join(sql.split()) for name, sql in rows}
