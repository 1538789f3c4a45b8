"""The registers of the privacy officer: bases other than consent, memos of necessity, activities, merged records."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from compliance.model.access import Purpose
from compliance.use_cases.bases import activities, bases, memos
from compliance.use_cases.bases.bases import BasisRequest
from compliance.use_cases.people import duplicates, merging
from desktop_app.tasks import Task

#: Likely pairs on one page.
PAIRS = 10


def add_basis(*, request: BasisRequest) -> Task[Any]:
    """A legal basis other than consent, with what it rests on."""
    return Task(lambda opened, _: bases.record_basis(opened.session, request=request))


def list_bases(*, hcp_id: str) -> Task[Any]:
    """All bases of a person, ended ones too."""
    return Task(lambda opened, _: bases.list_bases(opened.session, hcp_id=hcp_id))


def end_basis(*, basis_id: str, reason: str) -> Task[Any]:
    """End a basis; the next read no longer rests on it."""
    return Task(lambda opened, _: bases.end_basis(opened.session, basis_id=basis_id, reason=reason))


def import_bases(*, path: Path, dry_run: bool) -> Task[Any]:
    """A table of bases; bad lines are named."""
    return Task(lambda opened, _: bases.import_bases(opened.session, path=path, dry_run=dry_run))


def list_memos() -> Task[Any]:
    """All memos, ended ones too."""
    return Task(lambda opened, _: memos.list_memos(opened.session))


def add_memo(*, item: str, necessity: str, hcp_id: str, valid_until: datetime | None) -> Task[Any]:
    """Waive one separate consent; an empty ``hcp_id`` is everybody."""
    return Task(
        lambda opened, _: memos.add_memo(
            opened.session, item=item, necessity=necessity, hcp_id=hcp_id, valid_until=valid_until
        )
    )


def end_memo(*, memo_id: str) -> Task[Any]:
    """End a memo."""
    return Task(lambda opened, _: memos.end_memo(opened.session, memo_id=memo_id))


def list_activities() -> Task[Any]:
    """Every version of every activity."""
    return Task(lambda opened, _: activities.list_activities(opened.session))


def save_activity(*, name: str, purpose: Purpose, basis: str, reference: str, activity_id: str = "") -> Task[Any]:
    """A new activity, or the next version of one."""
    return Task(
        lambda opened, _: activities.save_activity(
            opened.session, name=name, purpose=purpose, basis=basis, reference=reference, activity_id=activity_id
        )
    )


def find_duplicates(*, offset: int = 0) -> Task[Any]:
    """A few pairs of records that may be one person."""
    return Task(lambda opened, _: duplicates.find_duplicates(opened.session, limit=PAIRS, offset=offset))


def say_distinct(*, one: str, other: str, reason: str) -> Task[Any]:
    """Two records are two people."""
    return Task(lambda opened, _: duplicates.say_distinct(opened.session, one=one, other=other, reason=reason))


def list_distinct() -> Task[Any]:
    """Pairs found to be two people."""
    return Task(lambda opened, _: duplicates.list_distinct(opened.session))


def take_back_distinct(*, one: str, other: str) -> Task[Any]:
    """The pair may be one again."""
    return Task(lambda opened, _: duplicates.take_back_distinct(opened.session, one=one, other=other))


def list_merges() -> Task[Any]:
    """Every merge, newest first."""
    return Task(lambda opened, _: merging.list_merges(opened.session))


def preview_merge(*, kept: str, gone: str) -> Task[Any]:
    """What a merge would close and which blocks it brings."""
    return Task(lambda opened, _: merging.preview_merge(opened.session, kept=kept, gone=gone))


def merge(*, kept: str, gone: str) -> Task[Any]:
    """Ask for two records to become one."""
    return Task(lambda opened, _: merging.merge_people(opened.session, kept=kept, gone=gone))


def take_apart(*, case_id: str) -> Task[Any]:
    """Ask for a merge to be taken apart."""
    return Task(lambda opened, _: merging.unmerge_people(opened.session, case_id=case_id))


def run_rule(*, rule_id: str) -> Task[Any]:
    """Run a registered rule."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.seeing.explained_rules import run_rule as run

        return run(opened.session, rule_id=rule_id)

    return Task(work)


def list_rules() -> Task[Any]:
    """The register of rules."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.seeing import explained_rules

        return explained_rules.list_rules()

    return Task(work)


def list_tags(*, text: str = "") -> Task[Any]:
    """The catalogue of fields, or what of it matches a text."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.people.tags import list_tags as found

        return found(opened.session, text=text)

    return Task(work)


def show_tag(*, key: str) -> Task[Any]:
    """One field of the catalogue."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.people.tags import show_tag as found

        return found(opened.session, key=key)

    return Task(work)


def validate_tag(*, key: str, validated_on: date, sample: int, method: str) -> Task[Any]:
    """A predictive field was checked against what really was."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.people.tags import validate_tag as validate

        return validate(opened.session, key=key, validated_on=validated_on, sample=sample, method=method)

    return Task(work)


def measure_quality(*, by: Any, sample: int | None, seed: int = 0) -> Task[Any]:
    """How complete, fresh and accurate the data are."""

    def work(opened: Any, progress: Any) -> Any:
        from compliance.use_cases.overview.quality import measure_quality as measure

        return measure(opened.session, by=by, sample=sample, seed=seed, progress=progress)

    return Task(work, title="desk.task.quality", stoppable=True)
