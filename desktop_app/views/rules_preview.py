"""What rules would hide and show before they hold: figures, then where, then single people, then what to recall."""

from collections import Counter
from collections.abc import Iterator, Mapping

from PySide6.QtWidgets import QWidget

from compliance.i18n import Lang, t
from compliance.use_cases.rules.company_rules import Preview
from compliance.use_cases.rules.policy_counts import Sample
from desktop_app.models.rows import Column
from desktop_app.views.rules_words import turn_words
from desktop_app.widgets.basic import card, column, label, row
from desktop_app.widgets.table import Table
from desktop_app.words import field_label, purpose_label, role_label

Counted = tuple[str, Counter[str]]


def preview_parts(found: Preview, lang: Lang) -> Iterator[QWidget]:
    """The boxes of a preview, one below the other."""
    effects = found.effects
    recalled = Counter(one.kind for one in effects.recall)
    frame, inside = card(margin=22, spacing=16)
    figures = (
        ("hidden", effects.hidden),
        ("revealed", effects.revealed),
        ("people", effects.people),
        ("sheets", recalled["recall_sheet"]),
        ("packs", recalled["refresh_pack"]),
        ("exports", effects.exports),
    )
    inside.addWidget(label(t("rules.effect", lang), kind="heading"))
    inside.addLayout(
        row(
            *(
                column(
                    label(f"{number:,}", kind="number", name=f"effect_{name}"),
                    label(t(f"rules.effect.{name}", lang), kind="small"),
                    spacing=0,
                )
                for name, number in figures
            ),
            1,
            spacing=30,
        )
    )
    inside.addWidget(label(t("rules.effect.means", lang), kind="small"))
    yield frame
    if effects.by_field:
        frame, inside = card(margin=22, spacing=12)
        inside.addWidget(_counts("rules.by_field", effects.by_field, lang, name="effectFields"))
        if effects.by_rep:
            inside.addWidget(_counts("rules.by_rep", effects.by_rep, lang, name="effectReps", plain=True))
        yield frame
    if effects.samples:
        frame, inside = card(margin=22, spacing=12)
        inside.addWidget(label(t("rules.samples", lang), kind="heading"))
        inside.addWidget(label(t("rules.samples.sub", lang), kind="small"))
        inside.addWidget(_samples(effects.samples, lang))
        yield frame
    if effects.recall:
        frame, inside = card(margin=22, spacing=8)
        inside.addWidget(label(t("rules.recall", lang), kind="heading"))
        inside.addWidget(label(t("rules.recall.sub", lang), kind="small"))
        for one in effects.recall[:12]:
            words = t(f"rules.recall.{one.kind}", lang, subject=one.subject, rep=one.rep, people=one.people)
            inside.addWidget(label(words, name=f"recall_{one.subject}"))
        if len(effects.recall) > 12:
            inside.addWidget(label(t("rules.recall.more", lang, count=len(effects.recall) - 12), kind="small"))
        yield frame


def _counts(title: str, table: Mapping[str, Counter[str]], lang: Lang, *, name: str, plain: bool = False) -> QWidget:
    rows = sorted(table.items(), key=lambda pair: -(pair[1]["hidden"] + pair[1]["revealed"]))
    made: Table[Counted] = Table(
        [
            Column(title, lambda x, said: x[0] if plain else field_label(x[0], said)),
            Column("rules.effect.hidden", lambda x, _: f"{x[1]['hidden']:,}", 150),
            Column("rules.effect.revealed", lambda x, _: f"{x[1]['revealed']:,}", 150),
        ],
        lang,
        name=name,
    )
    made.put(rows)
    made.fit(8)
    return made


def _samples(samples: tuple[Sample, ...], lang: Lang) -> QWidget:
    made: Table[Sample] = Table(
        [
            Column("col.person", lambda x, _: x.hcp_id, 140),
            Column("rules.by_field", lambda x, said: field_label(x.key, said), 160),
            Column("rules.col.reader", lambda x, said: role_label(x.role, said), 180),
            Column("rules.col.turns", lambda x, said: turn_words(x.before, x.after, said), 190),
            Column("col.purpose", lambda x, said: purpose_label(x.purpose, said)),
        ],
        lang,
        name="effectSamples",
    )
    made.put(samples)
    made.fit(12)
    return made
