"""Old stacks by sample: off by default, two people, ordinary items only, a seed anybody can use again, one serious
defect returns everything, and every status that rests on it says so."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import scans
from support import NOTICE, Desk, done, invent, no

from compliance.consent.sampling import draw, plan
from compliance.errors import InputErrors
from compliance.model.access import Role
from compliance.progress import NoProgress
from compliance.use_cases.consent import standing
from compliance.use_cases.intake import check_desk, consent_import, machine_checks, stack_sampling, stacks
from compliance.use_cases.intake.check_desk import AcceptForm
from compliance.use_cases.intake.consent_import import ConsentImport
from compliance.use_cases.seat.clock_trouble import acknowledge_clock
from compliance.use_cases.signing import two_person

STAFF = {"zhao": Role.DPO, "chen": Role.COMPLIANCE, "sun": Role.COMPLIANCE, "wu": Role.CLERK}
PEOPLE = invent(60)
OLD = 40


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk with a stack ``old`` of 40 ordinary forms and two that are none."""
    desk = Desk.create(tmp_path / "desk", staff=STAFF)
    desk.bring(PEOPLE)
    folder = tmp_path / "scans"
    folder.mkdir()
    with (tmp_path / "old.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["客户编号", "事项", "答复", "告知书", "告知日期", "签署日期", "方式", "文件", "页数", "原件"])
        for number in range(OLD + 2):
            scans.small_pdf(folder / f"{number}.pdf", pages=1, seed=number)
            item, notice = ("visit", NOTICE) if number < OLD else ("speaker/sensitive:payment", "CK-SPEAKER@1.0")
            writer.writerow(
                [PEOPLE[number].number, item, "同意", notice, "2026-03-01", "2026-03-01", "纸质", f"{number}.pdf", 1,
                 "柜 1"]
            )  # fmt: skip
    request = ConsentImport(path=tmp_path / "old.csv", evidence_dir=folder, name="old")
    made = done(consent_import.import_consents(desk.sit("wu"), request=request, progress=NoProgress()))
    assert made.to_check == OLD + 2, made
    yield desk
    desk.rise()


def allow(desk: Desk) -> None:
    asked = done(stack_sampling.set_sample_check(desk.sit("zhao"), on=True))
    done(two_person.approve(desk.sit("chen"), request_id=asked.request_id))


def code(desk: Desk, number: int, item: str = "visit") -> tuple[str, str]:
    person = desk.id_of(PEOPLE[number].name, PEOPLE[number].hospital)
    lines = done(standing.consent_status(desk.sit("chen"), hcp_id=person))
    return next((str(x.status), x.code) for x in lines if x.item == item)


def look(desk: Desk, count: int, who: str = "sun") -> None:
    """Accept ``count`` forms of the sample by eye."""
    for _ in range(count):
        shown = done(check_desk.next_form(desk.sit(who), stack="old", with_data=False))
        answers = tuple((a.item, "given") for a in shown.form.answers)
        done(
            check_desk.accept_form(
                desk.sit(who), request=AcceptForm(form_id=shown.form.form_id, answers=answers, take_offered=True)
            )
        )


def test_off_until_two_people_allow_it(desk: Desk) -> None:
    assert no(stack_sampling.draw_sample(desk.sit("sun"), name="old")).reason == "sampling_off"
    assert no(stack_sampling.set_sample_check(desk.sit("chen"), on=True)).reason == "role_not_allowed"
    allow(desk)
    assert no(stack_sampling.draw_sample(desk.sit("wu"), name="old")).reason == "role_not_allowed"
    done(stack_sampling.draw_sample(desk.sit("sun"), name="old"))
    done(stack_sampling.set_sample_check(desk.sit("zhao"), on=False))
    assert no(stack_sampling.finish_sample(desk.sit("sun"), name="old")).reason == "sampling_off"


@pytest.mark.req("REQ-017")
def test_a_carried_sample_accepts_ordinary_items_and_says_so(desk: Desk) -> None:
    allow(desk)
    drawn = done(stack_sampling.draw_sample(desk.sit("sun"), name="old"))
    assert (drawn.frame, drawn.by_eye, len(drawn.chosen), drawn.plan.mark) == (OLD, 2, 32, "counsel")
    entry = next(e for e in desk.sit("sun").vault.log.find(kind="stack_changed", limit=5) if "seed" in e.data["detail"])
    assert entry.data["detail"]["seed"] == drawn.seed
    assert done(stack_sampling.repeat_sample(desk.sit("chen"), name="old")).same is True
    with pytest.raises(InputErrors) as caught:
        stack_sampling.finish_sample(desk.sit("sun"), name="old")
    assert caught.value.code == "sample_not_done"
    look(desk, 32)
    assert done(check_desk.next_form(desk.sit("sun"), stack="old")) is None  # only the sample is work now
    finished = done(stack_sampling.finish_sample(desk.sit("sun"), name="old"))
    assert (finished.accepted, finished.acts, finished.by_eye) == (OLD - 32, OLD - 32, 2)
    codes = [code(desk, n) for n in range(OLD)]
    assert {status for status, _ in codes} == {"given"}
    assert sum(c == "VALID_SAMPLE_CHECKED" for _, c in codes) == OLD - 32
    with desk.sit("chen").vault.snapshot() as snap:
        assert snap.consents.count_code("VALID_SAMPLE_CHECKED", at=desk.at) == OLD - 32
    assert code(desk, OLD, "speaker/sensitive:payment")[0] == "evidence_pending"  # by eye, always
    assert done(stack_sampling.repeat_sample(desk.sit("chen"), name="old")).same is True
    look(desk, 2)
    assert code(desk, OLD, "speaker/sensitive:payment") == ("given", "VALID_LATEST")
    assert done(stacks.close_stack(desk.sit("sun"), name="old")).accepted == OLD + 2
    assert desk.sit("chen").vault.check(full=True).ok


def test_one_serious_defect_returns_the_stack(desk: Desk) -> None:
    allow(desk)
    done(stack_sampling.draw_sample(desk.sit("sun"), name="old"))
    look(desk, 3)
    shown = done(check_desk.next_form(desk.sit("sun"), stack="old", with_data=False))
    failed = done(check_desk.return_form(desk.sit("sun"), form_id=shown.form.form_id, reason="no_signature"))
    assert failed.stack_returned
    summary, _ = done(stacks.show_stack(desk.sit("sun"), name="old"))
    assert str(summary.stack.state) == "returned"
    with pytest.raises(InputErrors) as caught:
        stack_sampling.finish_sample(desk.sit("sun"), name="old")
    assert caught.value.code == "stack_state"
    look(desk, OLD + 2 - 4)  # every form by eye
    assert "VALID_SAMPLE_CHECKED" not in {code(desk, n)[1] for n in range(OLD)}


def test_the_same_seed_draws_the_same_forms_in_any_order() -> None:
    ids = [f"FM-{n:05}" for n in range(1000)]
    assert draw(ids, seed="a", size=80) == draw(reversed(ids), seed="a", size=80)
    assert draw(ids, seed="a", size=80) != draw(ids, seed="b", size=80)
    assert len(set(draw(ids, seed="a", size=80))) == 80


def test_the_table_is_dated_and_ends_somewhere() -> None:
    table = machine_checks.sampling_table()
    assert plan(table, frame=10, on=date(2026, 11, 24)).sample == 10
    assert plan(table, frame=50_000, on=date(2026, 11, 24)).sample == 315
    for frame, on, wrong in ((600_000, date(2026, 1, 1), "stack_too_large"), (5, date(2020, 1, 1), "no_sampling_rule")):
        with pytest.raises(InputErrors) as caught:
            plan(table, frame=frame, on=on)
        assert caught.value.code == wrong


@pytest.mark.req("REQ-104")
def test_a_clock_set_back_holds_a_sample_that_would_accept(desk: Desk) -> None:
    allow(desk)
    done(stack_sampling.draw_sample(desk.sit("sun"), name="old"))
    look(desk, 32)
    desk.clock_set_back()
    assert no(stack_sampling.finish_sample(desk.sit("sun"), name="old")).reason == "clock_trouble"
    done(acknowledge_clock(desk.sit("chen")))
    assert done(stack_sampling.finish_sample(desk.sit("sun"), name="old")).acts == OLD - 32
