"""``stack …``: the checking desk on the command line, and what surrounds it."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, answered, plain
from compliance.cli.params import Code, Day, OutPath
from compliance.cli.words import Command, group
from compliance.errors import bad_input
from compliance.model.form_reading import FormReading
from compliance.model.intake import Form, FormState

if TYPE_CHECKING:
    from compliance.use_cases.intake.check_desk import DeskForm
    from compliance.use_cases.intake.stack_sampling import Sample, SampleTried
    from compliance.use_cases.intake.stacks import StackSummary

stack = group("stack")
COMMANDS: dict[str, click.Command] = {"stack": stack}


@stack.command("list", cls=Command)
@click.pass_obj
def list_(env: Env) -> Outcome:
    """``{"stacks": [STACK]}``; STACK ``{"stack", "name", "kind", "state", "opened_at", "opened_by", "waiting",
    "counts", "reasons", "seed"}``."""
    from compliance.use_cases.intake.stacks import list_stacks

    return answered(list_stacks(env.session()), lambda rows: {"stacks": [_stack(row) for row in rows]})


@stack.command("show", cls=Command)
@click.argument("name")
@click.option("--state", "states", multiple=True, type=Code(FormState, "unknown_state"))
@click.option("--limit", type=click.IntRange(min=1), default=500)
@click.option("--measures", is_flag=True)
@click.pass_obj
def show(env: Env, *, name: str, states: tuple[FormState, ...], limit: int, measures: bool) -> Outcome:
    """One stack as in ``list``, with ``"forms": [FORM]``; FORM has ``reading``, what a machine read off its boxes:
    ``{"lines": [{"line", "read"}], "signature", "dated", "faults", "lang", "reader_version", "form_layout",
    "numbers_from"}``, with ``--measures`` also ``"pages": [{"page", "marks", "off", "measures"}]``."""
    from compliance.use_cases.intake.stacks import show_stack

    return answered(
        show_stack(env.session(), name=name, states=states, limit=limit),
        lambda shown: {**_stack(shown[0]), "forms": [_form(row.form, measures=measures) for row in shown[1]]},
    )


@stack.command("assign", cls=Command)
@click.argument("form")
@click.argument("hcp", required=False)
@click.option("--notice", default="", metavar="ID@VERSION")
@click.option("--line", "lines", multiple=True, metavar="ITEM")
@click.option("--signed-on", default="", metavar="DATE")
@click.option("--pages", type=click.IntRange(min=1), default=None)
@click.option("--place", default="", metavar="TEXT")
@click.option("--to", default="", metavar="FORM")
@click.pass_obj
def assign(
    env: Env,
    *,
    form: str,
    hcp: str | None,
    notice: str,
    lines: tuple[str, ...],
    signed_on: str,
    pages: int | None,
    place: str,
    to: str,
) -> Outcome:
    """Whose a form is, or with ``--to`` which form it is a page of: FORM."""
    from compliance.use_cases.intake.stacks import AssignForm, assign_form, join_form

    if bool(hcp) == bool(to):
        raise bad_input("person_or_form", "HCP")
    if to:
        return answered(join_form(env.session(), form_id=form, to=to), _form)
    request = AssignForm(
        form_id=form,
        hcp_id=hcp or "",
        notice=notice,
        items=lines,
        signed_on=signed_on,
        pages=pages or 0,
        place=place,
    )
    return answered(assign_form(env.session(), request=request), _form)


@stack.command("next", cls=Command)
@click.argument("name")
@click.option("--after", default="", metavar="FORM")
@click.option("--out", type=OutPath("FILE"))
@click.pass_obj
def next_(env: Env, *, name: str, after: str, out: Path | None) -> Outcome:
    """The next form that waits: FORM, ``hcp``, ``checklist``, ``offered_on``, ``left``; ``form`` is null at the end.

    ``--out`` writes the document, readable by its owner only, where a viewer can show it.
    """
    from compliance.use_cases.intake.check_desk import next_form
    from compliance.use_cases.intake.stacks import write_document

    answer = next_form(env.session(), stack=name, after=after, with_data=out is not None)
    if out is not None and answer.value is not None and hasattr(answer.value, "data"):
        write_document(out, answer.value.data)
    return answered(answer, _on_desk)


@stack.command("accept", cls=Command)
@click.argument("form")
@click.option("--tick", "ticks", multiple=True, metavar="ITEM=given|refused|empty")
@click.option("--signed-on", type=Day())
@click.option("--as-read", is_flag=True)
@click.option("--as-offered", is_flag=True)
@click.option("--place", default="", metavar="TEXT")
@click.option("--identity-check", default="", metavar="TEXT")
@click.pass_obj
def accept(
    env: Env,
    *,
    form: str,
    ticks: tuple[str, ...],
    as_read: bool,
    signed_on: date | None,
    as_offered: bool,
    place: str,
    identity_check: str,
) -> Outcome:
    """Accept a form item by item: ``{"form", "state", "lines": [{"line", "status", "code"}], "stack_returned"}``.
    ``--as-read`` takes what the machine read for ordinary items without a ``--tick``; what is unsure is still asked."""
    from compliance.use_cases.intake.check_desk import AcceptForm, accept_form

    request = AcceptForm(
        form_id=form,
        answers=_ticks(ticks),
        as_read=as_read,
        signed_on=signed_on,
        take_offered=as_offered,
        place=place,
        identity_check=identity_check,
    )
    return answered(accept_form(env.session(), request=request), _decided)


@stack.command("return", cls=Command)
@click.argument("form")
@click.option("--reason", required=True, metavar="CODE")
@click.pass_obj
def return_(env: Env, *, form: str, reason: str) -> Outcome:
    """Send a form back with a reason; answer as ``accept``."""
    from compliance.use_cases.intake.check_desk import return_form

    return answered(return_form(env.session(), form_id=form, reason=reason), _decided)


@stack.command("sample", cls=Command)
@click.argument("name")
@click.option("--finish", is_flag=True)
@click.option("--repeat", is_flag=True)
@click.option("--dry-run", is_flag=True)
@click.pass_obj
def sample(env: Env, *, name: str, finish: bool, repeat: bool, dry_run: bool) -> Outcome:
    """Draw a sample: ``{"stack", "seed", "frame", "frame_sha256", "by_eye", "forms", "minor", "mark", "reasons",
    "same"}``; ``--finish`` accepts the rest: ``{"stack", "accepted", "acts", "by_eye"}``; ``--repeat`` draws it again;
    ``--dry-run`` only checks: ``{"stack", "frame", "sample", "by_eye", "reasons", "left_for_eyes": [{"form",
    "reason"}]}``."""
    from compliance.use_cases.intake.stack_sampling import draw_sample, finish_sample, repeat_sample, try_sample

    if finish + repeat + dry_run > 1:
        raise bad_input("finish_or_repeat", "--finish")
    if dry_run:
        return answered(try_sample(env.session(), name=name), _tried)
    if finish:
        return answered(finish_sample(env.session(), name=name), lambda done: dict(plain(done)))
    act = repeat_sample if repeat else draw_sample
    return answered(act(env.session(), name=name), _sample)


@stack.command("read", cls=Command)
@click.argument("name")
@click.pass_obj
def read(env: Env, *, name: str) -> Outcome:
    """Read the boxes again from the sealed documents and compare: ``{"stack", "forms", "same", "differing",
    "not_readable"}``. Nothing is changed."""
    from compliance.use_cases.intake.form_readings import read_again

    progress = env.progress()
    try:
        answer = read_again(env.session(), name=name, progress=progress)
    finally:
        progress.close()
    return answered(answer, lambda found: dict(plain(found)))


@stack.command("close", cls=Command)
@click.argument("name")
@click.pass_obj
def close(env: Env, *, name: str) -> Outcome:
    """Close a stack whose forms are all decided: ``{"stack", "accepted", "returned", "deleted"}``."""
    from compliance.use_cases.intake.stacks import close_stack

    return answered(close_stack(env.session(), name=name), lambda done: dict(plain(done)))


def _stack(row: "StackSummary") -> dict[str, Any]:
    return {
        "stack": row.stack.stack_id,
        "name": row.stack.name,
        "kind": str(row.stack.kind),
        "state": str(row.stack.state),
        "opened_at": plain(row.stack.opened_at),
        "opened_by": row.stack.opened_by,
        "waiting": row.waiting,
        "counts": dict(row.counts),
        "reasons": dict(row.reasons),
        "seed": row.stack.seed or None,
    }


def _form(form: Form, *, measures: bool = False) -> dict[str, Any]:
    return {
        "form": form.form_id,
        "state": str(form.state),
        "filed": str(form.filed) if form.filed else None,
        "reason": form.reason or None,
        "hcp_id": form.hcp_id,
        "notice": form.notice,
        "serial": form.serial or None,
        "pages": form.pages,
        "expected": form.expected,
        "lines": [{"line": a.item, "answer": a.answer or None, "event_id": a.event_id or None} for a in form.answers],
        "signed_on": form.acted_on or None,
        "sha256": form.sha256 or None,
        "source_pages": [{"file": f, "page": p} for f, p in form.source_pages],
        "findings": list(form.findings),
        "sampled": form.sampled,
        "decided_by": form.decided_by or None,
        "reading": _reading(form.reading, measures=measures) if form.reading else None,
    }


def _reading(reading: FormReading, *, measures: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "lines": [{"line": one.item, "read": str(one.said)} for one in reading.items],
        "signature": str(reading.signed),
        "dated": str(reading.dated),
        "faults": list(reading.faults),
        "lang": reading.lang,
        "reader_version": reading.reader,
        "form_layout": reading.layout,
        "numbers_from": reading.numbers,
    }
    return {**told, "pages": plain(reading.pages)} if measures else told


def _tried(tried: "SampleTried") -> dict[str, Any]:
    return {
        "stack": tried.stack,
        "frame": tried.frame,
        "sample": tried.sample,
        "by_eye": len(tried.kept),
        "reasons": dict(tried.reasons),
        "left_for_eyes": [{"form": form, "reason": reason} for form, reason in tried.kept],
    }


def _on_desk(shown: "DeskForm | None") -> dict[str, Any]:
    if shown is None:
        return {"form": None, "left": 0}
    return {
        **_form(shown.form),
        "hcp": shown.display,
        "checklist": [{"check": c.code, "ok": c.ok, "detail": c.detail} for c in shown.checklist],
        "offered_on": plain(shown.offered_on),
        "left": shown.left,
    }


def _decided(done: Any) -> dict[str, Any]:
    return {
        "form": done.form_id,
        "state": done.state,
        "lines": [{"line": line, "status": status, "code": code} for line, status, code in done.lines],
        "stack_returned": done.stack_returned,
    }


def _sample(found: "Sample") -> dict[str, Any]:
    return {
        "stack": found.stack,
        "seed": found.seed,
        "frame": found.frame,
        "frame_sha256": found.frame_sha256,
        "by_eye": found.by_eye,
        "forms": list(found.chosen),
        "minor": found.plan.minor,
        "mark": found.plan.mark,
        "reasons": dict(found.reasons),
        "same": found.same,
    }


def _ticks(given: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    pairs = []
    for text in given:
        item, equals, answer = text.rpartition("=")
        if not (item and equals and answer):
            raise bad_input("tick_pair", "--tick")
        pairs.append((item, answer))
    return tuple(pairs)
