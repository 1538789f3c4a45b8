"""Staging: long transactions while nobody waits, short ones as soon as somebody does; rows counted as by the ledger."""

from datetime import UTC, date, datetime

import pytest
from vault_support import NOW, PUBLIC, World, imported_yes, new_person, publish, stage, start

from compliance.errors import VaultError
from compliance.model.access import Section
from compliance.model.audit import Kind
from compliance.model.consent import ConsentEvent, ConsentStatus, EventKind, LineStatus, Method, Precision
from compliance.model.profile import Provenance, SourceClass
from compliance.vault.arrivals import staging as stagings
from compliance.vault.arrivals.portions import Portion
from compliance.vault.arrivals.sealing import Grant, Sealer, SealingKeys
from compliance.vault.engine.ledger import row_number
from compliance.vault.engine.times import micros
from compliance.vault.folder import seats
from compliance.vault.people.section_columns import SectionColumns

KEYS = SealingKeys(vault_id="V-TEST", branches={0: b"k" * 32, 1: b"l" * 32}, blind=b"b" * 32, epoch=7)
TEXTS = SectionColumns({"note": Section.DIRECTORY, "phone": Section.CONTACT, "segment": Section.PROFILING}, {"note"})
DAY = micros(datetime(2026, 5, 1, tzinfo=UTC))


def portion(people: int = 3) -> Portion:
    """People with every kind of row."""
    sealer = Sealer(KEYS, micros(NOW), TEXTS)
    sealer.use(Grant(batch=7, hcp=40, people=people, sequence=900, sequences=16 * people, provenance=5))
    number = sealer.provenance(
        Provenance(
            source="供应商", source_class=SourceClass.THIRD, source_date=date(2026, 1, 2), collector='a"b', grade="C",
            basis="",
        )
    )  # fmt: skip
    no = ConsentEvent(
        event_id="", hcp_id="", item="digital/sms", kind=EventKind.WITHDRAWN, method=Method.WECHAT, recorded_at=NOW,
        recorded_by="林岚", precision=Precision.DAY,
    )  # fmt: skip
    shapes = (sealer.event_shape(imported_yes("", ""), 1), sealer.event_shape(no, 2))
    line = LineStatus(
        item="visit", purpose="visit", status=ConsentStatus.WITHDRAWN, code="X", valid_until=NOW, may_ask=False
    )
    states = (sealer.state_shape(line, 1), sealer.state_shape(LineStatus(**_plain()), 2))
    for place in range(people):
        hcp = sealer.add(
            f"HCP-AAAAAA{'ABCDEFGH'[place]}A",
            blocks=32 * (place % 2),
            values={"note": f'值"{place}\\', "phone": "1", "segment": "s", "nowhere": "x"},
            provenance=number,
            acts=[(shapes[0], None, None), (shapes[1], DAY, DAY)],
            event_ids=[f"EV-A{place}", f"EV-B{place}"],
            stands=[(0, (states[0], DAY, DAY)), (None, (states[1], None, None))],
        )
        sealer.portion.index.listed(
            hcp, "诸葛亮", "华山医院", "内科", "", "", 0, (("zhu",), ("ge",), ("liang",)), ("华山",)
        )
        sealer.portion.index.identify(sealer.tagger, hcp, [("licence", f"31{place}"), ("phone", "")])
    return sealer.cut()


def _plain() -> dict[str, object]:
    return {"item": "digital/sms", "purpose": "digital", "status": ConsentStatus.UNPROVEN, "code": "Y"}


def counted(made: Portion) -> dict[str, int]:
    """What the ledger would make of the rows."""
    return {
        table.name: sum(row_number(table.name, row) for row in rows) % 2**2048 for table, rows in made.rows() if rows
    }


def test_rows_are_counted_as_the_ledger_counts_them() -> None:
    made = portion()
    assert {name: number % 2**2048 for name, number in made.sums.items()} == counted(made)
    assert set(made.sums) == {
        "people", "provenance", "consent_event", "consent_state", "sec_directory", "sec_contact", "sec_profiling"
    }  # fmt: skip


def test_states_come_in_the_order_of_the_table_each_with_its_own_event() -> None:
    states = next(rows for table, rows in portion().rows() if table.name == "consent_state")
    assert [(row[0], row[1], row[8]) for row in states] == [
        *((1, 40 + place, f"EV-A{place}") for place in range(3)), *((2, 40 + place, None) for place in range(3))
    ]  # fmt: skip


def test_a_portion_crosses_unchanged() -> None:
    made = portion()
    there = Portion.decode(made.encode())
    assert [(t.name, rows) for t, rows in there.rows()] == [(t.name, rows) for t, rows in made.rows()]
    assert there.sections == made.sections
    wrapped = made.keys()
    assert there.keys() == wrapped and {epoch for _, epoch, _ in wrapped} == {KEYS.epoch}
    assert there.index == made.index
    assert counted(there) == {name: number % 2**2048 for name, number in there.sums.items()}


@pytest.mark.parametrize(
    "spoil", [lambda m: m[:-1], lambda m: m + b"x", lambda m: b"\0\0\0\0" + m[4:], lambda m: b"{}"]
)
def test_a_spoilt_message_is_an_error(spoil) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises((KeyError, TypeError, ValueError, IndexError)):
        Portion.decode(spoil(portion().encode()))


def test_without_some_people_rows_and_sums_stay_in_step() -> None:
    made = portion()
    rest = made.without({41})
    assert rest.hcp == [40, 42]
    assert {row[0] for _, rows in rest.rows() for row in rows if row[0] in (40, 41, 42)} <= {40, 42}
    assert rest.index.hcp == [40, 42] and rest.index.tag_of == [40, 42] and 41 not in rest.key_of
    assert {name: number % 2**2048 for name, number in rest.sums.items()} == counted(rest)
    assert rest.provenances == made.provenances


def test_alone_a_transaction_takes_many_portions_and_with_a_seat_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stagings, "_LONGEST_SECONDS", 3600.0)
    start(world)
    staging = world.vault.staging("B-1", lambda people: world.event(Kind.IMPORT_STAGED, people=people))
    sealer = Sealer(stagings.sealing_keys(world.vault), micros(NOW), TEXTS)
    sealer.use(staging.grant(people=20))
    provenance = staging.reader().provenances.number(PUBLIC)

    def one(number: int) -> None:
        person = new_person(number)
        sealer.add(person.hcp_id, blocks=0, values={"note": f"诸葛{number}"}, provenance=provenance)
        staging.add(sealer.cut())

    for number in range(5):
        one(number)
    assert staging.committed == 0
    staging.commit()
    assert staging.committed == 5
    one(5)
    seat = seats.take(world.path, user="林岚", now=NOW)
    staging.waiting()
    assert staging.committed == 6
    one(6)
    assert staging.committed == 7
    staging.grant(people=10)
    assert not world.vault.db.in_transaction
    seat.leave()
    staging.finish()
    publish(world)
    with world.vault.snapshot() as snap:
        assert snap.people.count() == 7
        assert len(snap.log.find(kind=Kind.IMPORT_STAGED)) == 4
    assert world.vault.check(full=True).ok


def test_numbers_nobody_used_leave_no_entry(world: World) -> None:
    start(world)
    size = world.vault.log.size
    staging = world.vault.staging("B-1", lambda people: world.event(Kind.IMPORT_STAGED, people=people))
    staging.grant(people=100, items=["visit"])
    staging.finish()
    assert world.vault.log.size == size
    assert world.vault.check(full=True).ok


def test_keys_of_a_transaction_that_fails_are_taken_back(world: World) -> None:
    start(world)
    stage(world.vault, "B-1", [new_person(1)], world.event(Kind.IMPORT_STAGED))
    kept = world.vault.keys.numbers()

    def refuse(people: int):  # type: ignore[no-untyped-def]
        raise RuntimeError(people)

    staging = world.vault.staging("B-1", refuse)
    sealer = Sealer(stagings.sealing_keys(world.vault), micros(NOW), TEXTS)
    sealer.use(staging.grant(people=5))
    sealer.add(new_person(2).hcp_id, blocks=0, values={}, provenance=1)
    staging.add(sealer.cut())
    with pytest.raises(RuntimeError):
        staging.commit()
    staging.abandon()
    assert world.vault.keys.numbers() == kept
    assert world.vault.check(full=True).ok


def test_a_guarded_section_without_its_key_is_refused() -> None:
    sealer = Sealer(KEYS, micros(NOW), SectionColumns({"fee": Section.FEES}, ()))
    sealer.use(Grant(batch=1, hcp=1, people=1, sequence=1, sequences=16))
    sealer.add("HCP-AAAAAAAA", blocks=0, values={"fee": "1"}, provenance=1)
    with pytest.raises(VaultError, match="no_key"):
        sealer.cut()


def test_a_person_without_a_guarded_value_has_no_guarded_key_and_numbers_are_used_once() -> None:
    sealer = Sealer(KEYS, micros(NOW), TEXTS)
    sealer.use(Grant(batch=7, hcp=40, people=2, sequence=900, sequences=32, provenance=5))
    for values in ({"note": "a"}, {"segment": "s"}):
        assert sealer.has_numbers(1)
        sealer.add("HCP-AAAAAAAA", blocks=0, values=values, provenance=3)
    assert not sealer.has_numbers(0)
    sealer.use(Grant(batch=7, hcp=80, people=1, sequence=2000, sequences=8))  # the two keep the numbers they were given
    assert not sealer.has_numbers(1) and sealer.has_numbers(0)
    sealer.add("HCP-BBBBBBBB", blocks=0, values={"note": "b", "phone": "1", "segment": "t"}, provenance=3)
    made = sealer.cut()
    assert list(zip(made.key_of, made.key_kind, strict=True)) == [(40, 0), (41, 0), (41, 1), (80, 0), (80, 1)]
    assert {section: columns.hcp for section, columns in made.sections.items()} == {
        Section.DIRECTORY: [40, 80], Section.CONTACT: [80], Section.PROFILING: [41, 80]
    }  # fmt: skip
    numbers = [number for columns in made.sections.values() for number in columns.sequence]
    assert len(set(numbers)) == 5 and all(
        (n < 1000) == (h < 80) for c in made.sections.values() for n, h in zip(c.sequence, c.hcp, strict=True)
    )
    assert {name: number % 2**2048 for name, number in made.sums.items()} == counted(made)
    sealed = [bytes(blob) for columns in made.sections.values() for blob in columns.sealed]
    assert len({blob[-16:] for blob in sealed}) == 5 and len(set(map(bytes, made.wrapped))) == 5


def test_keys_stay_out_of_repr() -> None:
    assert "6b6b" not in repr(KEYS) and "kkkk" not in repr(KEYS)
    assert repr(portion()) == "Portion(3 people)"
