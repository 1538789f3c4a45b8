"""The example of docs/evidence-format.md is true: recomputed here with hashlib alone, and by both checkers' texts."""

import base64
import re
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

import compliance.verifier.check as program

PAGE = Path(__file__).resolve().parents[3] / "docs" / "evidence-format.md"


def blocks() -> list[str]:
    example = PAGE.read_text(encoding="utf-8").partition("## 12. Example")[2]
    found = re.findall(r"(?:^    .+\n(?:\n(?=    —))?)+", example, re.MULTILINE)
    return [re.sub(r"^    ", "", block, flags=re.MULTILINE) for block in found]


@pytest.mark.req("REQ-101")
def test_the_example_can_be_recomputed_by_a_stranger() -> None:
    entries, hashes, note = blocks()
    leaves = [sha256(b"\x00" + line.encode()).digest() for line in entries.splitlines()]
    first = sha256(b"\x01" + leaves[0] + leaves[1]).digest()
    root = sha256(b"\x01" + first + leaves[2]).digest()
    assert [leaf.hex() for leaf in leaves] + [root.hex()] == hashes.split()
    origin, size, told, key, blank, signature = note.splitlines()
    assert (origin, size, base64.b64decode(told), blank) == ("consentkeep/V-7QK4M2XA", "3", root, "")
    name, key_id, packed = key.removeprefix("key ").split("+", 2)
    public = base64.b64decode(packed)[1:]
    assert sha256(f"{name}\n".encode() + b"\x01" + public).hexdigest()[:8] == key_id
    dash, signer, value = signature.split(" ")
    raw = base64.b64decode(value)
    assert (dash, signer, raw[:4].hex()) == ("\u2014", name, key_id)
    signed = note.partition("\n\n")[0].encode() + b"\n"
    Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], signed)
    assert public == Ed25519PrivateKey.from_private_bytes(b"\x05" * 32).public_key().public_bytes_raw()
    assert f'"ed25519":"{public.hex()}"' in entries.splitlines()[0]
    assert program.Subject(note.encode()).intact


def test_every_claim_of_both_checkers_stands_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `(\w+)` \|", text.partition("## 9. Claims")[2].partition("## 10.")[0], re.MULTILINE))
    source = Path(program.__file__).read_text(encoding="utf-8")
    made = set(re.findall(r'claim\("(\w+)"', source))
    made |= {
        "evidence_signature",
        "entries_hash",
        "inclusion",
        "checkpoint_signature",
        "key_roster",
    }  # by their names
    assert told == made
