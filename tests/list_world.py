"""A store of people in every state a list can meet, made at random from one seed: for the tests of lists."""

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from support import NOW, Desk

from compliance.consent.notice import parse_notice
from compliance.model.access import Block, Purpose, RecordStatus, Role, Section
from compliance.model.audit import Kind
from compliance.model.basis import BasisRecord, BasisSupport
from compliance.model.consent import ConsentEvent, EventKind, Grade, Method, NoticeState
from compliance.model.profile import FieldValue, Provenance, SourceClass, ValueStatus
from compliance.model.register import Assessment, Rep
from compliance.resources import read_tree
from compliance.use_cases.consent.standing import refresh
from compliance.use_cases.people.indexing import index_row
from compliance.use_cases.seat.session import Session
from compliance.vault import UnitOfWork

VISIT = next(text for name, text in read_tree("notices").items() if 'notice = "CK-VISIT"' in text)

ITEMS = ("visit", "event", "medical", "digital/wecom", "digital/sms", "speaker", "segment", "personalise")
NOTICES = ("CK-VISIT@1.0", "CK-NARROW@2.0", "CK-SHORT@2.0", "CK-GONE@9.9")
PLACES = ("云中医院", "敦煌医院", "楼兰医院")
UNITS = ("心内科", "眼科", "骨科")
NAMES = "赵钱孙李周吴郑王冯陈"
PINYIN = ("zhao", "qian", "sun", "li", "zhou", "wu", "zheng", "wang", "feng", "chen")


def fill(desk: Desk, *, people: int, seed: int) -> list[str]:
    """People with random values, sources, blocks, consents and bases; their ids."""
    dice = random.Random(seed)
    session = desk.sit("chen")
    with session.vault.unit_of_work() as uow:
        _notices(uow)
        uow.reps.put(Rep(name="mei", role=Role.MSL, employee_no="M1"))
        for purpose in (Purpose.SEGMENT, Purpose.PERSONALISE):
            uow.assessments.add(
                Assessment(
                    assessment_id=f"A-{purpose}", purpose=str(purpose), title="x", approved_on=NOW.date(),
                    valid_until=None, author="zhao", approver="chen",
                )
            )  # fmt: skip
        ids = [f"HCP-{_code(dice)}" for _ in range(people)]
        for hcp_id in ids:
            person(session, uow, hcp_id, dice)
        uow.commit(session.event(Kind.PERSON_ADDED, at=NOW, hcps=tuple(ids)))
    return ids


def person(
    session: Session,
    uow: UnitOfWork,
    hcp_id: str,
    dice: random.Random,
    *,
    created_at: datetime = NOW,
    items: Iterable[str] = ITEMS,
) -> None:
    """One person of the store, with a word of theirs about ``items``."""
    blocks = frozenset(b for b in Block if b is not Block.ERASED and dice.random() < 0.04)
    blocks |= {Block.QUARANTINED} if dice.random() < 0.15 else set()
    uow.people.add(hcp_id, created_at=created_at, blocks=blocks)
    values(session, uow, hcp_id, dice)
    if dice.random() < 0.15:
        uow.people.set_status(hcp_id, dice.choice([s for s in RecordStatus if s is not RecordStatus.ERASED]))
    if dice.random() < 0.2:
        uow.people.set_adm_optout(hcp_id, True)
    if dice.random() < 0.6:
        uow.assignments.assign(hcp_id, dice.choice(("liming", "mei")), NOW)
    for item in items:
        for event in _events(hcp_id, item, dice):
            uow.consents.add(event)
    for basis in _bases(hcp_id, dice):
        uow.bases.add(basis)
    refresh(session, uow, hcp_id, at=NOW)


def values(session: Session, uow: UnitOfWork, hcp_id: str, dice: random.Random) -> None:
    """The listed values, each from a source of its own."""
    del session
    first = dice.randrange(len(NAMES))
    texts = {
        "full_name": NAMES[first] + dice.choice("若溪明远") + dice.choice("思齐文博"),
        "institution_name": dice.choice(PLACES),
        "department": dice.choice(UNITS),
        "professional_title": dice.choice(("主任医师", "副主任医师")),
        "region": dice.choice(("330100 杭州市", "310000 上海市")),
    }
    held = {key: FieldValue(text, _origin(dice)) for key, text in texts.items() if dice.random() < 0.95}
    held.setdefault("full_name", FieldValue(texts["full_name"], _origin(dice)))
    uow.sections.write(hcp_id, Section.DIRECTORY, held)
    uow.index.put(index_row(hcp_id, held))


def _code(dice: random.Random) -> str:
    return "".join(dice.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(8))


def _origin(dice: random.Random) -> Provenance:
    kind = dice.choice([SourceClass.FIRST] * 4 + list(SourceClass))
    return Provenance(
        source=dice.choice(("CRM", "REG")),
        source_class=kind,
        source_date=dice.choice((date(2026, 10, 1), date(2026, 10, 1), date(2024, 1, 1), None)),
        collector="wu",
        grade=dice.choice("AABCD"),
        basis="",
        status=dice.choice([ValueStatus.ACTIVE] * 6 + [ValueStatus.QUARANTINED, ValueStatus.DISPUTED]),
        cited=dice.random() < 0.8,
    )


def _events(hcp_id: str, item: str, dice: random.Random) -> Iterable[ConsentEvent]:
    if dice.random() < (0.3 if item != "visit" else 0.15):
        return
    yes = EventKind.GIVEN
    words = [yes, yes, yes, yes, EventKind.REFUSED, EventKind.WITHDRAWN, EventKind.PRESENTED, EventKind.DEFERRED,
             EventKind.IMPORTED_YES, EventKind.IMPORTED_NO, EventKind.SUSPENDED, EventKind.REVOKED]  # fmt: skip
    day = NOW - timedelta(days=dice.choice((1000, 700, 400, 200, 90, 10)))
    for _ in range(dice.randint(1, 3)):
        day += timedelta(days=dice.randint(0, 3), hours=1)
        word = dice.choice(words)
        event = ConsentEvent(
            event_id=f"EV-{_code(dice)}", hcp_id=hcp_id, item=item, kind=word, method=Method.PAPER, recorded_at=day,
            recorded_by="wu", acted_at=day, presented_at=day - timedelta(minutes=5), received_at=day,
        )  # fmt: skip
        if word is yes:
            event = replace(
                event, notice=dice.choice(NOTICES), evidence_id="E", evidence_sha256="0" * 64,
                grade=dice.choice((Grade.E1, Grade.E1, Grade.E2, Grade.E3, Grade.E4)), identity_check="in_person",
                place_of_original="x", page_count=1,
            )  # fmt: skip
        yield event
        if word is yes and dice.random() < 0.9:
            yield ConsentEvent(
                event_id=f"EV-{_code(dice)}", hcp_id=hcp_id, item=item, kind=EventKind.CHECK_ACCEPTED,
                method=Method.STAFF, recorded_at=day, recorded_by="chen", target=event.event_id,
            )  # fmt: skip


def _bases(hcp_id: str, dice: random.Random) -> Iterable[BasisRecord]:
    ways = ((Purpose.EVENT, "contract"), (Purpose.SPEAKER, "contract"), (Purpose.MEDICAL, "public_information"))
    for purpose, basis in ways:
        if dice.random() < 0.35:
            fields = dice.sample(("full_name", "department", "institution_name", "professional_title"), 2)
            yield BasisRecord(
                basis_id=f"B-{_code(dice)}", hcp_id=hcp_id, purpose=purpose, basis=basis,
                reference=dice.choice(("C-1", "C-1", "")), recorded_at=NOW - timedelta(days=9), recorded_by="chen",
                valid_until=dice.choice((None, NOW, NOW + timedelta(days=1))),
                support=BasisSupport(reasons=tuple((key, "x") for key in fields) if dice.random() < 0.7 else ()),
                ended_at=dice.choice((None, None, None, NOW)),
            )  # fmt: skip


def _notices(uow: UnitOfWork) -> None:
    """Notices that name less: one without the workplace, one without the person."""
    for name, kinds in (("CK-NARROW", ("identity",)), ("CK-SHORT", ("department", "contact"))):
        text = VISIT.replace('notice = "CK-VISIT"', f'notice = "{name}"', 1).replace("1.0", "2.0", 1)
        version = parse_notice(text, f"{name}.toml")
        lines = tuple(replace(line, item=item, kinds=kinds) for line, item in zip(version.lines, ITEMS, strict=False))
        day = NOW - timedelta(days=2000)
        uow.notices.put(
            replace(version, state=NoticeState.RETIRED, active_from=day, retired_from=day, lines=lines), text
        )
