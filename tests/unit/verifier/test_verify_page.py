"""The page of a stranger (resources/verifier/verify.html) in a real browser, against the checker in Python.

Where there is no browser these tests are skipped and say so; ``tools/prepare.sh dev`` brings one (CI must have it).
"""

import base64
import json
import os
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from browser import Browser, found, started
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from evidence_corpus import Case, cases, pdf_gap, single
from evidence_files import AT, KEY, STRANGER, audit_pdf, card, evidence, note, receipt

import compliance.verifier.check as program
from compliance.audit import cosignature, tree
from compliance.audit.evidence import EvidenceFormat
from compliance.resources import resource_path

PAGE = resource_path("verifier", "verify.html")
if found() is None and os.environ.get("CI"):
    pytest.fail("CI has no browser: tools/prepare.sh dev installs chromium", pytrace=False)
pytestmark = pytest.mark.skipif(
    found() is None, reason="NO BROWSER: the page was NOT tested. Install chromium, or name one in CONSENTKEEP_BROWSER"
)

#: Bytes and text of the page's own functions, for scripts of these tests.
_HELP = """
globalThis.b64 = consentkeep.fromBase64;
globalThis.claimsOf = async (data, options) => {
  const subject = await consentkeep.examine(data, options);
  return Object.fromEntries(subject.claims.map(({claim, ok}) => [claim, ok]));
};
globalThis.until = async (what) => {
  for (let i = 0; i < 400; i += 1) {
    const found = what();
    if (found) return found;
    await new Promise((resume) => setTimeout(resume, 10));
  }
  throw new Error("it did not come");
};
0
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with started(tmp_path_factory.mktemp("profile")) as one:
        yield one


@pytest.fixture
def page(browser: Browser) -> Iterator[Browser]:
    """The page, freshly opened from disk. It must stay silent: no error, no request, nothing its policy forbids."""
    browser.open(PAGE)
    browser.run(_HELP)
    yield browser
    faults = [e for e in browser.events if e["method"] in ("Runtime.exceptionThrown", "Log.entryAdded")]
    asked = [e["params"]["request"]["url"] for e in browser.events if e["method"] == "Network.requestWillBeSent"]
    assert faults == []
    assert asked in ([], [PAGE.resolve().as_uri()])


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def by_python(case: Case) -> dict[str, bool | None]:
    subject = program.Subject(case.data)
    if case.previous is not None:
        subject.claim("previous", lambda: subject.grown_from(program.Subject(case.previous or b"")))
    subject.claim("signer", lambda: subject.signer(case.trust))
    if case.folder:
        with TemporaryDirectory() as folder:
            beside = Path(folder, "evidence.json")
            if case.beside is not None:
                beside.write_bytes(case.beside)
            subject.claim("files", lambda: subject.files(Path(folder, program.REPORT)))
    if subject.note and any(len(value) == 76 for _, value in subject.note.signatures):
        subject.claim("witness", lambda: subject.witness(case.trust or ""))
    return {row["claim"]: row["ok"] for row in subject.claims}


@pytest.mark.req("REQ-101")
@pytest.mark.parametrize("bundled", [False, True], ids=["browser's Ed25519", "bundled Ed25519"])
def test_both_checkers_agree_on_every_claim_of_the_corpus(page: Browser, bundled: bool) -> None:
    asked = [
        {
            "data": b64(c.data),
            "trust": c.trust,
            "previous": c.previous and b64(c.previous),
            "bundled": bundled,
            "folder": c.folder,
            "beside": None if c.beside is None else b64(c.beside),
        }
        for c in cases()
    ]
    answers = page.run(
        f"""(async () => {{
          const found = [];
          for (const {{data, previous, folder, beside, ...more}} of {json.dumps(asked)})
            found.push(await claimsOf(b64(data), {{...more, previous: previous === null ? null : b64(previous),
              folder: folder ? new Map(beside === null ? [] : [["evidence.json", b64(beside)]]) : null}}));
          return found;
        }})()"""
    )
    wrong = {}
    for case, claims in zip(cases(), answers, strict=True):
        false = {claim for claim, ok in claims.items() if ok is False}
        same = not case.ok and bool(false) if case.torn else claims == by_python(case) and false == case.false
        if not same:
            mine = by_python(case)
            both = {claim: (claims.get(claim), mine.get(claim)) for claim in {*claims, *mine}}
            wrong[case.name] = {claim: pair for claim, pair in both.items() if pair[0] != pair[1]}
    assert not wrong, "\n".join(f"{name}: {pairs}" for name, pairs in wrong.items())
    assert len(answers) > 150


#: Places where a flipped bit goes unnoticed; fifty at a time, because the browser checks signatures beside the script.
FLIPS = """(async (data, step, skip) => {
  const left = [];
  const flip = async (at) => {
    const flipped = data.slice();
    flipped[at] ^= at % 2 ? 1 : 32;
    if ((await consentkeep.examine(flipped)).intact) left.push(at);
  };
  const places = [];
  for (let at = 0; at < data.length; at += step) if (at < skip[0] || at >= skip[1]) places.push(at);
  while (places.length) await Promise.all(places.splice(0, 50).map(flip));
  return left;
})"""


@pytest.mark.req("REQ-101")
def test_every_flipped_byte_is_found(page: Browser) -> None:
    for data, step in (
        (evidence(size=5, indexes=(0, 3)), 1),
        (note().encode(), 1),
        (single().encode(), 2),
        (receipt(), 3),
    ):
        assert page.run(f"{FLIPS}(b64('{b64(data)}'), {step}, [0, 0])") == []


@pytest.mark.req("REQ-101")
def test_flipped_bytes_of_a_pdf_are_found(page: Browser) -> None:
    data = audit_pdf()
    begin, end = pdf_gap(data)
    assert page.run(f"{FLIPS}(b64('{b64(data)}'), 7, [{begin + 40}, {end - 40}])") == []


def test_every_cut_is_found(page: Browser) -> None:
    for data in (evidence(size=5, indexes=(0, 3)), note().encode(), single().encode()):
        left = page.run(
            f"""(async () => {{
              const left = [], data = b64('{b64(data)}');
              for (let length = 0; length < data.length; length += 1)
                if ((await consentkeep.examine(data.slice(0, length))).intact) left.push(length);
              return left;
            }})()"""
        )
        assert left == []


def test_known_trees_and_hashes(page: Browser) -> None:
    """Vectors of the certificate transparency project (tests/unit/audit/test_tree.py proves ours against the same)."""
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    root = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    leaves = [tree.leaf_hash(bytes.fromhex(text)) for text in inputs]
    for index in range(8):
        path = [step.hex() for step in tree.inclusion_path(leaves, index, 8)]
        answer = page.run(
            f"""(() => {{
              const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
              const leaf = consentkeep.sha256(Uint8Array.of(0), bytes("{inputs[index]}"));
              const {{then, now}} = consentkeep.rootsOf({index}, 8, leaf, {json.dumps(path)}.map(bytes));
              return [consentkeep.hexOf(then), consentkeep.hexOf(now)];
            }})()"""
        )
        assert answer == [tree.root_of(leaves[: index + 1]).hex(), root]
    for first in range(1, 8):
        path = [step.hex() for step in tree.consistency_path(leaves, first, 8)]
        older = tree.root_of(leaves[:first]).hex()
        answer = page.run(
            f"""(() => {{
              const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
              const found = consentkeep.rootsOfGrowth({first}, 8, bytes("{older}"), {json.dumps(path)}.map(bytes));
              return [consentkeep.hexOf(found.older), consentkeep.hexOf(found.newer)];
            }})()"""
        )
        assert answer == [older, root]
    long = page.run("consentkeep.hexOf(consentkeep.sha256(new TextEncoder().encode('a'.repeat(1000000))))")
    assert long == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"  # FIPS 180-4, example of NIST


def _signatures() -> list[tuple[bytes, bytes, bytes]]:
    """RFC 8032 vectors, and what libraries are known to disagree on."""
    order = 2**252 + 27742317777372353535851937790883648493
    message, key = b"message", KEY.public_key().public_bytes_raw()
    good = KEY.sign(message)
    larger = good[:32] + (int.from_bytes(good[32:], "little") + order).to_bytes(32, "little")
    one, zero = (1).to_bytes(32, "little"), bytes(32)
    rfc = [
        ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
        ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ]  # fmt: skip
    known = [tuple(bytes.fromhex(part) for part in row) for row in rfc]
    return [
        *((k, s, m) for k, m, s in known),
        (key, good, message),
        (key, good, b"massage"),
        (key, larger, message),  # the same value of S, written otherwise
        (key, one + zero, message),
        (zero[:31] + b"\xff", good, message),  # not a point
        (b"\xff" * 32, good, message),
        (key, zero + good[32:], message),
        (key, b"\xff" * 64, message),
    ]


def test_ed25519_of_browser_bundle_and_python_agree(page: Browser) -> None:
    rows = _signatures()
    expected = []
    for key, signature, message in rows:
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
            expected.append(True)
        except (InvalidSignature, ValueError):
            expected.append(False)
    assert expected[:4] == [True, True, True, False] and not any(expected[4:])
    for bundled in ("true", "false"):
        answers = page.run(
            f"""(async () => {{
              const found = [];
              for (const [key, value, message] of {json.dumps([[b64(part) for part in row] for row in rows])})
                found.push(await consentkeep.verifyEd25519(b64(key), b64(value), b64(message), {{bundled: {bundled}}})
                  .then(() => true, () => false));
              return found;
            }})()"""
        )
        assert answers == expected


# As a person uses it


VERDICT = "until(() => document.getElementById('busy').hidden && document.querySelector('.verdict')?.dataset.verdict)"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """What lies on the stick."""
    (tmp_path / "audit-report.pdf").write_bytes(audit_pdf())
    (tmp_path / "evidence.json").write_bytes(evidence(earlier=(200,)))
    (tmp_path / "old.json").write_bytes(evidence(size=200))
    (tmp_path / "card.txt").write_text(card(), encoding="utf-8")
    (tmp_path / "letter.pdf").write_bytes(b"%PDF-1.4\nnothing of ours\n%%EOF\n")
    return tmp_path


def test_the_first_screen_explains_and_asks_for_a_file(page: Browser) -> None:
    for lang, words in (("zh", "签名有效性未知"), ("en", "validity unknown")):
        page.run(f"document.querySelector('[data-lang={lang}]').click()")
        shown = page.run("document.body.innerText")
        assert words in shown
        assert "page." not in re.sub(r"[Tt]his page\.", "", shown)  # no key without words
    assert page.run("document.getElementById('old')") is None
    policy = page.run("document.querySelector('meta[http-equiv]').content")
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy


def test_a_dropped_report_is_intact_until_the_card_says_whose_it_is(page: Browser, files: Path) -> None:
    page.drop(files / "audit-report.pdf")
    assert page.run(VERDICT) == "unknown"
    page.run("document.querySelector('[data-lang=zh]').click()")
    assert "内容完好，签署人待确认" in page.run("document.querySelector('.verdict').innerText")
    page.give("#trust", files / "card.txt")
    assert page.run("until(() => document.querySelector('.verdict').dataset.verdict === 'known')")
    typed = card().split("指纹 ")[1][:79]
    wrong = typed.replace(typed[0], "0" if typed[0] != "0" else "1")
    for text, verdict in ((typed[:40], "unknown"), (typed, "known"), (wrong, "other_key")):
        page.run(
            f"""(() => {{ const box = document.getElementById("fingerprint");
                box.value = {json.dumps(text)}; box.dispatchEvent(new Event("input")); }})()"""
        )
        assert page.run(f"until(() => document.querySelector('.verdict').dataset.verdict === '{verdict}')")
    for claim, state in {"signer": "no", "pdf_signature": "yes"}.items():
        assert page.run(f"document.querySelector('[data-claim={claim}]').dataset.state") == state


def test_an_older_file_is_a_witness(page: Browser, files: Path) -> None:
    page.give("#file", files / "evidence.json")
    assert page.run(VERDICT) == "unknown"
    page.give("#previous", files / "old.json")
    assert page.run("until(() => document.querySelector('[data-claim=previous]'))") is not None
    assert page.run("document.querySelector('[data-claim=previous]').dataset.state") == "yes"
    page.run("document.getElementById('dropPrevious').click()")
    assert page.run("until(() => !document.querySelector('[data-claim=previous]'))")
    page.give("#file", files / "old.json")
    page.run("until(() => consentkeep.state.shown[0].name === 'old.json')")
    page.give("#previous", files / "evidence.json")
    page.run("until(() => document.querySelector('[data-claim=previous]'))")
    assert page.run(VERDICT) == "previous"


@pytest.mark.req("REQ-026")
def test_a_folder_is_checked_whole_dropped_or_chosen(page: Browser, tmp_path: Path) -> None:
    pack = tmp_path / "证明 pack"
    (pack / "items" / "visit").mkdir(parents=True)
    (pack / "README.md").write_text("read me", encoding="utf-8")
    (pack / "items" / "visit" / "act.json").write_text("{}", encoding="utf-8")
    named = [(p.relative_to(pack).as_posix(), sha256(p.read_bytes()).hexdigest()) for p in pack.rglob("*.*")]
    (pack / "manifest.json").write_bytes(
        evidence(form=EvidenceFormat.PACK, annexes=sorted(named), content={"pack": "P"})
    )
    state = "document.querySelector('[data-claim=files]')?.dataset.state"
    page.drop(pack)
    assert page.run(f"until(() => {state})") == "yes"
    (pack / "README.md").write_text("read this", encoding="utf-8")
    (pack / "extra.txt").write_text("more", encoding="utf-8")
    (pack / "items" / "visit" / "act.json").unlink()
    page.give("#folder", pack)
    assert page.run(f"until(() => {state} === 'no')")
    page.run("document.querySelector('[data-lang=zh]').click()")
    told = page.run("document.querySelector('[data-claim=files]').innerText")
    assert "改动： README.md" in told and "多出： extra.txt" in told and "缺失： items/visit/act.json" in told
    assert page.run(VERDICT) == "files"
    page.give("#file", pack / "manifest.json")
    assert page.run(f"until(() => {state} === 'maybe')") and page.run(VERDICT) == "unknown"


def test_of_an_audit_folder_report_and_evidence_are_checked(page: Browser, files: Path) -> None:
    (files / "verify.html").write_bytes(PAGE.read_bytes())
    for name in ("old.json", "card.txt", "letter.pdf"):
        (files / name).unlink()
    page.drop(files)
    shown = page.run(
        "until(() => consentkeep.state.shown.length && consentkeep.state.shown.map(s => s.name.split('/')[1]))"
    )
    assert sorted(shown) == ["audit-report.pdf", "evidence.json"]


def test_a_proof_pack_beside_a_report_hides_neither(page: Browser, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    (outer / "pack").mkdir(parents=True)
    (outer / "audit-report.pdf").write_bytes(audit_pdf() + b" ")
    (outer / "evidence.json").write_bytes(evidence(content={"x": 1}))
    manifest = evidence(form=EvidenceFormat.PACK, annexes=[], content={"pack": "P"})
    (outer / "pack" / "manifest.json").write_bytes(manifest)
    page.drop(outer)
    told = page.run(
        "until(() => consentkeep.state.shown.length && consentkeep.state.shown.map(({name, subject}) =>"
        " [name, subject.intact, subject.claims.find((c) => c.claim === 'files')?.ok ?? null]))"
    )
    assert sorted(told) == [
        ["outer/audit-report.pdf", False, False],
        ["outer/evidence.json", True, None],
        ["outer/pack/manifest.json", True, True],
    ]


def test_a_witness_is_named_and_checked_once_its_key_is_known(page: Browser, tmp_path: Path) -> None:
    name, seal = "witness.example/sun", tmp_path / "seal.txt"
    seal.write_text(cosignature.cosign(note(), name=name, key=STRANGER, at=AT), encoding="utf-8", newline="")
    page.give("#file", seal)
    assert page.run(VERDICT) == "unknown"
    page.run("document.querySelector('[data-lang=zh]').click()")
    for key, told in ((None, "未核验"), (STRANGER, "：成立"), (KEY, "未核验")):
        if key is not None:
            public = cosignature.verifier_key(name, key.public_key().public_bytes_raw())
            (tmp_path / "key.txt").write_text(public, encoding="utf-8")
            page.give("#trust", tmp_path / "key.txt")
        assert page.run(f"until(() => document.getElementById('result').innerText.includes('{told}'))")
        assert f"{name}，2026-11-24 10:00:00" in page.run("document.getElementById('result').innerText")
    assert page.run(VERDICT) == "unknown"


def test_damaged_and_foreign_files_are_told_apart(page: Browser, files: Path) -> None:
    data = (files / "evidence.json").read_bytes()
    (files / "cut.json").write_bytes(data[:-1])
    for name, verdict in {"cut.json": "damaged", "letter.pdf": "damaged", "card.txt": "foreign"}.items():
        page.give("#file", files / name)
        page.run(f"until(() => consentkeep.state.shown[0]?.name === '{name}')")
        assert page.run(VERDICT) == verdict
        assert page.run("document.getElementById('more').hidden")  # whose key it is no longer matters
        told = page.run("document.querySelectorAll('.verdict li').length")
        assert (told > 0) is (verdict == "damaged")


def test_every_finding_of_the_page_has_words() -> None:
    scripts = sorted((resource_path().parent / "tools" / "verify_page").glob("[0-9]_*.js"))
    sources = "".join(path.read_text(encoding="utf-8") for path in scripts)
    held = re.search(r"const WORDS = (\{.*?\n\});", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert held
    words: dict[str, Any] = json.loads(held[1])
    codes = set(re.findall(r'(?:need\([^;]*?|said\([^;]*?|Damaged\()"([a-z0-9_]+)"', sources))
    codes -= {code for code in codes if "_" not in code}
    assert len(codes) > 40
    assert sorted(code for code in codes if f"verify.finding.{code}" not in words) == []
    claims = set(re.findall(r'claim\("([a-z_]+)"', sources)) | {"evidence_signature", "pdf_signature"}
    assert len(claims) > 12
    named = {f"{about}.{claim}" for claim in claims for about in ("verify.claim", "page.about")}
    assert sorted(named - set(words)) == []
