"""``audit …`` and ``verify``: read, seal, prove and check the operations log 操作日志."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compliance.cli.coded import named
from compliance.cli.env import Env, read_passphrase
from compliance.cli.failures import outcome_of
from compliance.cli.inspections import finding, hold
from compliance.cli.output import (
    DONE,
    INTEGRITY,
    Outcome,
    Payload,
    answered,
    cell,
    checked,
    label,
    layout,
    plain,
    refusal,
    table,
)
from compliance.cli.params import Code, InFile, InFileOrDir, Instant, OutPath
from compliance.cli.words import Command, group
from compliance.errors import InputErrors, bad_input
from compliance.i18n import Lang, t
from compliance.model.answer import Refusal
from compliance.model.audit import Kind

if TYPE_CHECKING:
    from compliance.use_cases.evidence.evidence import AuditReportMade
    from compliance.use_cases.seat.clock_trouble import ClockTrouble

audit = group("audit")
audit.add_command(finding)
audit.add_command(hold)


@audit.command("card", cls=Command)
@click.option("--out", type=OutPath("FILE"), required=True)
@click.pass_obj
def card(env: Env, *, out: Path) -> Outcome:
    """The key-fingerprint card of everyone who signs reports, with a place for the company chop."""
    from compliance.use_cases.upkeep.papers import make_key_card

    return answered(make_key_card(env.session(), path=out), lambda made: {"file": str(made)})


@audit.command("list", cls=Command)
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, metavar="N")
@click.option("--kind", type=Code(Kind, "unknown_kind"))
@click.option("--actor", metavar="NAME")
@click.option("--hcp", metavar="HCP")
@click.option("--from", "since", type=Instant())
@click.option("--to", "until", type=Instant(end=True))
@click.pass_obj
def list_(
    env: Env,
    *,
    limit: int,
    kind: Kind | None,
    actor: str | None,
    hcp: str | None,
    since: datetime | None,
    until: datetime | None,
) -> Outcome:
    """The newest entries first."""
    from compliance.use_cases.evidence.evidence import list_entries

    return answered(
        list_entries(env.session(), limit=limit, kind=kind, actor=actor, hcp=hcp, since=since, until=until),
        lambda rows: _entries([plain(row) for row in rows]),
    )


def _entries(rows: list[Payload]) -> Outcome:
    return Outcome({"entries": rows}, lines=lambda lang: entry_lines(rows, lang))


def entry_lines(rows: list[Payload], lang: Lang) -> list[str]:
    """One entry a line; parts of the detail without words stay in ``--json``."""
    head = [label(key, lang) for key in ("index", "at", "kind", "actor", "role", "hcps", "purpose", "fields", "detail")]
    body = []
    for row in rows:
        detail = {
            key: value
            for key, value in row["detail"].items()
            if named(key) and key != "inputs" and value not in ("", None, [])  # what a decision went by is for replay
        }
        shown = {**row, "detail": detail, "hcps": row["hcps"][:3]}
        keys = ("index", "at", "kind", "actor", "role", "hcps", "purpose", "fields", "detail")
        body.append([cell(shown.get(key), lang, key) if shown.get(key) else "—" for key in keys])
    return table(head, body)


@audit.command("verify", cls=Command)
@click.pass_obj
def verify_log(env: Env) -> Outcome:
    """Check the whole log and the rows it vouches for; exit 3 when it does not hold."""
    from compliance.use_cases.evidence.evidence import check_vault

    answer = check_vault(env.session(), full=True, progress=env.progress())
    return answered(answer, lambda r: checked(ok=r.ok, entries=r.entries, root=r.root, problems=r.problems))


@audit.command("names", cls=Command)
@click.argument("file", type=InFile())
@click.option("--name-key-passphrase-file", type=InFile(), required=True)
@click.pass_obj
def names(env: Env, *, file: Path, name_key_passphrase_file: Path) -> Outcome:
    """Open the key of names of a report; needs no vault."""
    from compliance.use_cases.evidence.name_key import read_name_key

    secret = read_passphrase(name_key_passphrase_file, "--name-key-passphrase-file")
    report_id, lines = read_name_key(file, secret)
    return Outcome({"report": report_id, "people": [plain(line) for line in lines]})


@audit.command("status", cls=Command)
@click.pass_obj
def status(env: Env) -> Outcome:
    """How the log stands: last full check, seals kept, cosigners, findings."""
    from compliance.use_cases.upkeep.integrity import integrity_state

    return answered(integrity_state(env.session()), plain)


@audit.command("clock", cls=Command)
@click.pass_obj
def clock(env: Env) -> Outcome:
    """Acknowledge that the clock was set back, has been looked at and is right now."""
    from compliance.use_cases.seat.clock_trouble import acknowledge_clock

    def told(found: "ClockTrouble | None") -> Outcome:
        if found is None:
            return Outcome({"acknowledged": None}, lines=lambda lang: [t("cli.clock.nothing", lang)])
        return Outcome({"acknowledged": plain(found)})

    return answered(acknowledge_clock(env.session()), told)


@audit.command("checkpoint", cls=Command)
@click.option("--out", type=OutPath("FILE"))
@click.option("--since", type=click.IntRange(min=0), metavar="N")
@click.pass_obj
def checkpoint(env: Env, *, out: Path | None, since: int | None) -> Outcome:
    """Seal the log: a signed note of its head, to keep elsewhere or to have cosigned."""
    from compliance.use_cases.evidence.evidence import take_checkpoint

    return answered(
        take_checkpoint(env.session(), path=out, since=since),
        lambda note: {"file": str(out) if out else None, "checkpoint": note},
    )


@audit.command("cosign", cls=Command)
@click.argument("file", type=InFile())
@click.option("--out", type=OutPath("FILE"), required=True)
@click.option("--key-out", type=OutPath("FILE"))
@click.pass_obj
def cosign(env: Env, *, file: Path, out: Path, key_out: Path | None) -> Outcome:
    """Cosign a log seal: a colleague's of this store, or another store's."""
    from compliance.use_cases.evidence.witnessing import cosign_seal

    return answered(cosign_seal(env.session(), path=file, out=out, key_out=key_out), plain)


@audit.command("cosigned", cls=Command)
@click.argument("file", type=InFile())
@click.option("--key", type=InFile())
@click.pass_obj
def cosigned(env: Env, *, file: Path, key: Path | None) -> Outcome:
    """Take a cosigned seal of this log back and keep it beside the others."""
    from compliance.use_cases.evidence.witnessing import take_cosigned

    return answered(take_cosigned(env.session(), path=file, key=key), plain)


@audit.command("prove", cls=Command)
@click.argument("index", type=click.IntRange(min=0))
@click.option("--out", type=OutPath("FILE"), required=True)
@click.pass_obj
def prove(env: Env, *, index: int, out: Path) -> Outcome:
    """One entry with its proof of inclusion."""
    from compliance.use_cases.evidence.evidence import prove_entry

    return answered(prove_entry(env.session(), index=index, path=out), lambda _: {"file": str(out), "index": index})


@audit.command("report", cls=Command)
@click.option("--from", "since", type=Instant())
@click.option("--to", "until", type=Instant(end=True))
@click.option("--hcp", metavar="HCP")
@click.option("--of-user", metavar="NAME")
@click.option("--transfer", metavar="ID")
@click.option("--year", type=int, metavar="YEAR")
@click.option("--sample", type=int, metavar="N")
@click.option("--seed", default="", metavar="TEXT")
@click.option("--previous", type=InFileOrDir(), multiple=True)
@click.option("--name-key", type=OutPath("FILE"))
@click.option("--name-key-passphrase-file", type=InFile())
@click.option("--out", type=OutPath("FILE"))
@click.option("--pack", type=OutPath("DIR"))
@click.option("--incident", is_flag=True)
@click.pass_obj
def report(
    env: Env,
    *,
    since: datetime | None,
    until: datetime | None,
    hcp: str | None,
    of_user: str | None,
    transfer: str | None,
    year: int | None,
    sample: int | None,
    seed: str,
    previous: tuple[Path, ...],
    name_key: Path | None,
    name_key_passphrase_file: Path | None,
    out: Path | None,
    pack: Path | None,
    incident: bool,
) -> Outcome:
    """A signed PDF with the entries and their proofs inside; --pack: the folder an outsider checks with a browser."""
    from compliance.use_cases.evidence.evidence import make_audit_report
    from compliance.use_cases.evidence.name_key import write_name_key

    if incident:
        others = (since, until, hcp, of_user, transfer, year, sample, seed, previous, name_key, pack)
        return _incident(env, out, alone=not any(others))
    if (name_key is None) != (name_key_passphrase_file is None):
        raise bad_input("name_key_needs_both", "name_key")
    secret = read_passphrase(name_key_passphrase_file, "--name-key-passphrase-file") if name_key_passphrase_file else ""
    progress = env.progress()
    try:
        answer = make_audit_report(
            env.session(),
            path=out,
            pack=pack,
            since=since,
            until=until,
            hcp=hcp,
            user=of_user,
            transfer=transfer,
            year=year,
            sample=sample,
            seed=seed,
            previous=previous,
            progress=progress,
        )
    finally:
        progress.close()
    if isinstance(made := answer.value, Refusal):
        return refusal(made)
    written = _written(made)
    if name_key is None:
        return Outcome(written)
    try:
        keyed = write_name_key(
            env.session(), report_id=made.report_id, people=made.people, path=name_key, passphrase=secret
        )
    except InputErrors as fault:
        return _without_key(written, outcome_of(fault, env.lang))
    if isinstance(keyed.value, Refusal):
        return _without_key(written, refusal(keyed.value))
    return Outcome({"name_key": str(name_key), **written})


def _written(made: "AuditReportMade") -> Payload:
    return {
        "file": str(made.file),
        "sha256": made.sha256,
        "entries": made.entries,
        "checkpoint": made.checkpoint,
        "report": made.report_id,
        "pages": made.pages,
        "guide_gaps": list(made.gaps),
        **({"pack": str(made.pack)} if made.pack else {}),
    }


def _without_key(written: Payload, refused: Outcome) -> Outcome:
    """The report stands, its key of names was refused or could not be written: both are told, by the exit code of the
    second."""

    def lines(lang: Lang) -> list[str]:
        said = refused.lines(lang) if refused.lines else layout(refused.payload, lang)
        return [*layout(written, lang), "", t("cli.report.key_refused", lang), *said]

    return Outcome({"name_key": None, **written, **refused.payload}, refused.exit_code, lines)


def _incident(env: Env, out: Path | None, *, alone: bool) -> Outcome:
    from compliance.use_cases.evidence.incident import make_incident

    if out is None or not alone:
        raise bad_input("incident_stands_alone", "incident")
    progress = env.progress()
    try:
        answer = make_incident(env.session(), path=out, progress=progress)
    finally:
        progress.close()
    return answered(
        answer,
        lambda made: {
            "file": str(made.file),
            "json_file": str(made.json_file),
            "sha256": made.sha256,
            "json_sha256": made.json_sha256,
            "incident": made.incident.incident,
            "sealed": False,
            "problems": [plain(found) for found in made.incident.found],
            "last_good": plain(made.incident.good) if made.incident.good else None,
        },
    )


@audit.command("page", cls=Command)
@click.option("--out", type=OutPath("FILE"), required=True)
@click.pass_obj
def page(env: Env, *, out: Path) -> Outcome:
    """The page that checks in any browser, to hand out; its SHA-256 goes by another way."""
    from compliance.use_cases.evidence.audit_pack import save_check_page

    saved = save_check_page(out)
    return Outcome({"file": str(saved.file), "sha256": saved.sha256})


@click.command("verify", cls=Command)
@click.argument("file", type=InFileOrDir())
@click.option("--trust", type=InFile())
@click.option("--previous", type=InFileOrDir())
@click.pass_obj
def verify(env: Env, *, file: Path, trust: Path | None, previous: Path | None) -> Outcome:
    """Check evidence without a vault; exit 3 when it does not hold."""
    from compliance.use_cases.evidence.evidence import verify_file

    found = verify_file(file, trust=trust, previous=previous)
    claims = [
        {"claim": c.claim, "ok": c.ok, "detail": c.found(env.lang), "code": c.code, "params": dict(c.params)}
        for c in found.claims
    ]
    payload = {"ok": found.ok, "claims": claims}

    def lines(lang: Lang) -> list[str]:
        state = {True: t("cli.yes", lang), False: t("cli.no", lang), None: "—"}
        body = [[cell(c.claim, lang, "claim"), state[c.ok], c.found(lang)] for c in found.claims]
        verdict = (
            ("verify.intact" if found.signer_known else "verify.intact_unknown") if found.ok else "verify.not_intact"
        )
        head = t(verdict, lang)
        return [head, *table([label(key, lang) for key in _CLAIM], body)]

    return Outcome(payload, DONE if found.ok else INTEGRITY, lines)


_CLAIM = ("claim", "ok", "detail")


COMMANDS: dict[str, click.Command] = {"audit": audit, "verify": verify}
