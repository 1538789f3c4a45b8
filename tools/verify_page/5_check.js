// The claims of section 9, for one file or a folder. Knows no page: answers plain objects.

const FORMATS = ["consentkeep-evidence/1", "consentkeep-receipt/1", "consentkeep-proof/1"];
const PACK = FORMATS[2];
const MANIFEST = "manifest.json";
const REPORT = "audit-report.pdf";

/** A finding: true, false or open (null), with its code. */
const said = (ok, code, params = {}) => ({ ok, code, params });

/** One file under examination, with the claims about it in order. */
class Subject {
  constructor(data, settings = {}) {
    this.data = data;
    this.settings = settings;
    this.kind = "unknown"; // pdf, evidence, receipt, pack, proof, seal
    this.claims = [];
    this.note = null;
    this.evidence = null;
    this.record = null;
    this.entries = [];
    this.roster = [];
    this.signers = []; // {name, key}
    this.pdfKey = "";
  }

  async claim(name, check) {
    let found;
    try {
      found = await check();
    } catch (fault) {
      found = fault instanceof Damaged ? said(false, fault.code, fault.params) : said(false, WRONG_FORM);
    }
    this.claims.push({ claim: name, ...found });
  }

  get intact() {
    return this.claims.every(({ ok }) => ok !== false);
  }

  async examine() {
    const isPdf = equal(this.data.subarray(0, 5), utf8("%PDF-"));
    let pdf = null;
    if (isPdf) {
      this.kind = "pdf";
      await this.claim("file_readable", () => said(true, "audit_pdf"));
      const opened = () => (pdf ??= new Pdf(this.data));
      await this.claim("nothing_appended", () => this.nothingAppended(opened()));
      await this.claim("evidence_present", () => this.evidencePresent(opened()));
    } else {
      const isJson = this.data[0] === 0x7b;
      await this.claim("file_readable", () => (isJson ? this.readEvidence(this.data) : this.readText()));
    }
    if (this.note) {
      if (this.evidence) await this.claim("evidence_signature", () => this.evidenceSignature());
      if (this.evidence || this.entries.length) {
        await this.claim("entries_hash", () => this.entriesHash());
        await this.claim("inclusion", () => this.inclusion());
      }
      await this.claim("checkpoint_signature", () => this.checkpointSignature());
      if (this.evidence) await this.claim("key_roster", () => this.keyRoster());
    }
    if (isPdf) await this.claim("pdf_signature", () => this.pdfSignature((pdf ??= new Pdf(this.data))));
    return this;
  }

  readEvidence(data) {
    const record = parse(textOf(data));
    const carried = Object.hasOwn(record, "evidence");
    const evidence = carried ? record.evidence : record;
    need(evidence !== null && FORMATS.includes(evidence.format), "not_one_of_our_formats");
    if (carried) {
      delete record.evidence;
      const digest = hexOf(sha256(utf8(canonical(record))));
      need(evidence.content.record_sha256 === digest, "evidence_of_another_receipt");
      this.record = record;
    }
    const note = readNote(evidence.checkpoint);
    need(note.origin === `consentkeep/${evidence.vault}`, "checkpoint_of_another_vault");
    const roster = evidence.keys.map((key) => ({ ...key, key: fromBase64(key.ed25519, 32) }));
    const kinds = { [FORMATS[0]]: "evidence", [FORMATS[1]]: "receipt", [PACK]: "pack" };
    if (this.kind !== "pdf") this.kind = carried ? "receipt" : kinds[evidence.format];
    [this.note, this.evidence, this.entries, this.roster] = [note, evidence, evidence.entries, roster];
    return said(true, "with_entries", { format: evidence.format, count: evidence.entries.length });
  }

  readText() {
    const text = textOf(this.data);
    if (text.startsWith(PROOF_FORM)) {
      const { entries, note } = readProof(text);
      [this.kind, this.entries, this.note] = ["proof", entries, note];
      return said(true, "proof_of_entry", { entry: entries[0].index });
    }
    need(text.includes("\n\n"), "neither_pdf_evidence_proof_nor_checkpoint");
    this.note = readNote(text);
    this.kind = "seal";
    return said(true, "log_seal");
  }

  nothingAppended(pdf) {
    pdf.signature();
    return said(true, "one_signature_covers_the_whole_file");
  }

  async evidencePresent(pdf) {
    const found = [];
    for (const packed of pdf.attachments()) {
      const content = await inflate(packed);
      const text = new TextDecoder("latin1").decode(content);
      if (FORMATS.some((format) => text.includes(`"${format}"`))) found.push(content);
    }
    need(found.length === 1, "embedded_evidence_files_instead_of_one", { count: found.length });
    return this.readEvidence(found[0]);
  }

  async evidenceSignature() {
    const { signatures, ...body } = this.evidence;
    const signed = utf8(`${body.format}\n${canonical(body)}`);
    for (const line of signatures) {
      const key = fromBase64(line.key, 32);
      const known = this.roster.some((one) => one.name === line.name && equal(one.key, key));
      need(Object.keys(line).length === 3 && known, "signer_not_in_the_roster");
      await verifyEd25519(key, fromBase64(line.ed25519, 64), signed, this.settings);
      this.signers.push({ name: line.name, key });
    }
    need(this.signers.length > 0, "not_signed");
    return said(true, "signed_by_keys", { count: this.signers.length });
  }

  entriesHash() {
    let last = -1;
    for (const item of this.entries) {
      const number = whole(item.index);
      const same = item.entry === undefined || parse(item.entry).seq === number;
      need(same && number > last, "entry_stands_under_another_number", { entry: number });
      last = number;
    }
    return said(true, "entries_in_their_canonical_text", { count: this.entries.length });
  }

  /** The roots that an entry's proof leads to. */
  climb(item) {
    return rootsOf(whole(item.index), this.note.size, leafOf(item), item.proof.map((step) => fromBase64(step, 32)));
  }

  async inclusion() {
    for (const [done, item] of this.entries.entries()) {
      if (done % 2000 === 1999) await this.settings.pause?.(done, this.entries.length);
      need(whole(item.index) < this.note.size, "an_entry_beyond_the_head");
      need(equal(this.climb(item).now, this.note.root), "entry_is_not_in_this_log", { entry: item.index });
    }
    return said(true, "all_in_the_log_of_entries", { count: this.note.size });
  }

  async checkpointSignature() {
    if (!this.evidence) this.roster = this.note.keys;
    const holds = (name, key) => this.roster.some((one) => one.name === name && equal(one.key, key));
    need(this.note.keys.every(({ name, key }) => holds(name, key)), "carried_key_is_not_in_the_roster");
    const good = [];
    for (const { name, id, value } of this.note.signatures) {
      for (const { key } of this.roster.filter((one) => one.name === name && equal(keyId(name, one.key), id))) {
        await verifyEd25519(key, value, this.note.signed, this.settings);
        good.push({ name, key });
      }
    }
    need(good.length > 0, "no_signature_by_a_known_key");
    if (!this.evidence) this.signers = good;
    return said(true, "seal_over_entries", { count: this.note.size });
  }

  keyRoster() {
    const texts = new Map(this.entries.filter((item) => item.entry !== undefined).map((item) => [item.index, item.entry]));
    let absent = 0;
    for (const line of this.evidence.keys) {
      const number = whole(line.from_entry);
      need(number < this.note.size, "a_key_is_newer_than_the_head");
      if (!texts.has(number)) {
        absent += 1;
        continue;
      }
      const same = parse(texts.get(number)).detail.ed25519 === hexOf(fromBase64(line.ed25519));
      need(same, "entry_is_of_another_key", { entry: number });
    }
    const code = "keys_of_them_not_introduced_in_this_file";
    return said(absent ? null : true, code, { count: this.evidence.keys.length, absent });
  }

  async pdfSignature(pdf) {
    const { begin, resume, length } = pdf.signature();
    const hex = new TextDecoder("latin1").decode(this.data.subarray(begin + 1, resume - 1));
    const oneCase = hex === hex.toLowerCase() || hex === hex.toUpperCase();
    need(/^[0-9A-Fa-f]*$/.test(hex) && hex.length % 2 === 0 && oneCase, "signature_gap_was_changed");
    const covered = concat(this.data.subarray(0, begin), this.data.subarray(resume, resume + length));
    const { pdfKey, from, to } = await checkCms(fromHex(hex), covered);
    this.pdfKey = pdfKey;
    const named = this.evidence?.pdf_key_sha256 ?? "";
    need(named === "" || named === pdfKey, "the_evidence_names_another_pdf_key");
    const made = this.evidence ? instant(this.evidence.made_at) : from;
    need(made >= from && made <= to, "certificate_was_not_valid_then");
    return said(true, "signed_by_the_key", { key: pdfKey.slice(0, 16) });
  }

  /** Section 9, ``files``: the folder holds what the manifest names, unchanged, and nothing else. */
  async files(folder) {
    const named = new Map(this.evidence.annexes.map(({ name, sha256: digest }) => [name, digest]));
    const wrong = [];
    for (const name of [...new Set([...named.keys(), ...folder.keys()])].sort()) {
      if (name === MANIFEST) continue;
      const held = folder.has(name) ? hexOf(new Uint8Array(await crypto.subtle.digest("SHA-256", folder.get(name)))) : null;
      if (held === named.get(name)) continue;
      wrong.push(`${held === null ? "missing" : named.has(name) ? "changed" : "added"} ${name}`);
    }
    need(wrong.length === 0, "files_differ_from_the_manifest", { files: wrong.join(", ") });
    return said(true, "files_none_missing_added_or_changed", { count: named.size });
  }

  signer(text) {
    if (text === null) return said(null, "no_trust_file_given");
    const trusted = fingerprintsIn(text);
    if (trusted.size === 0 && witnessKeysIn(text).length) return said(null, "the_trust_file_names_witnesses_alone");
    const known = this.signers.some(({ key }) => trusted.has(hexOf(sha256(key))));
    need(known, "the_trust_file_does_not_name_the_signer");
    const bound = this.evidence?.pdf_key_sha256 || !this.pdfKey || trusted.has(this.pdfKey);
    need(Boolean(bound), "the_trust_file_does_not_name_the_key_of_the_pdf");
    return said(true, "the_trust_file_names_the_signer");
  }

  /** The root at an older size and the root now, as far as the proofs in this file hold them; null if they do not. */
  olderRoots(old) {
    if (old.size === 0) return [sha256(new Uint8Array()), this.note.root];
    const head = (this.evidence?.earlier ?? []).find(({ size }) => size === old.size);
    if (head) {
      const proof = head.proof.map((step) => fromBase64(step, 32));
      const { older, newer } = rootsOfGrowth(old.size, this.note.size, old.root, proof);
      return [older, newer];
    }
    const last = this.entries.find(({ index }) => index === old.size - 1);
    if (!last) return null;
    const { then, now } = this.climb(last);
    return [then, now];
  }

  /** Section 9, ``previous``. */
  grownFrom(older) {
    const [old, now] = [older.note, this.note];
    need(older.intact && old && now, "the_older_file_is_not_intact_itself");
    need(old.origin === now.origin, "the_two_files_are_of_different_logs");
    need(old.size <= now.size, "the_log_was_longer_before");
    const before = new Map(older.entries.map((item) => [item.index, item]));
    for (const item of this.entries) {
      const then = before.get(item.index);
      need(then === undefined || equal(leafOf(then), leafOf(item)), "entry_was_another_before", { entry: item.index });
    }
    if (old.size === now.size) return said(equal(old.root, now.root), "the_same_number_of_entries");
    const roots = this.olderRoots(old);
    if (roots !== null) {
      need(equal(roots[0], old.root) && equal(roots[1], now.root), "the_log_does_not_extend_the_older_head");
      return said(true, "grew_from_to_entries", { old: old.size, new: now.size });
    }
    return said(null, "from_to_entries_but_no_proof_for_the_older_seal", { old: old.size, new: now.size });
  }
}

/** The leaf hash of an entry, whether its text is shown or the leaf alone. */
const leafOf = (item) => (item.entry === undefined ? fromBase64(item.leaf, 32) : leafHash(utf8(item.entry)));

const instant = (text) => {
  need(typeof text === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(text), WRONG_FORM);
  const value = Date.parse(`${text.slice(0, 23)}Z`);
  need(Number.isFinite(value), WRONG_FORM);
  return value;
};

/** Fingerprints (SHA-256 of keys, hex) that a text names [9]. */
const fingerprintsIn = (text) => {
  const found = new Set();
  for (const [token] of text.matchAll(/(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{4}\s*){16}(?![0-9A-Fa-f])/g)) {
    found.add(token.replace(/\s/g, "").toLowerCase());
  }
  const decoded = (token) => Uint8Array.from(atob(token), (character) => character.charCodeAt(0));
  for (const [token] of text.matchAll(/(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}=/g)) found.add(hexOf(sha256(decoded(token))));
  for (const [, token] of text.matchAll(/\+[0-9a-f]{8}\+(A[A-Za-z0-9+/]{43})(?![A-Za-z0-9+/=])/g)) {
    found.add(hexOf(sha256(decoded(token).slice(1))));
  }
  return found;
};

/** Keys of witnesses that a text names in one-line form, ``NAME+ID+BASE64(0x04 and 32 bytes)``. */
const witnessKeysIn = (text) => {
  const found = [];
  for (const [, name, id, packed] of text.matchAll(/(?<!\S)([^\s+]+)\+([0-9a-f]{8})\+(B[A-Za-z0-9+/]{43})(?!\S)/g)) {
    const raw = fromBase64(packed, 33);
    if (raw[0] === 4 && hexOf(sha256(utf8(`${name}\n`), raw).slice(0, 4)) === id) found.push({ name, id, key: raw.slice(1) });
  }
  return found;
};

/** Cosignatures of a seal (c2sp.org/tlog-cosignature): by whom, when, and whether they hold; null without the key. */
const cosignaturesOf = async (note, trust, settings) => {
  const keys = witnessKeysIn(trust ?? "");
  const found = [];
  for (const { name, id, value } of note.signatures.filter((line) => line.value.length === 72)) {
    const seconds = value.slice(0, 8).reduce((sum, byte) => sum * 256 + byte, 0);
    const known = keys.find((one) => one.name === name && one.id === hexOf(id));
    const signed = concat(utf8(`cosignature/v1\ntime ${seconds}\n`), note.signed);
    const holds = known && verifyEd25519(known.key, value.slice(8), signed, settings).then(() => true, () => false);
    found.push({ name, seconds, ok: known ? await holds : null });
  }
  return found;
};

/** Section 9, ``witness``: of a seal that somebody cosigned. */
const witnessed = (found) => {
  const known = found.filter(({ ok }) => ok !== null);
  need(known.every(({ ok }) => ok), "a_signature_does_not_match");
  if (known.length === 0) return said(null, "cosigned_but_the_trust_file_does_not_name_the_witness");
  return said(true, "cosigned_by", { names: known.map(({ name }) => name).join(", ") });
};

/** Section 9, ``files``, of an audit folder: what lies beside the report is what the report holds. */
const sameEvidence = (subject, beside) => {
  if (!beside) return said(null, "the_evidence_beside_the_report_is_not_there");
  need(equal(beside, utf8(canonical(subject.evidence))), "the_evidence_beside_the_report_is_another");
  return said(true, "the_evidence_beside_the_report_is_the_one_in_it");
};

/**
 * Everything about one file. ``trust``: text of the key card or null; ``witnesses``: text with keys of witnesses or null; ``previous``: bytes of an older file or null;
 * ``folder``: the other files of the folder by name, or null.
 */
const examine = async (data, { trust = null, previous = null, folder = null, witnesses = trust, ...settings } = {}) => {
  const subject = await new Subject(data, settings).examine();
  if (subject.kind === "pack") {
    await subject.claim("files", () => (folder ? subject.files(folder) : said(null, "the_folder_was_not_given")));
  }
  if (subject.kind === "pdf" && folder && subject.evidence) {
    await subject.claim("files", () => sameEvidence(subject, folder.get("evidence.json")));
  }
  if (previous) {
    const older = await new Subject(previous, settings).examine();
    await subject.claim("previous", () => subject.grownFrom(older));
  }
  await subject.claim("signer", () => subject.signer(trust));
  subject.witnesses = subject.note ? await cosignaturesOf(subject.note, witnesses, settings) : [];
  if (subject.witnesses.length) await subject.claim("witness", () => witnessed(subject.witnesses));
  return subject;
};
