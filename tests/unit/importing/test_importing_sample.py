"""The generated sample: deterministic, invented, as dirty as promised."""

import pypdfium2

from compliance.use_cases.showing import sample_data, sample_papers


def test_the_same_seed_gives_the_same_bytes():
    for make in (sample_data.make_crm_csv, sample_data.make_agency_csv, sample_data.make_event_xlsx):
        assert make(people=80, seed=3) == make(people=80, seed=3) != make(people=80, seed=4)
    reps = sample_data.sample_reps(3)
    assert sample_data.make_roster_xlsx(reps) == sample_data.make_roster_xlsx(reps)


def test_nobody_is_real():
    people = sample_data.sample_people(2000)
    assert all(p.phone.startswith("1990000") and p.licence.startswith("99") and len(p.licence) == 15 for p in people)
    assert all(p.email.split("@")[1] in ("example.com", "example.org", "example.net") for p in people)
    assert len({p.phone for p in people}) == len({p.licence for p in people}) == 2000
    assert {"𬭊志远", "龚䶮", "王㛃", "林𫖯"} <= {p.name for p in people}


def test_the_dirt_is_there(sample_files, read):
    _, counts = read(sample_files["crm.csv"])
    wanted = {"formula", "email_several", "phone_damaged", "licence_bad", "duplicate_licence", "note_declines_channel",
              "source_third_party", "source_second_party", "title_in_name", "note_in_name"}  # fmt: skip
    assert wanted <= counts.codes.keys() and counts.headers and counts.blank and counts.totals == 1


def test_papers_are_real_files():
    paper = sample_papers.make_consent_pdf("Consent (sample)", ["visit: yes", "item (2) \\ x"])
    assert paper == sample_papers.make_consent_pdf("Consent (sample)", ["visit: yes", "item (2) \\ x"])
    document = pypdfium2.PdfDocument(paper)
    text = document[0].get_textpage().get_text_range()
    document.close()
    assert "visit: yes" in text and "item (2) \\ x" in text
    picture = sample_papers.make_signature_png(5)
    assert picture.startswith(b"\x89PNG") and picture != sample_papers.make_signature_png(6)
