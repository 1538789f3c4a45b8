"""The window can what the command line can: each command has its operation, the operation calls the same use case,
and some view offers it. A new command fails here until it has a place on screen, or a reason for having none."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from compliance.cli.main import MODULES, root

DESKTOP = Path(__file__).resolve().parents[2] / "desktop_app"

#: command → operation of the desktop that does it.
PLACES = {
    "activity list": "registers.list_activities",
    "activity save": "registers.save_activity",
    "approve": "today.approve",
    "assessment add": "transfers.add_assessment",
    "assessment list": "transfers.assessments",
    "assign import": "exports.import_assignments",
    "assign people": "exports.assign",
    "audit card": "settings.key_card",
    "audit checkpoint": "evidence.checkpoint",
    "audit clock": "evidence.acknowledge_clock",
    "audit cosign": "evidence.cosign",
    "audit cosigned": "evidence.take_cosigned",
    "audit finding answer": "inspections.answer_finding",
    "audit finding assign": "inspections.assign_finding",
    "audit finding close": "inspections.close_finding",
    "audit finding list": "inspections.list_findings",
    "audit finding open": "inspections.open_finding",
    "audit hold lift": "inspections.lift_hold",
    "audit hold list": "inspections.list_holds",
    "audit hold set": "inspections.set_hold",
    "audit list": "evidence.entries",
    "audit page": "evidence.check_page",
    "audit names": "evidence.open_names",
    "audit prove": "evidence.prove",
    "audit report": "evidence.report",
    "audit status": "evidence.status",
    "audit verify": "evidence.check",
    "basis add": "registers.add_basis",
    "basis end": "registers.end_basis",
    "basis import": "registers.import_bases",
    "basis list": "registers.list_bases",
    "bundle drop": "packs.drop",
    "bundle make": "exports.make_pack",
    "bundle notes": "packs.notes",
    "bundle open": "packs.open_pack",
    "bundle receive": "exports.receive_return",
    "bundle return": "packs.make_return",
    "bundle returns": "exports.list_returns",
    "bundle state": "packs.state",
    "campaign close": "notices.close_campaign",
    "campaign deliver": "notices.deliver",
    "campaign forms": "notices.campaign_forms",
    "campaign list": "notices.list_campaigns",
    "campaign lists": "notices.campaign_list_files",
    "campaign show": "notices.show_campaign",
    "campaign start": "notices.start_campaign",
    "case close": "people.close_case",
    "case list": "people.list_cases",
    "case open": "people.open_case",
    "consent answers": "feeds.take_answers",
    "consent changes": "feeds.send",
    "consent check": "consents.check",
    "consent due": "consents.due",
    "consent evidence": "consents.save_evidence",
    "consent feeds": "feeds.list_feeds",
    "consent import": "stacks.import_consents",
    "consent import-log": "stacks.import_consents",
    "consent invalidate": "consents.invalidate",
    "consent pending": "consents.pending",
    "consent present": "asking.present",
    "consent proof": "consents.proof_pack",
    "consent rebuild": "worklists.rebuild",
    "consent recheck": "consents.recheck_signature",
    "consent receipt": "consents.receipt",
    "consent record": "consents.record",
    "consent resume": "consents.resume",
    "consent scan": "stacks.take_in_scans",
    "consent status": "consents.status",
    "consent suspend": "consents.suspend",
    "consent timeline": "consents.timeline",
    "consent undo-import": "stacks.undo_import",
    "consent wind-down": "consents.wind_down",
    "consent withdraw": "consents.withdraw",
    "demo": "demo.make_demo",
    "erase": "people.erase",
    "exceptional ask": "exceptional.ask",
    "exceptional end": "exceptional.end",
    "exceptional list": "exceptional.show",
    "import conflicts": "imports.conflicts",
    "import file": "imports.run",
    "import list": "imports.batches",
    "import preview": "imports.preview",
    "import template": "imports.save_template",
    "import templates": "imports.templates",
    "import undo": "imports.undo",
    "memo add": "registers.add_memo",
    "memo end": "registers.end_memo",
    "memo list": "registers.list_memos",
    "notice activate": "notices.activate",
    "notice check": "consents.check_notice",
    "notice diff": "notices.plan",
    "notice draft": "notices.draft",
    "notice except": "notices.except_from",
    "notice exceptions": "notices.exceptions",
    "notice forms": "notices.forms",
    "notice historical add": "notices.add_historical",
    "notice historical scan": "notices.save_scan",
    "notice list": "consents.notices",
    "notice plan": "notices.plan",
    "notice retire": "notices.retire",
    "notice show": "consents.notice_text",
    "notice shown": "notices.shown",
    "notice stage": "notices.stage",
    "pending export": "requests.export",
    "pending import": "requests.take_in",
    "pending": "today.show_requests",
    "people add": "people.add",
    "people amend": "people.amend",
    "people export": "people.export",
    "people dispute": "people.dispute",
    "people find": "people.find",
    "people freeze": "people.freeze",
    "people history": "people.history",
    "people mark": "person_states.mark",
    "people merge": "registers.merge",
    "people object": "people.object_public",
    "people automation": "people.allow_automation",
    "people no-automation": "people.refuse_automation",
    "people reveal": "people.reveal",
    "people settle": "people.settle",
    "people show": "people.open_profile",
    "people states": "person_states.states",
    "people timeline": "people.timeline",
    "people unfreeze": "people.unfreeze",
    "people unmark": "person_states.unmark",
    "people unmerge": "registers.take_apart",
    "people duplicates": "registers.find_duplicates",
    "people distinct": "registers.say_distinct",
    "people readmit": "people.readmit",
    "people unobject": "people.take_back_objection",
    "people views drop": "people.drop_view",
    "people views list": "people.list_views",
    "people views open": "people.open_view",
    "people views save": "people.save_view",
    "people why": "people.why",
    "plan add": "plans.ask",
    "plan end": "plans.end",
    "plan list": "plans.show",
    "policy activate": "rules.activate",
    "policy call-off": "rules.call_off",
    "policy check": "rules.check",
    "policy diff": "rules.compare",
    "policy dry-run": "rules.preview",
    "policy matrix": "settings.matrix",
    "policy replay": "rules.replay_one",
    "policy sets": "rules.sets",
    "policy text": "rules.save",
    "reject": "today.reject",
    "rep add": "exports.add_rep",
    "rep init": "packs.init_rep",
    "rep end": "exports.end_rep",
    "rep list": "exports.list_reps",
    "retention certificate": "retention.certificate",
    "retention due": "retention.due",
    "retention extend": "retention.extend",
    "retention extensions": "retention.extensions",
    "retention hold": "retention.hold",
    "retention preview": "retention.due",
    "retention release": "retention.release",
    "retention run": "retention.run",
    "retention runs": "retention.runs",
    "retention show": "retention.ends_of",
    "roster import": "exports.import_roster",
    "rule list": "registers.list_rules",
    "rule run": "registers.run_rule",
    "scope end": "worklists.end",
    "scope lift": "worklists.lift",
    "scope list": "worklists.stops",
    "scope pause": "worklists.pause",
    "scope standing": "worklists.standings",
    "self-test": "self_test.run",
    "settings class": "settings.field_class",
    "settings duties": "settings.board",
    "settings set people-in-all": "settings.state_people",
    "settings set ask-lock-days": "notices.set_ask_lock",
    "settings set backup-dir": "backups.set_folders",
    "settings set backup-keys-dir": "backups.set_folders",
    "settings set before-proof": "settings.set_before_proof",
    "quality": "registers.measure_quality",
    "settings set class-rules": "settings.choose_class_rules",
    "settings set fact": "settings.set_fact",
    "settings set sample-check": "stacks.set_sample_check",
    "settings set signature-roots": "settings.set_signature_roots",
    "settings show": "settings.read",
    "sheet attack": "exports.leak_check",
    "sheet dayplan": "exports.make_day_plan",
    "sheet list": "exports.list_papers",
    "sheet make": "exports.make_sheets",
    "sheet preview": "exports.preview_sheet",
    "sheet recall": "exports.recall_papers",
    "sheet report": "exports.report_papers",
    "source add": "imports.add_source",
    "source list": "imports.source_register",
    "source prove": "imports.prove_source",
    "source review": "imports.review_source",
    "source switch": "imports.switch_source",
    "stack accept": "stacks.accept",
    "stack assign": "stacks.assign",
    "stack close": "stacks.close",
    "stack list": "stacks.list_stacks",
    "stack next": "stacks.next_form",
    "stack read": "stacks.read_again",
    "stack return": "stacks.give_back",
    "stack sample": "stacks.draw_sample",
    "stack show": "stacks.show",
    "tags list": "registers.list_tags",
    "tags show": "registers.show_tag",
    "tags validate": "registers.validate_tag",
    "tasks done": "today.finish_task",
    "tasks list": "today.show_tasks",
    "today": "today.show_today",
    "transfer assess": "transfers.assess",
    "transfer meter": "transfers.meter",
    "transfer recipient add": "transfers.add_recipient",
    "transfer recipient list": "transfers.recipients",
    "user add": "settings.add_user",
    "user carry": "requests.carry_key",
    "user deputy": "plans.name_deputy",
    "user drill": "settings.record_drill",
    "user list": "settings.users",
    "user passphrase": "settings.change_passphrase",
    "user remove": "settings.remove_user",
    "user reset": "settings.reset_user",
    "user train": "settings.record_training",
    "user trainings": "settings.training_register",
    "vault backup": "settings.backup",
    "vault backup-keys": "settings.backup_keys",
    "vault check": "evidence.check",
    "vault create": "session.create",
    "vault device-secret off": "settings.turn_off_device_secret",
    "vault device-secret on": "settings.turn_on_device_secret",
    "vault device-secret status": "settings.device_secret",
    "vault info": "session.peek",
    "vault recover": "session.recover",
    "vault recovery-sheet": "settings.recovery_sheet",
    "vault rehearse": "settings.rehearse",
    "vault reindex": "evidence.reindex",
    "vault rekey": "backups.rekey",
    "vault restore": "session.restore",
    "verify": "evidence.verify",
    "worklist counts": "worklists.counts",
    "worklist coverage": "worklists.coverage",
    "worklist forecast": "worklists.forecast",
    "worklist show": "worklists.show",
}
#: command → why it has no place on screen.
COMMAND_LINE_ONLY = {
    "batch": "many commands in one unlock is what scripts need; the window stays unlocked anyway",
    "bench": "measures this computer for developers, makes stores of 50,000 people",
}
#: Commands younger than their window; each leaves this list with its screen.
AWAITED: set[str] = set()


def commands(group: click.Group = root, path: str = "") -> Iterator[tuple[str, click.Command]]:
    ctx = click.Context(group)
    for name in MODULES if group is root else group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert command is not None
        below = f"{path} {name}".strip()
        if isinstance(command, click.Group):
            if command.invoke_without_command and below in PLACES:
                yield below, command
            yield from commands(command, below)
        else:
            yield below, command


COMMANDS = dict(commands())


def test_every_command_has_a_place_or_a_reason() -> None:
    assert sorted(COMMANDS) == sorted(PLACES.keys() | COMMAND_LINE_ONLY.keys() | AWAITED)
    assert not PLACES.keys() & COMMAND_LINE_ONLY.keys()


@pytest.mark.parametrize("command", sorted(PLACES))
def test_the_operation_calls_the_same_use_case(command: str) -> None:
    callback = COMMANDS[command].callback
    assert callback is not None
    plain = inspect.unwrap(callback)
    if isinstance(COMMANDS[command], click.Group):  # its own answer is a command beside it
        tree = ast.parse(inspect.getsource(inspect.getmodule(plain)))
    else:
        code = textwrap.dedent(inspect.getsource(plain))
        tree = ast.parse(code[code.index("def ") :])
    called = use_cases(tree) | names(tree)
    module = inspect.getmodule(plain)
    for helper in {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id.startswith("_")}:
        if inspect.isfunction(found := getattr(module, helper, None)):  # what two commands share
            shared = ast.parse(inspect.getsource(found))
            called |= use_cases(shared) | names(shared)
    assert called & names(operation(PLACES[command])), f"{command} and {PLACES[command]} call different use cases"


@pytest.mark.parametrize("place", sorted(set(PLACES.values())))
def test_a_view_offers_the_operation(place: str) -> None:
    assert place in offered(), f"no view uses {place}"


@cache
def offered() -> frozenset[str]:
    """``module.function`` of every operation that a view, a widget or the window speaks of."""
    found = set()
    for path in (*(DESKTOP / "views").glob("*.py"), *(DESKTOP / "widgets").glob("*.py"), DESKTOP / "window.py"):
        nodes = list(ast.walk(parsed(path)))
        aliases = {
            alias.asname or alias.name: alias.name
            for node in nodes
            if isinstance(node, ast.ImportFrom) and node.module == "desktop_app.operations"
            for alias in node.names
        }
        for node in nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
                found.add(f"{aliases[node.value.id]}.{node.attr}")
    return frozenset(found)


def operation(place: str) -> ast.FunctionDef:
    module, function = place.split(".")
    tree = parsed(DESKTOP / "operations" / f"{module}.py")
    return next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == function)


def names(tree: ast.AST) -> set[str]:
    """Every name and attribute spoken of, imports under their own names."""
    found = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    found |= {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    found |= {a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names}
    return found & use_case_functions()


def use_cases(tree: ast.AST) -> set[str]:
    """Functions of use cases a command imports."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("compliance.use_cases"):
            found |= {alias.name for alias in node.names}
    return found & use_case_functions()


@cache
def use_case_functions() -> set[str]:
    """Every public function of the use cases."""
    folder = DESKTOP.parent / "compliance" / "use_cases"
    return {
        node.name
        for path in folder.rglob("*.py")
        for node in parsed(path).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and node.name != "opened"
    }


@cache
def parsed(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))
