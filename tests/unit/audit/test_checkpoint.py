"""Signed notes: the published example, and every damage."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from compliance.audit import checkpoint as notes
from compliance.audit import proof
from compliance.audit.checkpoint import Checkpoint
from compliance.audit.tree import inclusion_path, leaf_hash, root_of
from compliance.errors import AuditIntegrityError

KEY = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"\x02" * 32)
PUBLIC = KEY.public_key().public_bytes_raw()
NAME = notes.key_name("V-TEST", "li")
HEAD = Checkpoint(origin=notes.origin("V-TEST"), size=8, root=leaf_hash(b"root"))

# The example of golang.org/x/mod/sumdb/note, written by another program.
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"


def test_reads_the_key_and_signature_of_another_program() -> None:
    name, raw = notes.parse_verifier_key(GO_VKEY)
    assert notes.verifier_key(name, raw) == GO_VKEY
    signed = base64.b64decode(GO_SIGNATURE)
    assert signed[:4] == notes.key_id(name, raw)
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    Ed25519PublicKey.from_public_bytes(raw).verify(signed[4:], GO_TEXT.encode())


def test_a_note_has_the_published_shape() -> None:
    note = notes.sign(HEAD, name=NAME, key=KEY, carry_key=False)
    origin, size, root, blank, signature, end = note.split("\n")
    assert (origin, size, blank, end) == ("consentkeep/V-TEST", "8", "", "")
    assert base64.b64decode(root) == HEAD.root
    assert signature.startswith("— consentkeep/V-TEST/li ")
    assert base64.b64decode(signature.split(" ")[2])[:4] == notes.key_id(NAME, PUBLIC)


def test_signing_and_checking() -> None:
    note = notes.parse(notes.sign(HEAD, name=NAME, key=KEY))
    assert note.checkpoint.size == 8 and note.checkpoint.root == HEAD.root
    assert notes.carried_keys(note.checkpoint) == {NAME: PUBLIC}
    assert notes.verify(note, {NAME: PUBLIC}).ok
    assert notes.verify(note, {NAME: OTHER.public_key().public_bytes_raw()}).unknown == (NAME,)
    assert not notes.verify(note, {}).ok


def test_a_second_officer_signs_the_same_text() -> None:
    second = notes.key_name("V-TEST", "wang")
    note = notes.parse(notes.add_signature(notes.sign(HEAD, name=NAME, key=KEY), name=second, key=OTHER))
    check = notes.verify(note, {NAME: PUBLIC, second: OTHER.public_key().public_bytes_raw()})
    assert check.good == (NAME, second) and check.ok
    assert notes.verify(note, {NAME: PUBLIC}).unknown == (second,)


@pytest.mark.req("REQ-101")
def test_every_flipped_bit_of_a_note_is_found() -> None:
    data = notes.sign(HEAD, name=NAME, key=KEY).encode()
    for position in range(len(data)):
        for bit in (1, 4, 32):
            flipped = bytes((*data[:position], data[position] ^ bit, *data[position + 1 :]))
            try:
                check = notes.verify(notes.parse(flipped.decode("utf-8")), {NAME: PUBLIC})
            except (AuditIntegrityError, UnicodeDecodeError):
                continue
            assert not check.ok, position


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note[:-1],
        lambda note: note + "\n",
        lambda note: note.replace("\n8\n", "\n08\n"),
        lambda note: note.replace("\n8\n", "\n-8\n"),
        lambda note: note.replace("\n8\n", "\n9999999999999999\n"),
        lambda note: note.replace("\n\n", "\n", 1),
        lambda note: note.replace("—", "-"),
        lambda note: note + note.split("\n\n")[1] * 16,
        lambda note: note.replace("\n8\n", "\n8\n\n"),
        lambda note: "x" * 20_000 + note,
        lambda note: "",
    ],
)
def test_a_malformed_note_is_refused(change: object) -> None:
    note = notes.sign(HEAD, name=NAME, key=KEY)
    with pytest.raises(AuditIntegrityError) as caught:
        notes.parse(change(note))  # type: ignore[operator]
    assert caught.value.code == "checkpoint_malformed" and caught.value.exit_code == 3


def test_names_and_heads_that_notes_cannot_hold_are_refused() -> None:
    assert notes.key_name("V", "李 +%") == "consentkeep/V/李%20%2B%25"
    with pytest.raises(ValueError):
        notes.sign(HEAD, name="two words", key=KEY)
    with pytest.raises(ValueError):
        notes.body(Checkpoint(origin="a\nb", size=1, root=HEAD.root))
    with pytest.raises(ValueError):
        notes.body(Checkpoint(origin="a", size=1, root=b"short"))


def test_a_carried_key_that_does_not_fit_its_id_is_refused() -> None:
    line = notes.verifier_key(NAME, PUBLIC).replace("+", "+0", 1)
    with pytest.raises(AuditIntegrityError):
        notes.parse_verifier_key(line)


def test_fingerprint_is_read_in_groups_of_four() -> None:
    groups = notes.fingerprint(PUBLIC).split(" ")
    assert len(groups) == 16 and {len(group) for group in groups} == {4}


ENTRIES = [b'{"seq":%d}' % i for i in range(5)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
NOTE = notes.sign(Checkpoint(origin=HEAD.origin, size=5, root=root_of(LEAVES)), name=NAME, key=KEY)


def test_a_proof_file_carries_its_entry() -> None:
    text = proof.write(index=3, path=inclusion_path(LEAVES, 3, 5), note=NOTE, entry=ENTRIES[3])
    assert text.startswith("c2sp.org/tlog-proof@v1\nextra ")
    read = proof.read(text)
    assert read.index == 3 and read.entry == ENTRIES[3] and read.holds()
    assert not read.holds(ENTRIES[2])
    bare = proof.read(proof.write(index=3, path=inclusion_path(LEAVES, 3, 5), note=NOTE))
    assert not bare.holds() and bare.holds(ENTRIES[3])


@pytest.mark.req("REQ-101")
def test_every_flipped_bit_of_a_proof_is_found() -> None:
    data = proof.write(index=3, path=inclusion_path(LEAVES, 3, 5), note=NOTE, entry=ENTRIES[3]).encode()
    for position in range(len(data)):
        flipped = bytes((*data[:position], data[position] ^ 1, *data[position + 1 :]))
        try:
            read = proof.read(flipped.decode("utf-8"))
        except (AuditIntegrityError, UnicodeDecodeError):
            continue
        assert not (read.holds() and notes.verify(read.note, {NAME: PUBLIC}).ok), position


@pytest.mark.parametrize(
    "text", ["", "c2sp.org/tlog-proof@v1\n\n" + NOTE, "c2sp.org/tlog-proof@v1\nindex 01\n\n" + NOTE]
)
def test_a_malformed_proof_is_refused(text: str) -> None:
    with pytest.raises(AuditIntegrityError):
        proof.read(text)
