"""Retention: what reaches its end by when, and what may be done with it: hold, put off, let go (REQ-091, REQ-092).

Rules: (1) the figure first, then by rule and territory, then people by pseudonym; (2) what a hold keeps says so and
cannot be let go; what is over already is red, and nobody of the business reads it any more; (3) a run that two have
signed stands below until it is done, with its certificate.
"""

from typing import Any

from PySide6.QtWidgets import QLabel

from compliance.i18n import Lang
from compliance.model.answer import Refusal
from compliance.model.inspection import HoldGround
from compliance.model.limits import day_end
from compliance.model.register import PendingRequest
from compliance.use_cases.ending.retention_due import Due, DueGroup, DueRow, ValueEnd
from desktop_app.operations import retention as ops
from desktop_app.views.page import Desk, Page, scrolled
from desktop_app.views.retention_columns import end_columns, group_columns, row_columns, rule_name
from desktop_app.views.retention_runs import RunsCard
from desktop_app.widgets.act_dialog import ActDialog
from desktop_app.widgets.basic import button, card, choice, fill_choice, label, row
from desktop_app.widgets.form import day_box, day_in, line
from desktop_app.widgets.table import Table

SPANS = (0, 7, 30, 90, 365)
_LIMIT = 1000


class RetentionPart(Page):
    """The preview, and the runs."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._due: Due | None = None
        self.runs = RunsCard(desk, again=self.refresh_preview)
        self.span, self.rule, self.territory = (
            choice(name=name) for name in ("retentionSpan", "retentionRule", "retentionTerritory")
        )
        self.figure = label(kind="title", name="retentionFigure")
        self.more = label(kind="muted", name="retentionMore")
        self.groups: Table[DueGroup] = Table(group_columns(), self.lang, name="retentionGroups")
        self.people: Table[DueRow] = Table(
            row_columns(), self.lang, name="retentionPeople", opened=lambda found: self.show_ends(found)
        )
        self.foot = label(kind="small", name="retentionFoot")
        self._lay()
        for box in (self.span, self.rule, self.territory):
            box.currentIndexChanged.connect(lambda _: self.refresh_preview())
        self.render_words()
        self.span.setCurrentIndex(1)

    def refresh(self) -> None:
        """Look anew."""
        self.refresh_preview()
        self.runs.refresh()

    def refresh_preview(self) -> None:
        """The figures and lists alone."""
        within = self.span.currentData()
        self.run(  # not asked: what an act just said stays
            ops.due(
                within=7 if within is None else int(within),
                rule=str(self.rule.currentData() or ""),
                territory=self.territory.currentData(),
                limit=_LIMIT,
            ),
            self._got,
        )

    def render_words(self) -> None:
        """Boxes, tables, figures."""
        fill_choice(self.span, [(self.t(f"retention.span.{n}"), n) for n in SPANS])
        for table in (self.groups, self.people):
            table.rows.set_lang(Lang(self.lang))
        self._fill()
        self._draw()
        self.runs.render_words()

    def hold(self) -> None:
        """Keep the person in front by statute or for a dispute."""
        dialog = self._dialog("hold")
        found = self.people.current()
        people = dialog.put("retention.hold.people", line("holdPeople", lang=self.lang))
        people.setText(found.hcp_id if found else "")
        ground = dialog.put("retention.hold.ground", choice(name="holdGround"))
        grounds = (HoldGround.STATUTE, HoldGround.DISPUTE)
        fill_choice(ground, [(self.t(f"retention.ground.{kind}"), str(kind)) for kind in grounds])
        authority = dialog.put("retention.hold.authority", line("holdAuthority", lang=self.lang))
        reason = dialog.put("retention.hold.reason", line("holdReason", lang=self.lang))
        approver = dialog.put("retention.hold.approver", line("holdApprover", lang=self.lang))
        until = dialog.put("retention.hold.until", day_box("holdUntil"))

        def make() -> Any:
            last = day_in(until)
            return ops.hold(
                people=people.text().replace(",", " ").replace("、", " ").split(),
                ground=HoldGround(str(ground.currentData())),
                authority=authority.text(),
                reason=reason.text(),
                approver=approver.text().strip(),
                until=day_end(last) if last else None,
            )

        dialog.ask(make, lambda _: self._done("retention.held"))

    def extend(self) -> None:
        """Put the end of the row in front off."""
        found = self.people.current()
        if found is None:
            self.notice.tell(self.t("retention.choose"), tone="amber")
            return
        dialog = self._dialog("extend", hcp=found.hcp_id, rule=self._rule(found.rule))
        until = dialog.put("retention.extend.until", day_box("extendUntil"))
        reason = dialog.put("retention.extend.reason", line("extendReason", lang=self.lang))

        def make() -> Any:
            last = day_in(until)
            if last is None:
                return dialog.missing("retention.extend.until")
            return ops.extend(hcp_id=found.hcp_id, rule=found.rule, until=last, reason=reason.text())

        dialog.ask(make, self._extended)

    def release(self) -> None:
        """Ask for everything that is over now, of the rule chosen, to be let go."""
        rule = str(self.rule.currentData() or "")
        name = self._rule(rule) if rule else self.t("retention.every_rule")
        dialog = self._dialog("release", rule=name, danger=True)
        reason = dialog.put("retention.release.reason", line("releaseReason", lang=self.lang))
        dialog.ask(
            lambda: ops.release(rule=rule, reason=reason.text()),
            lambda made: self._done("retention.released", values=made.values, people=made.people),
        )

    def show_ends(self, found: DueRow) -> None:
        """When each value of the person ends."""
        self.ask(ops.ends_of(hcp_id=found.hcp_id), lambda rows: self._show(found.hcp_id, rows))

    def _show(self, hcp_id: str, rows: tuple[ValueEnd, ...]) -> None:
        dialog = ActDialog(
            self.desk,
            self,
            name="retentionEnds",
            title=self.t("retention.ends.title", hcp=hcp_id),
            effect=self.t("retention.ends.effect"),
            act=self.t("retention.ends.go"),
        )
        table: Table[ValueEnd] = Table(end_columns(), self.lang, name="retentionEndsTable")
        table.put(rows)
        table.fit()
        dialog.setMinimumWidth(940)
        dialog.put("retention.ends.values", table)
        dialog.choose(lambda: None)

    def _got(self, answer: Any) -> None:
        if isinstance(answer.value, Refusal):
            self.notice.refuse(answer.value, self.lang)
            return
        self._due = answer.value
        self._fill()
        self._draw()

    def _extended(self, made: Any) -> None:
        self._done("retention.extending" if isinstance(made, PendingRequest) else "retention.extended")

    def _done(self, key: str, **params: object) -> None:
        self.notice.tell(self.t(key, **params))
        self.refresh()

    def _fill(self) -> None:
        found = self._due
        rules = sorted({group.rule for group in found.groups}) if found else []
        chosen, where = self.rule.currentData(), self.territory.currentData()
        rules += [chosen] if chosen and chosen not in rules else []
        places = (
            sorted({group.territory for group in found.groups} | ({where} if where is not None else set()))
            if found
            else []
        )
        fill_choice(
            self.rule,
            [(self.t("retention.every_rule"), ""), *((self._rule(key), key) for key in rules)],
        )
        entries: list[tuple[str, object]] = [(self.t("worklist.everywhere"), None)]
        fill_choice(self.territory, [*entries, *((name or self.t("overview.no_territory"), name) for name in places)])

    def _draw(self) -> None:
        found = self._due
        if found is None:
            return
        words = {"values": f"{found.values:,}", "people": f"{found.people:,}", "day": found.until.isoformat()}
        key = "retention.figure" if found.values else "retention.figure.none"
        self.figure.setText(self.t(key, **words))
        unknown = self.t("retention.unknown", count=found.unknown) if found.unknown else ""
        self.more.setText(unknown or self.t("retention.figure.more"))
        self.groups.put(found.groups)
        self.groups.fit(6)
        self.people.put(found.rows)
        self.people.fit(12)
        for table in (self.groups, self.people):
            table.setVisible(bool(found.values))
        shown = {"shown": f"{len(found.rows):,}", "total": f"{found.total_rows:,}"}
        self.foot.setText(self.t("retention.shown", **shown) if found.total_rows else "")

    def _dialog(self, what: str, *, danger: bool = False, **params: object) -> ActDialog:
        return ActDialog(
            self.desk,
            self,
            name=f"{what}RetentionDialog",
            title=self.t(f"retention.{what}.title", **params),
            effect=self.t(f"retention.{what}.effect", **params),
            act=self.t(f"retention.{what}.go"),
            danger=danger,
        )

    def _rule(self, key: str) -> str:
        return rule_name(key, self.lang)

    def _lay(self) -> None:
        layout = scrolled(self, width=1180)
        layout.setContentsMargins(0, 18, 28, 28)
        frame, inside = card(margin=26, spacing=14)
        inside.addWidget(self.figure)
        inside.addWidget(self.more)
        inside.addLayout(row(self.span, self.rule, self.territory, 1, spacing=10))
        inside.addWidget(self.groups)
        inside.addWidget(self._heading("retention.people"))
        inside.addWidget(self.people)
        inside.addWidget(self.foot)
        acts = [
            button("retention.hold", self.hold, name="retentionHold", lang=self.lang)
            if self.desk.state.may("set_hold")
            else None,
            button("retention.extend", self.extend, name="retentionExtend", lang=self.lang)
            if self.desk.state.may("extend_retention")
            else None,
            button("retention.release", self.release, look="danger", name="retentionRelease", lang=self.lang)
            if self.desk.state.may("release_retention")
            else None,
        ]
        inside.addLayout(row(1, *acts, spacing=10))
        layout.addWidget(frame)
        layout.addWidget(self.runs)
        layout.addStretch(1)

    def _heading(self, key: str, *, kind: str = "strong") -> QLabel:
        return label(key=key, kind=kind, lang=self.lang)
