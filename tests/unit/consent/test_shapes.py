"""Histories of one shape have one outcome: generated histories, renamed, must come out the same but for the names."""

from dataclasses import replace
from datetime import timedelta

from consent_support import VISIT, at, event, given
from hypothesis import given as example
from hypothesis import strategies as st

from compliance.consent.settled import settled_lines
from compliance.consent.shapes import EventRow, shape_of
from compliance.model.consent import ConsentEvent, EventKind, Grade, Precision

KINDS = [k for k in EventKind if k is not EventKind.GIVEN]
MARK = st.tuples(
    st.sampled_from([EventKind.GIVEN, EventKind.GIVEN, *KINDS]),
    st.integers(0, 60),  # day of the act
    st.integers(0, 40),  # days until it was entered
    st.integers(0, 3),  # which of the earlier events it speaks about
    st.sampled_from([Precision.DAY, Precision.SECOND]),
    st.sampled_from([Grade.E1, Grade.E4]),
    st.sampled_from(["scan-a", "scan-b", None]),
    st.sampled_from(["wu", "chen"]),
    st.sampled_from([None, "in_person", "sample:S1"]),  # identity check
    st.sampled_from([None, "merged_stricter"]),  # defect
    st.integers(0, 23),  # hour of the entry
)


def history(marks: list[tuple[object, ...]], names: str) -> list[ConsentEvent]:
    made: list[ConsentEvent] = []
    for place, (kind, day, after, about, precision, grade, form, by, check, defect, hour) in enumerate(marks):
        acted = at("2026-01-01") + timedelta(days=day)  # type: ignore[arg-type]
        base = given("2026-01-01") if kind is EventKind.GIVEN else event(kind, "2026-01-01")  # type: ignore[arg-type]
        target = made[about].event_id if made and about < len(made) else None  # type: ignore[operator]
        made.append(
            replace(
                base,
                event_id=f"EV-{names}{place:03}",
                acted_at=acted,
                presented_at=acted,
                received_at=acted if kind is EventKind.WITHDRAWN else None,
                recorded_at=acted + timedelta(days=after, hours=hour),  # type: ignore[arg-type]
                recorded_by=f"{by}-{names}",
                precision=precision,
                grade=grade,
                evidence_id=form and f"{form}-{names}",
                target=target if kind is not EventKind.GIVEN else None,
                identity_check=check,
                defect=defect,
                sequence=place,
            )
        )
    return made


def rows(events: list[ConsentEvent]) -> list[tuple[object, ...]]:
    def micros(instant):  # type: ignore[no-untyped-def]
        return None if instant is None else round(instant.timestamp() * 1_000_000)

    return [
        (
            place, 1, e.event_id, 1, str(e.kind), str(e.method), micros(e.recorded_at), e.recorded_by,
            micros(e.acted_at), micros(e.presented_at), micros(e.received_at), str(e.precision), e.notice,
            e.notice_hash, micros(e.valid_until), e.evidence_id, e.evidence_sha256, str(e.grade), e.identity_check,
            int(e.asked_by_hcp), e.target, e.defect, None, None, e.order_on_form, "", e.sequence,
        )
        for place, e in enumerate(events)
    ]  # fmt: skip


@example(st.lists(MARK, min_size=1, max_size=6), st.integers(0, 5))
def test_equal_shapes_have_equal_outcomes(marks: list[tuple[object, ...]], shift: int) -> None:
    """The twin has other names and is entered some hours apart on the same days."""
    one = history(marks, "a")
    later = [(*mark[:-1], min(23, mark[-1] + shift)) for mark in marks]  # type: ignore[operator]
    two = history(later, "b")
    if shape_of(rows(one)) != shape_of(rows(two)):
        return
    first = settled_lines(one, terms_of=lambda _, __: VISIT, notices={})[0]
    second = settled_lines(two, terms_of=lambda _, __: VISIT, notices={})[0]
    assert (first.event_id or "").replace("EV-a", "") == (second.event_id or "").replace("EV-b", "")
    assert replace(first, event_id=None) == replace(second, event_id=None)


def test_the_shape_ignores_names_and_hours_and_sees_everything_else() -> None:
    mark = (EventKind.GIVEN, 3, 2, 0, Precision.DAY, Grade.E1, "scan-a", "wu", None, None, 9)
    base = shape_of(rows(history([mark], "a")))
    assert base == shape_of(rows(history([(*mark[:-1], 11)], "b")))
    others: tuple[tuple[int, object], ...] = (
        (0, EventKind.REFUSED),
        (1, 4),
        (2, 3),
        (4, Precision.SECOND),
        (5, Grade.E4),
        (6, None),
        (8, "sample:S1"),
        (9, "x"),
    )
    for place, other in others:
        assert base != shape_of(rows(history([(*mark[:place], other, *mark[place + 1 :])], "a"))), place


def test_a_row_has_the_columns_of_the_table() -> None:
    from compliance.vault.consent_rows import CONSENT_EVENT

    assert EventRow._fields == CONSENT_EVENT.columns
