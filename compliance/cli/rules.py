"""``rule …``: registered rules that tier or suggest, run with an explanation for each result."""

from typing import TYPE_CHECKING

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, Payload, answered, plain
from compliance.cli.words import Command, group
from compliance.i18n import Lang

if TYPE_CHECKING:
    from compliance.use_cases.seeing.explained_rules import Result, Rule

rule = group("rule")
COMMANDS: dict[str, click.Command] = {"rule": rule}


@rule.command("list", cls=Command)
@click.pass_obj
def list_(env: Env) -> Outcome:
    """The register: text, purpose, inputs, digest."""
    from compliance.use_cases.seeing.explained_rules import list_rules

    return Outcome({"register": [_rule(one, env.lang) for one in list_rules()]})


@rule.command("run", cls=Command)
@click.argument("rule_id", metavar="RULE")
@click.option("--find", "text", default="", metavar="TEXT")
@click.option("--limit", type=click.IntRange(1, 200), default=50, metavar="N")
@click.option("--offset", type=click.IntRange(min=0), default=0, metavar="N")
@click.pass_obj
def run(env: Env, *, rule_id: str, text: str, limit: int, offset: int) -> Outcome:
    """Run one rule; each result lists its inputs. Nothing is written: a person decides."""
    from compliance.use_cases.seeing.explained_rules import run_rule

    answer = run_rule(env.session(), rule_id=rule_id, text=text, limit=limit, offset=offset)
    return answered(
        answer,
        lambda done: {
            "rule": done.rule.rule_id,
            "rule_digest": done.rule.digest,
            "assessment": done.assessment,
            "results": [_result(one, env.lang) for one in done.results],
            "total": done.total,
            "audit_index": done.audit_index,
        },
    )


def _rule(one: "Rule", lang: Lang) -> Payload:
    return {
        "rule": one.rule_id,
        "kind": one.kind,
        "purpose": str(one.purpose),
        "text": one.zh if lang is Lang.ZH else one.en,
        "inputs": list(one.inputs),
        "rule_digest": one.digest,
    }


def _result(one: "Result", lang: Lang) -> Payload:
    return {
        "hcp_id": one.hcp_id,
        "result": (one.zh if lang is Lang.ZH else one.en) or None,
        "case": one.case,
        "inputs": [plain(given) for given in one.inputs],
        "basis": one.basis,
    }
