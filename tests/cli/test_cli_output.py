"""How answers look: JSON values, aligned text, refusals in both forms."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from compliance.cli.failures import fault_words
from compliance.cli.output import answered, columns, layout, pad, plain, table
from compliance.cli.people_acts import _merge_preview
from compliance.errors import Fault
from compliance.i18n import Lang
from compliance.model.access import Purpose, Reference
from compliance.model.answer import Answer, Refusal
from compliance.model.register import PendingRequest, RequestState
from compliance.use_cases.people.merging import Closed, MergePreview


@dataclass(frozen=True)
class Sample:
    """Some of everything."""

    at: datetime
    day: date
    purpose: Purpose
    path: Path
    names: frozenset[str]


def test_plain_values() -> None:
    at = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    sample = Sample(at, date(2026, 1, 2), Purpose.VISIT, Path("a"), frozenset("ba"))
    assert plain((sample,)) == [
        {"at": "2026-11-24T02:00:00.000000Z", "day": "2026-01-02", "purpose": "visit", "path": "a", "names": ["a", "b"]}
    ]


def test_chinese_takes_two_columns() -> None:
    assert columns("王芳ab") == 6
    assert pad("王芳", 6) == "王芳  "
    lines = table(["姓名", "x"], [["欧阳明月", "1"], ["王", "22"]])
    assert {columns(line[: line.rindex(" ") + 1]) for line in lines} == {10}


def test_a_fault_names_its_place_in_the_readers_words() -> None:
    quote, twice = Fault("row", "quote_unclosed", "12"), Fault("column 25", "duplicate_headers", "25", "9")
    assert fault_words(quote, Lang.EN).startswith("row 12: ") and fault_words(quote, Lang.ZH).startswith("第 12 行：")
    assert fault_words(twice, Lang.EN).startswith("column 25: ") and fault_words(twice, Lang.EN).count("9") == 1
    assert fault_words(Fault("FILE", "zip_bomb"), Lang.ZH).startswith("文件：")


def test_a_fault_of_a_rule_file_names_what_stands_there_and_counts_are_no_code() -> None:
    wrong = Fault("policy/purposes.toml: ask.roles", "unknown_role", "reps", "rep")
    assert fault_words(wrong, Lang.EN, rules=True).endswith("unknown role: reps (nearest: rep)")
    assert "reps" not in fault_words(wrong, Lang.EN), "in a form it may be a name"
    more = Fault("policy/purposes.toml: mdm", "more_alike", "3", "missing_key")
    assert fault_words(more, Lang.EN, rules=True).endswith("3 more of the same")


def test_layout_shows_scalars_then_lists() -> None:
    lines = layout({"ok": True, "rep": None, "lines": [{"line": "visit", "status": "given"}]}, Lang.EN)
    assert lines == [
        "holds  yes",
        "rep    —",
        "",
        "items (1)",
        "  consent item  status",
        "  Visits        Given",
    ]


def test_what_ends_at_a_midnight_is_told_by_its_last_day() -> None:
    """A yes of 24 November 2026 for 24 months may be used through 24 November 2028, as receipt and status say."""
    midnight, noon = "2028-11-24T16:00:00.000000Z", "2028-11-24T04:00:00+00:00"
    lines = layout({"due": [{"valid_until": midnight}, {"valid_until": noon}]}, Lang.EN)
    assert [line.strip() for line in lines[2:]] == ["2028-11-24", "2028-11-24 12:00"]
    assert layout({"ends_at": midnight}, Lang.EN)[0].endswith("2028-11-24"), "a hold too"
    assert layout({"last_backup": midnight}, Lang.EN)[0].endswith("2028-11-25 00:00")


def test_a_refusal_has_the_shape_of_the_contract() -> None:
    no = Refusal(reason="no_valid_consent", references=(Reference("PIPL", "13"),), lifted_by="no_valid_consent")
    outcome = answered(Answer(no), lambda _: {})
    assert outcome.exit_code == 1
    assert outcome.payload == {
        "refused": "no_valid_consent",
        "references": [{"statute": "PIPL", "article": "13"}],
        "lifted_by": "no_valid_consent",
    }
    assert outcome.lines is not None
    text = "\n".join(outcome.lines(Lang.ZH))
    assert "PIPL 13" in text
    assert "no_valid_consent" in text


def test_a_request_that_waits_is_an_answer() -> None:
    waiting = PendingRequest(
        request_id="REQ-AAAAAAAA", action="erase", canonical=b"{}", requested_by="li",
        requested_at=datetime(2026, 11, 24, tzinfo=UTC), state=RequestState.WAITING, decided_by="", not_before=None,
    )  # fmt: skip
    outcome = answered(Answer(waiting), lambda _: {})
    assert outcome.exit_code == 0
    assert outcome.payload["pending"] == "REQ-AAAAAAAA"


def test_a_merge_is_told_in_its_own_words() -> None:
    """The same keys mean something else of an import that is taken back."""
    seen = MergePreview(
        kept="HCP-AAAAAAAA", gone="HCP-BBBBBBBB", blocks=("frozen",),
        closed=(Closed(item="visit", no_of="HCP-BBBBBBBB", yes_of="HCP-AAAAAAAA"),),
    )  # fmt: skip
    outcome = _merge_preview(seen)
    assert isinstance(outcome.payload, dict) and list(outcome.payload) == ["kept", "gone", "closed", "blocks"]
    assert outcome.lines is not None
    said = {lang: "\n".join(outcome.lines(lang)) for lang in Lang}
    assert "保留的档案  HCP-AAAAAAAA" in said[Lang.ZH] and "并入的档案  HCP-BBBBBBBB" in said[Lang.ZH]
    assert "record kept" in said[Lang.EN] and "no of" in said[Lang.EN] and "Frozen" in said[Lang.EN]
    assert not any(key in text for text in said.values() for key in ("no_of", "yes_of", "frozen", "blocks"))
