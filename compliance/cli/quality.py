"""``quality``: how complete, fresh and accurate the data are, in numbers alone."""

from typing import TYPE_CHECKING

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, Payload, answered, plain, table
from compliance.cli.people_views import field_words
from compliance.cli.words import Command
from compliance.i18n import Lang, t
from compliance.model.profile import Gauges

if TYPE_CHECKING:
    from compliance.use_cases.overview.quality import QualityReport, QualityRow


@click.command("quality", cls=Command)
@click.option("--by", type=click.Choice(["field", "source", "territory"]), default="field")
@click.option("--sample", type=int, default=None, metavar="N")
@click.option("--seed", type=int, default=0, metavar="S")
@click.option("--all", "everybody", is_flag=True)
@click.pass_obj
def quality(env: Env, *, by: str, sample: int | None, seed: int, everybody: bool) -> Outcome:
    """Completeness, freshness and accuracy over a seeded sample, or over everybody."""
    from compliance.errors import bad_input
    from compliance.use_cases.overview.quality import SAMPLE, Cut, measure_quality

    if everybody and sample is not None:
        raise bad_input("sample_or_all", "--all")
    progress = env.progress()
    try:
        answer = measure_quality(
            env.session(), by=Cut(by), sample=None if everybody else sample or SAMPLE, seed=seed, progress=progress
        )
    finally:
        progress.close()
    return answered(answer, lambda made: Outcome(_payload(made), lines=lambda lang: _lines(made, lang)))


COMMANDS: dict[str, click.Command] = {"quality": quality}


def _payload(made: "QualityReport") -> Payload:
    return {
        "by": str(made.by),
        "people": plain(made.people),
        "total": plain(made.total),
        "sampled": made.sampled,
        "seed": made.seed if made.sampled else None,
        "whole": _numbers(made.whole),
        "rows": [{"key": row.key, "people": row.people, **_numbers(row.gauges)} for row in made.rows],
    }


def _numbers(gauges: Gauges) -> Payload:
    return {
        "permitted": plain(gauges.permitted),
        "filled": plain(gauges.filled),
        "fresh": plain(gauges.fresh),
        "accurate": plain(gauges.accurate),
        "shares": dict(gauges.shares),
    }


def _lines(made: "QualityReport", lang: Lang) -> list[str]:
    head = [t(f"quality.by.{made.by}", lang), t("quality.people", lang), *(t(f"gauge.{k}", lang) for k in _SHARES)]
    key = "quality.sampled" if made.sampled else "quality.everybody"
    said = t(key, lang, people=f"{made.people:,}", total=f"{made.total:,}", seed=made.seed)
    whole = [t("quality.whole", lang), f"{made.people:,}", *_figures(made.whole)]
    return [said, "", *table(head, [whole, *(_row(made, row, lang) for row in made.rows)])]


_SHARES = ("completeness", "freshness", "accuracy")


def _row(made: "QualityReport", row: "QualityRow", lang: Lang) -> list[str]:
    name = field_words(row.key, lang) if str(made.by) == "field" else row.key or t("quality.none", lang)
    return [name, f"{row.people:,}", *_figures(row.gauges)]


def _figures(gauges: Gauges) -> list[str]:
    return ["—" if share is None else f"{share} %" for share in (gauges.shares[key] for key in _SHARES)]
