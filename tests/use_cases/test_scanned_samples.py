"""Scanned stacks by machine reading and sample: a scanner's PDF of mixed, turned, faint and missing forms becomes a
stack; what machines read clearly goes by a sample of a second person, the rest by eye; one defect returns it all."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import pytest
from form_scans import Hand, Image, Spoil, drawn, scanned, spoilt, written_on
from support import NOTICE, Desk, done, invent, no

from compliance.errors import InputErrors
from compliance.i18n import has
from compliance.model.access import Role
from compliance.model.form_reading import Said
from compliance.model.intake import Form, FormState, StackState
from compliance.progress import NoProgress
from compliance.use_cases.consent import rebuilding, standing
from compliance.use_cases.intake import check_desk, form_readings, machine_checks, stack_sampling, stacks
from compliance.use_cases.intake.check_desk import AcceptForm
from compliance.use_cases.intake.scans import ScanReport, ScanRequest, take_in_scans
from compliance.use_cases.notices import consent_forms
from compliance.use_cases.notices.consent_forms import FormPrinted
from compliance.use_cases.signing import two_person

STAFF = {"zhao": Role.DPO, "chen": Role.COMPLIANCE, "sun": Role.COMPLIANCE, "wu": Role.CLERK}
ITEMS = ("visit", "digital/wecom")
MANY, DPI = 11, 110
PEOPLE = invent(MANY + 14)
DAY = date(2026, 11, 24)
YES = {"visit": ("tick", ""), "digital/wecom": ("", "tick")}


@dataclass
class World:
    """A desk, its printed forms by person, and what became of the great stack."""

    desk: Desk
    printed: list[tuple[FormPrinted, Image]]

    def page(self, number: int, hand: Hand | None = None, spoil: Spoil | None = None) -> Image:
        """A form as its hand left it and its scanner saw it."""
        made, bare = self.printed[number]
        with self.desk.sit("chen").vault.snapshot() as snap:
            record = snap.forms.get(made.serial)
        assert record is not None
        page = written_on(bare, record.fields, hand or Hand(marks=YES, stroke=1.4, seed=number), dpi=DPI)
        return spoilt(page, replace(spoil or Spoil(), dpi=DPI))

    def scan(self, name: str, pages: list[Image], **more: object) -> ScanReport:
        path = scanned(self.desk.folder / f"{name}.pdf", pages, dpi=DPI)
        facts = {"place": "柜 3-1", "offered_on": DAY} | more
        request = ScanRequest(paths=(path,), name=name, **facts)  # type: ignore[arg-type]
        return done(take_in_scans(self.desk.sit("wu"), request=request, progress=NoProgress()))

    def forms(self, name: str) -> dict[str, Form]:
        """By person."""
        _, rows = done(stacks.show_stack(self.desk.sit("sun"), name=name))
        return {row.form.hcp_id or row.form.form_id: row.form for row in rows}

    def look(self, name: str, count: int) -> None:
        """Accept ``count`` forms as read."""
        for _ in range(count):
            shown = done(check_desk.next_form(self.desk.sit("sun"), stack=name, with_data=False))
            request = AcceptForm(form_id=shown.form.form_id, answers=(), as_read=True, take_offered=True)
            done(check_desk.accept_form(self.desk.sit("sun"), request=request))

    def codes(self, number: int) -> dict[str, tuple[str, str]]:
        lines = done(standing.consent_status(self.desk.sit("chen"), hcp_id=self.printed[number][0].hcp_id))
        return {x.item: (str(x.status), x.code) for x in lines}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    desk = Desk.create(tmp_path_factory.mktemp("boxes") / "desk", staff=STAFF)
    desk.bring(PEOPLE)
    people = [desk.id_of(p.name, p.hospital) for p in PEOPLE]
    made = done(
        consent_forms.print_forms(
            desk.sit("wu"),
            ref=NOTICE,
            out=desk.folder / "forms.pdf",
            progress=NoProgress(),
            hcp_ids=people,
            items=ITEMS,
        )
    )
    asked = done(stack_sampling.set_sample_check(desk.sit("zhao"), on=True))
    done(two_person.approve(desk.sit("chen"), request_id=asked.request_id))
    yield World(desk, list(zip(made.forms, drawn(made.file, dpi=DPI), strict=True)))
    desk.rise()


@pytest.mark.req("REQ-017", "REQ-021")
def test_a_mixed_stack_goes_by_machine_and_sample(world: World) -> None:
    """Twelve clean forms, some turned or faint, and five that machines must leave for eyes."""
    sun, spoils = (
        world.desk.sit("sun"),
        {1: Spoil(turned=180), 2: Spoil(turned=90), 3: Spoil(faint=0.6), 4: Spoil(skew=3)},
    )
    pages = [world.page(n, spoil=spoils.get(n)) for n in range(MANY + 1)]
    clean = Hand(marks=YES, stroke=1.4)
    odd = [
        replace(clean, marks={**YES, "visit": ("tick", "tick")}),
        replace(clean, marks={**YES, "visit": ("scribble", "tick")}),
        replace(clean, marks={"visit": ("tick", "")}),
        replace(clean, signed=False),
        replace(clean, dated=False),
    ]
    pages += [world.page(MANY + 1 + n, hand) for n, hand in enumerate(odd)]
    made = world.scan("great", pages)
    assert (made.by_code, made.read, made.clear) == (len(pages), len(pages), MANY + 1), made
    found = world.forms("great")
    first = found[world.printed[0][0].hcp_id].reading
    assert first is not None and [one.said for one in first.items] == [Said.YES, Said.NO] and first.lang == "zh"
    assert not world.codes(0)  # a reading opens nothing

    tried = done(stack_sampling.try_sample(sun, name="great"))
    assert (tried.frame, tried.sample) == (MANY + 1, MANY + 1)
    assert dict(tried.reasons) == {"boxes_unclear": 3, "date_not_seen": 1, "signature_not_seen": 1}
    assert all(has(f"return.{code}") for code, _ in tried.reasons)
    assert no(stack_sampling.try_sample(world.desk.sit("wu"), name="great")).reason == "role_not_allowed"
    again = done(form_readings.read_again(sun, name="great", progress=NoProgress()))
    assert (again.forms, again.same, again.differing, again.not_readable) == (len(pages), len(pages), (), ())


def test_unread_forms_of_a_carried_sample_are_sample_checked(world: World) -> None:
    """The table looks at every form of so small a stack; an earlier day's table, made here, looks at five."""
    table = machine_checks.sampling_table()
    few = {"from": date(2026, 1, 1), **{k: v for k, v in table["version"][0].items() if k not in ("from", "sizes")},
           "sizes": [{"stack": 100, "sample": 5, "minor": 0}]}  # fmt: skip
    table["version"].append(few)
    sun = world.desk.sit("sun")
    try:
        drawn_now = done(stack_sampling.draw_sample(sun, name="great"))
        assert (drawn_now.frame, len(drawn_now.chosen), drawn_now.by_eye) == (MANY + 1, 5, 5)
        entry = next(e for e in sun.vault.log.find(kind="stack_changed", limit=5) if "seed" in e.data["detail"])
        assert "boxes_unclear=3" in entry.data["detail"]["reasons"]
        world.look("great", 5)
        assert done(stack_sampling.repeat_sample(sun, name="great")).same is True
        finished = done(stack_sampling.finish_sample(sun, name="great"))
    finally:
        table["version"].remove(few)
    assert (finished.accepted, finished.acts, finished.by_eye) == (MANY - 4, MANY - 4, 5)
    codes = [world.codes(n) for n in range(MANY + 1)]
    assert {c["visit"][0] for c in codes} == {"given"} and {c["digital/wecom"][0] for c in codes} == {"refused"}
    assert sum(c["visit"][1] == "VALID_SAMPLE_CHECKED" for c in codes) == MANY - 4
    assert not any(world.codes(MANY + 1 + n) for n in range(5))  # by eye: nothing was recorded
    filled = next(iter(sun.vault.log.find(kind="stack_filled", limit=5)))
    assert filled.data["detail"]["clear"] == MANY + 1 and filled.data["detail"]["reader"] == 1
    assert done(rebuilding.rebuild_states(world.desk.sit("chen"), mend=False, progress=NoProgress())).differing == 0
    assert world.desk.sit("chen").vault.check(full=True).ok


def test_at_the_desk_a_reading_is_a_proposal_that_asks_for_what_is_unsure(world: World) -> None:
    sun, forms = world.desk.sit("sun"), world.forms("great")
    double = forms[world.printed[MANY + 1][0].hcp_id]
    shown = done(check_desk.open_form(sun, form_id=double.form_id, with_data=False))
    assert shown.read == {"digital/wecom": "refused"}
    request = AcceptForm(form_id=double.form_id, answers=(), as_read=True, take_offered=True)
    with pytest.raises(InputErrors) as caught:
        check_desk.accept_form(sun, request=request)
    assert caught.value.code == "answer_every_item"
    done(check_desk.accept_form(sun, request=replace(request, answers=(("visit", "empty"),))))
    assert {i: s for i, (s, _) in world.codes(MANY + 1).items()}["digital/wecom"] == "refused"
    wu = check_desk.accept_form(world.desk.sit("wu"), request=replace(request, form_id=double.form_id))
    assert no(wu).reason == "role_not_allowed"


@pytest.mark.parametrize("what", ["answer", "day", "return"])
def test_eyes_that_see_something_else_return_the_stack(world: World, what: str) -> None:
    """Also when the checker accepts the form: a reading that was wrong once is not trusted for the rest."""
    at = MANY + 6 + ["answer", "day", "return"].index(what)
    world.scan(what, [world.page(at)])
    sun = world.desk.sit("sun")
    done(stack_sampling.draw_sample(sun, name=what))
    form = world.forms(what)[world.printed[at][0].hcp_id]
    answers = (("visit", "given"), ("digital/wecom", "given" if what == "answer" else "refused"))
    day = date(2026, 11, 23) if what == "day" else DAY
    if what == "return":
        made = done(check_desk.return_form(sun, form_id=form.form_id, reason="no_signature"))
    else:
        request = AcceptForm(form_id=form.form_id, answers=answers, signed_on=day)
        made = done(check_desk.accept_form(sun, request=request))
    assert made.stack_returned
    (summary, _) = done(stacks.show_stack(sun, name=what))
    assert summary.stack.state is StackState.RETURNED


def test_what_keeps_a_clear_form_from_the_sample(world: World) -> None:
    """No day claimed, a day before it was printed, no place of the original, somebody else's form."""
    at, sun = MANY + 9, world.desk.sit("sun")
    cases = [
        ("noday", {"offered_on": None}, "no_day"),
        ("early", {"offered_on": date(2026, 11, 1)}, "day_before_print"),
        ("noplace", {"place": ""}, "place_missing"),
    ]
    for n, (name, facts, reason) in enumerate(cases):
        world.scan(name, [world.page(at + n)], **facts)
        tried = done(stack_sampling.try_sample(sun, name=name))
        assert [why for _, why in tried.kept] == [reason]
        assert no(stack_sampling.draw_sample(sun, name=name)).reason == "nothing_to_sample"
    form = next(iter(world.forms("noday").values()))
    assert form.state is FormState.TO_CHECK and form.reading is not None and form.reading.clear


def test_two_forms_of_one_person_about_one_item_are_both_for_eyes(world: World) -> None:
    """Which of them holds is nothing a machine may say."""
    at = MANY + 12
    hcp = world.printed[at][0].hcp_id
    out = world.desk.folder / "again.pdf"
    again = done(
        consent_forms.print_forms(
            world.desk.sit("wu"), ref=NOTICE, out=out, progress=NoProgress(), hcp_ids=[hcp], items=("visit",)
        )
    )
    world.printed.append((again.forms[0], drawn(out, dpi=DPI)[0]))
    world.scan("two", [world.page(at), world.page(-1, Hand(marks={"visit": ("", "tick")}, stroke=1.4))])
    tried = done(stack_sampling.try_sample(world.desk.sit("sun"), name="two"))
    assert [why for _, why in tried.kept] == ["twice", "twice"]


def test_an_item_of_profiling_or_of_separate_consent_never_goes_by_sample(world: World) -> None:
    """However clearly it was read."""
    hcp, wu = world.printed[MANY + 13][0].hcp_id, world.desk.sit("wu")
    for ref, item, reason in (
        ("CK-PROFILE@1.0", "personalise", "profiling_item"),
        ("CK-SPEAKER@1.0", "speaker/sensitive:payment", "separate_item"),
    ):
        out = world.desk.folder / f"{reason}.pdf"
        made = done(
            consent_forms.print_forms(wu, ref=ref, out=out, progress=NoProgress(), hcp_ids=[hcp], items=(item,))
        )
        world.printed.append((made.forms[0], drawn(out, dpi=DPI)[0]))
        world.scan(reason, [world.page(-1, Hand(marks={item: ("tick", "")}, stroke=1.4))])
        tried = done(stack_sampling.try_sample(world.desk.sit("sun"), name=reason))
        assert [why for _, why in tried.kept] == [reason]
        form = next(iter(world.forms(reason).values()))
        assert form.reading is not None and form.reading.said(item) is Said.YES
