"""The product's own forms, printed, filled, scanned badly and mixed: each sheet lands in the tray it belongs in, by the
command line (issue 3 point 4, UJ3). Rendered from the PDF of ``notice forms`` and spoilt here."""

import io
import random
from collections.abc import Iterator
from pathlib import Path

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFilter
import pypdfium2
import pytest
from spec_desk import HANDS, at, batch, speak
from support import Desk, done, invent

from compliance.model.access import Purpose
from compliance.progress import NoProgress
from compliance.use_cases.consent import rebuilding
from compliance.use_cases.seeing import people_list

NOTICE = "CK-VISIT@1.0"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(tmp_path_factory.mktemp("ours"), at=at("2026-11-24T10:00:00"), staff=HANDS)
    made.bring(invent(14))
    yield made
    made.rise()


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Another company's vault."""
    staff = {k: HANDS[k] for k in ("zhao", "chen", "wu")}
    made = Desk.create(tmp_path_factory.mktemp("theirs"), at=at("2026-11-24T10:00:00"), staff=staff)
    made.bring(invent(2, seed=5))
    yield made
    made.rise()


def ids(desk: Desk) -> list[str]:
    rows = done(people_list.find_people(desk.sit("chen"), text="", purpose=Purpose.MDM, limit=40)).rows
    return [row.hcp_id for row in rows]


def printed(desk: Desk, people: list[str], name: str) -> list[list[PIL.Image.Image]]:
    """The forms of ``people`` as pictures of their pages at 200 dpi, in the order printed."""
    out = desk.folder / name
    made = speak(
        desk, "wu", "notice", "forms", NOTICE, *people, "--line", "visit", "--line", "digital/wecom", "--out", out
    ).json
    assert [f["hcp_id"] for f in made["forms"]] == people, made
    document = pypdfium2.PdfDocument(made["file"])
    pages = [page.render(scale=200 / 72, grayscale=True).to_pil() for page in document]
    document.close()
    found, first = [], 0
    for form in made["forms"]:
        found.append(pages[first : first + form["pages"]])
        first += form["pages"]
    assert first <= len(pages)  # the notice itself may follow
    return found


def faint(page: PIL.Image.Image, left: float) -> PIL.Image.Image:
    return page.point(lambda dot: int(250 - (250 - dot) * left))


def torn(page: PIL.Image.Image) -> PIL.Image.Image:
    """Every place a code may stand is gone: only the lower half is left, on white."""
    made = PIL.Image.new("L", page.size, 252)
    half = page.crop((0, page.height // 2, page.width, page.height))
    made.paste(half, (0, page.height // 2))
    return made


def grain(page: PIL.Image.Image) -> PIL.Image.Image:
    noise = PIL.Image.effect_noise((page.width // 2, page.height // 2), 40).resize(page.size)
    return PIL.Image.blend(page, noise, 0.08)


def signed(page: PIL.Image.Image, dice: random.Random) -> PIL.Image.Image:
    """A signature and ticks in ink, never over the code."""
    made = page.copy()
    pen = PIL.ImageDraw.Draw(made)
    y = int(made.height * 0.82)
    points = [(300 + 40 * n, y + dice.randint(-40, 40)) for n in range(12)]
    pen.line(points, fill=30, width=6)
    return made


def pdf(path: Path, pages: list[PIL.Image.Image]) -> Path:
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=200.0, quality=70)
    path.write_bytes(out.getvalue())
    return path


@pytest.mark.req("REQ-021")
def test_a_bad_stack_is_sorted_into_the_right_trays(desk: Desk, others: Desk) -> None:
    dice = random.Random(4)
    people = ids(desk)
    ours = printed(desk, people[:12], "forms.pdf")
    theirs = printed(others, ids(others)[:1], "forms.pdf")
    assert all(len(form) == 1 for form in ours)
    one = [signed(form[0], dice) for form in ours]
    blank = PIL.Image.new("L", one[0].size, 250)
    paper = 245
    pile = [
        one[0],
        one[1].rotate(90, expand=True),
        blank,
        one[2].rotate(180),
        one[3].rotate(270, expand=True).point(lambda d: int(250 - (250 - d) * 0.5)),
        one[4].rotate(4, fillcolor=paper, resample=PIL.Image.Resampling.BILINEAR),
        one[5].rotate(-3, fillcolor=paper, resample=PIL.Image.Resampling.BILINEAR),
        faint(one[6], 0.30),
        grain(one[7]),
        one[8].filter(PIL.ImageFilter.GaussianBlur(1.2)),
        torn(one[9]),  # nobody can say whose it is
        one[0],  # the same sheet again
        theirs[0][0],  # a form of another company
        blank,
        one[10].resize((one[10].width * 3 // 4, one[10].height * 3 // 4)),  # 150 dpi
    ]
    path = pdf(desk.folder / "stack.pdf", pile)
    made = speak(desk, "wu", "consent", "scan", path, "--name", "stack", "--place", "柜 3-1").json
    assert made["pages"] == len(pile) and made["blank"] == 2
    assert (made["by_code"], made["by_hand"], made["returned"]) == (10, 1, 2), made
    assert made["reasons"].get("form_twice") == 1
    # the shipped notice is the same there; the person is nobody of ours
    assert made["reasons"].get("person_unknown") == 1
    assert made["forms"] == made["by_code"] + made["by_index"] + made["by_hand"] + made["returned"]
    (shown,) = batch(desk, "chen", [["stack", "show", "stack"]])
    by_person = {f["hcp_id"] for f in shown["forms"] if f["state"] == "to_check"}
    assert by_person == {people[n] for n in (0, 1, 2, 3, 4, 5, 6, 7, 8, 10)}  # nobody's form went to somebody else
    # a scan says nothing yet
    told = batch(desk, "chen", [["consent", "status", p] for p in people[:12]])
    assert all(not x["lines"] for x in told)


def test_each_box_at_the_desk_becomes_the_act_it_says(desk: Desk) -> None:
    (shown,) = batch(desk, "chen", [["stack", "next", "stack"]])
    form, hcp = shown["form"], shown["hcp_id"]
    words = [
        "stack",
        "accept",
        form,
        "--tick",
        "visit=given",
        "--tick",
        "digital/wecom=refused",
        "--signed-on",
        "2026-11-20",
    ]
    (own,) = batch(desk, "wu", [words])
    assert own["exit_code"] == 1  # the clerk who brought the stack does not check it
    (half,) = batch(desk, "chen", [words[:5] + words[7:]])
    assert half["exit_code"] == 2  # a refused box is never taken for no answer
    (made, status) = batch(desk, "chen", [words, ["consent", "status", hcp]])
    assert {x["line"]: x["status"] for x in made["lines"]} == {"visit": "given", "digital/wecom": "refused"}
    assert {x["line"]: x["status"] for x in status["lines"]} == {"visit": "given", "digital/wecom": "refused"}
    assert done(rebuilding.rebuild_states(desk.sit("chen"), mend=False, progress=NoProgress())).differing == 0
