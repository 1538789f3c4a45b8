"""A desk whose clock goes anywhere, with the command line beside it (cli.md), for tests from the specification."""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from cli_desk import Said as Spoken
from cli_desk import in_process
from consent_model import SHANGHAI
from support import PASS, STAFF, Desk, done

from compliance.model.access import Role
from compliance.model.consent import Method
from compliance.use_cases.consent import checking, recording, withdrawing

HANDS: dict[str, Role] = {k: STAFF[k] for k in ("zhao", "chen", "sun", "wu")}


def at(text: str) -> datetime:
    """``2028-02-29T23:59:59`` in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def speak(desk: Desk, who: str, *words: object, when: datetime | None = None, lang: str = "en") -> Spoken:
    """One command line, as JSON."""
    return in_process(*head(desk, who, when, lang), *(str(w) for w in words))


def batch(desk: Desk, who: str, lines: Iterable[list[object]], *, when: datetime | None = None) -> list[dict[str, Any]]:
    """Many command lines in one unlock; each answer with its exit code under ``exit``."""
    script = desk.folder / "lines.txt"
    script.write_text("\n".join(json.dumps([str(w) for w in line]) for line in lines), encoding="utf-8")
    said = in_process(*head(desk, who, when, "en"), "batch", str(script))
    results: list[dict[str, Any]] = said.json["results"]
    return results


def head(desk: Desk, who: str, when: datetime | None, lang: str) -> list[str]:
    """The global options."""
    secret = desk.folder / f"{who}.secret"
    if not secret.exists():
        secret.write_text(PASS if who == "zhao" else f"{PASS} {who}", encoding="utf-8")
    moment = (when or desk.at).astimezone(SHANGHAI).isoformat()
    return [
        "--vault",
        str(desk.vault),
        "--user",
        who,
        "--passphrase-file",
        str(secret),
        "--json",
        "--lang",
        lang,
        "--at",
        moment,
    ]


def scan(desk: Desk, text: str) -> Path:
    """A document of its own."""
    path = desk.folder / f"doc-{text}.pdf"
    path.write_bytes(b"%PDF-1.4\n% " + text.encode() + b"\n%%EOF\n")
    return path


def day_yes(desk: Desk, hcp: str, day: str, *, item: str = "visit", notice: str = "CK-VISIT@1.0", **more: Any) -> str:
    """A paper yes of ``day``, entered and checked at the desk's time."""
    facts = {"presented_at": day, "acted_at": day, "evidence": scan(desk, f"{hcp}-{item.replace('/', '_')}-{day}")}
    made = done(recording.record_consent(desk.sit("wu"), request=desk.act(hcp, item, notice=notice, **(facts | more))))
    done(checking.check_evidence(desk.sit("chen"), event_id=made.event_id, accept=True))
    return str(made.event_id)


def answer(desk: Desk, hcp: str, word: str, acted: str, *, item: str = "visit", **more: Any) -> Any:
    """What the use case says to an answer by WeChat at an instant (or on paper, for a bare day)."""
    method = Method.PAPER if len(acted) == 10 else Method.WECHAT
    facts = {
        "answer": word,
        "presented_at": acted,
        "acted_at": acted,
        "method": method,
        "evidence": scan(desk, f"{hcp}-{acted.replace(':', '')}-{word}"),
    }
    return recording.record_consent(desk.sit("wu"), request=desk.act(hcp, item, **(facts | more)))


def withdraw(desk: Desk, hcp: str, received: str, *items: str) -> Any:
    """A withdrawal as the clerk enters it."""
    return done(
        withdrawing.withdraw_consent(
            desk.sit("wu"), hcp_id=hcp, items=items or ("visit",), received_at=received, channel="电话"
        )
    )


def line(desk: Desk, hcp: str, item: str = "visit", *, as_of: str = "", known_at: str = "") -> dict[str, Any]:
    """One line of ``consent status``."""
    return lines(desk, (hcp, item, as_of, known_at))[0]


def lines(desk: Desk, *asked: tuple[str, str, str, str]) -> list[dict[str, Any]]:
    """Lines of ``consent status`` in one unlock: person, item, Shanghai time of ``--as-of`` and ``--known-at``."""
    words: list[list[object]] = []
    for hcp, _, as_of, known_at in asked:
        told: list[object] = ["consent", "status", hcp]
        told += ["--as-of", f"{as_of}+08:00"] if as_of else []
        told += ["--known-at", f"{known_at}+08:00"] if known_at else []
        words.append(told)
    found = batch(desk, "chen", words)
    nothing = {"status": "not_asked", "code": None}
    return [
        next((x for x in said["lines"] if x["line"] == item), nothing)
        for said, (_, item, _, _) in zip(found, asked, strict=True)
    ]


def words_of(desk: Desk, *asked: tuple[str, str, str, str]) -> list[str]:
    """The status words of :func:`lines`."""
    return [x["status"] for x in lines(desk, *asked)]
