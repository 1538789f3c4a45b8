"""``tags …``: the catalogue of fields 标签目录, and the validation of those that guess."""

from datetime import date
from typing import TYPE_CHECKING

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, Payload, answered, pairs, plain, table
from compliance.cli.params import Day
from compliance.cli.people_views import field_words
from compliance.cli.words import Command, group
from compliance.i18n import Lang, t

if TYPE_CHECKING:
    from compliance.use_cases.people.tags import TagRow

tags = group("tags")
COMMANDS: dict[str, click.Command] = {"tags": tags}


@tags.command("list", cls=Command)
@click.option("--find", "text", default="", metavar="TEXT")
@click.pass_obj
def list_(env: Env, *, text: str) -> Outcome:
    """All fields, or those that match a text."""
    from compliance.use_cases.people.tags import list_tags

    return answered(
        list_tags(env.session(), text=text),
        lambda rows: Outcome({"tags": [_tag(row) for row in rows]}, lines=lambda lang: _table(rows, lang)),
    )


@tags.command("show", cls=Command)
@click.argument("key")
@click.pass_obj
def show(env: Env, *, key: str) -> Outcome:
    """One field in full."""
    from compliance.use_cases.people.tags import show_tag

    answer = show_tag(env.session(), key=key)
    return answered(answer, lambda row: Outcome(_tag(row), lines=lambda lang: _lines(row, lang)))


@tags.command("validate", cls=Command)
@click.argument("key")
@click.option("--on", "validated_on", type=Day(), required=True)
@click.option("--sample", type=int, required=True, metavar="N")
@click.option("--method", required=True, metavar="TEXT")
@click.pass_obj
def validate(env: Env, *, key: str, validated_on: date, sample: int, method: str) -> Outcome:
    """Record that a predictive field was checked against what really was."""
    from compliance.use_cases.people.tags import validate_tag

    answer = validate_tag(env.session(), key=key, validated_on=validated_on, sample=sample, method=method)
    return answered(
        answer, lambda done: {"key": done.key, "validated_on": plain(done.validated_on), "sample": plain(done.sample)}
    )


def _tag(row: "TagRow") -> Payload:
    field, tag = row.field, row.tag
    return {
        "key": field.key,
        "label": plain(field.label),
        "type": field.tag_type,
        "class": field.data_class,
        "dimension": field.dimension,
        "rule_set": row.version,
        "purposes": sorted(map(str, field.purposes)),
        "necessity": {str(purpose): plain(words) for purpose, words in row.necessity.items()},
        "cadence_days": field.refresh_days,
        "look_back_days": tag.look_back_days,
        "owner": plain(tag.owner),
        "formula": plain(tag.formula),
        "may_say": plain(tag.may_say),
        "never_say": plain(tag.never_say),
        "validated": row.validated,
        "validated_on": plain(row.validated_on),
        "valid_to": plain(row.valid_to),
    }


def _table(rows: "tuple[TagRow, ...]", lang: Lang) -> list[str]:
    head = [t(f"tags.{key}", lang) for key in ("key", "label", "type", "class", "cadence", "owner", "validated")]
    return table(
        head,
        [
            [
                row.field.key,
                field_words(row.field.key, lang),
                t(f"tags.type.{row.field.tag_type}", lang),
                t(f"tags.class.{row.field.data_class}", lang),
                _days(row.field.refresh_days, lang),
                row.tag.owner.in_(lang),
                _validated(row, lang),
            ]
            for row in rows
        ],
    )


def _lines(row: "TagRow", lang: Lang) -> list[str]:
    field, tag = row.field, row.tag
    facts = [
        ("key", field.key),
        ("label", field_words(field.key, lang)),
        ("type", t(f"tags.type.{field.tag_type}", lang)),
        ("class", t(f"tags.class.{field.data_class}", lang)),
        ("rule_set", row.version),
        ("cadence", _days(field.refresh_days, lang)),
        ("look_back", _days(tag.look_back_days, lang)),
        ("owner", tag.owner.in_(lang)),
        ("formula", tag.formula.in_(lang) if tag.formula else "—"),
        ("may_say", tag.may_say.in_(lang)),
        ("never_say", tag.never_say.in_(lang)),
        ("validated", _validated(row, lang)),
    ]
    lines = pairs([(t(f"tags.{key}", lang), text) for key, text in facts], "  ")
    needs = [(t(f"purpose.{p}", lang), words.in_(lang)) for p, words in row.necessity.items()]
    return [*lines, "", t("tags.necessity", lang), *pairs(needs, "  ")]


def _days(days: int | None, lang: Lang) -> str:
    return t("tags.days", lang, days=days) if days else "—"


def _validated(row: "TagRow", lang: Lang) -> str:
    if row.validated is None:
        return "—"
    return t("tags.valid_to", lang, day=row.valid_to) if row.valid_to else t("desk.fresh.not_validated", lang)
