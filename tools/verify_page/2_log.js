// The log: tree (RFC 9162), seals (C2SP signed notes), Ed25519 (sections 4, 5 and 7 of the format page).

const leafHash = (entry) => sha256(Uint8Array.of(0), entry);
const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);

/**
 * Follows an inclusion proof upwards. Answers the root of the whole tree and, from the same steps, the root of the tree
 * that ended with this leaf: only neighbours on the left were there then.
 */
const rootsOf = (index, size, leaf, proof) => {
  let place = index;
  let last = size - 1;
  let then = leaf;
  let now = leaf;
  for (const step of proof) {
    need(last > 0, "a_proof_is_too_long");
    if (place % 2 === 1 || place === last) {
      then = nodeHash(step, then);
      now = nodeHash(step, now);
      while (place % 2 === 0 && place > 0) {
        place /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      now = nodeHash(now, step);
    }
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  need(last === 0, "a_proof_is_too_short");
  return { then, now };
};

/** RFC 9162 2.1.4.2: both roots that a consistency proof leads to, for 0 < first < second. */
const rootsOfGrowth = (first, second, firstRoot, proof) => {
  let place = first - 1;
  let last = second - 1;
  while (place % 2 === 1) {
    place = (place - 1) / 2;
    last = Math.floor(last / 2);
  }
  // A first tree that is one complete subtree is its own beginning.
  const steps = place === 0 ? [firstRoot, ...proof] : proof;
  need(steps.length > 0, "a_proof_is_too_short");
  let older = steps[0];
  let newer = steps[0];
  for (const step of steps.slice(1)) {
    need(last > 0, "a_proof_is_too_long");
    if (place % 2 === 1 || place === last) {
      older = nodeHash(step, older);
      newer = nodeHash(step, newer);
      while (place % 2 === 0 && place > 0) {
        place /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      newer = nodeHash(newer, step);
    }
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  need(last === 0, "a_proof_is_too_short");
  return { older, newer };
};

const keyId = (name, key) => sha256(utf8(`${name}\n`), Uint8Array.of(1), key).slice(0, 4);

const sizeOf = (digits) => {
  need(/^(0|[1-9][0-9]{0,14})$/.test(digits), "checkpoint_is_malformed");
  return Number(digits);
};

const NAME = "[^\\x00-\\x20\\x7f-\\xa0+\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff]+";
const SIGNATURE_LINE = new RegExp(`^\u2014 (${NAME}) ([A-Za-z0-9+/=]+)$`, "u");

/** A seal [5], read strictly. */
const readNote = (text) => {
  need(typeof text === "string" && utf8(text).length <= 16384, "checkpoint_is_malformed");
  const gap = text.lastIndexOf("\n\n");
  need(gap >= 0 && text.endsWith("\n"), "checkpoint_is_malformed");
  const lines = text.slice(0, gap).split("\n");
  const below = text.slice(gap + 2, -1).split("\n");
  need(lines.length >= 3 && lines.every((line) => line) && below.length <= 16, "checkpoint_is_malformed");
  const [origin, digits, root, ...more] = lines;
  const note = { origin, size: sizeOf(digits), root: fromBase64(root, 32), keys: [], signatures: [], at: "" };
  note.signed = utf8(text.slice(0, gap + 1));
  for (const line of more) {
    if (line.startsWith("at ")) note.at = line.slice(3);
    if (!line.startsWith("key ")) continue;
    const [, name, id, packed] = /^key ([^+]*)\+([^+]*)\+(.*)$/s.exec(line) ?? [];
    need(packed !== undefined, "carried_key_is_malformed");
    const key = fromBase64(packed, 33);
    need(key[0] === 1 && hexOf(keyId(name, key.slice(1))) === id, "carried_key_is_malformed");
    note.keys.push({ name, key: key.slice(1) });
  }
  for (const line of below) {
    const [, name, packed] = SIGNATURE_LINE.exec(line) ?? [];
    need(packed !== undefined, "checkpoint_is_malformed");
    const value = fromBase64(packed);
    note.signatures.push({ name, id: value.slice(0, 4), value: value.slice(4) });
  }
  return note;
};

/** A single proof [7]: the entry it carries, its number, its path, and the seal. */
const readProof = (text) => {
  const gap = text.indexOf("\n\n");
  need(gap >= 0, "proof_is_malformed");
  const [first, extra, index, ...path] = text.slice(0, gap).split("\n");
  const number = /^index (0|[1-9][0-9]{0,14})$/.exec(index ?? "")?.[1];
  need(first === PROOF_FORM && (extra ?? "").startsWith("extra "), "proof_is_malformed");
  need(number !== undefined && path.length < 64, "proof_is_malformed");
  const entry = textOf(fromBase64(extra.slice(6)));
  return { entries: [{ index: Number(number), entry, proof: path }], note: readNote(text.slice(gap + 2)) };
};

const PROOF_FORM = "c2sp.org/tlog-proof@v1";

/** Whether the browser itself knows Ed25519 (Chromium 137, Firefox 129 and newer); asked once. */
const ownEd25519 = (() => {
  let known;
  return async () => {
    known ??= crypto.subtle.importKey("raw", fromHex(noble.Point.BASE.toHex()), "Ed25519", false, ["verify"]).then(
      () => true,
      () => false,
    );
    return known;
  };
})();

/** RFC 8032 5.1.7, without multiplying by the cofactor: R and the key canonical, [S]B - [k]A written out must be R. */
const bundledEd25519 = async (key, value, message) => {
  try {
    const s = value.slice(32).reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
    if (s >= noble.Point.CURVE().n) return false;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-512", concat(value.slice(0, 32), key, message)));
    const k = digest.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n) % noble.Point.CURVE().n;
    const point = noble.Point.fromBytes(key, false);
    const left = s === 0n ? noble.Point.ZERO : noble.Point.BASE.multiply(s, false);
    const right = k === 0n ? noble.Point.ZERO : point.multiply(k, false);
    return equal(left.subtract(right).toBytes(), value.slice(0, 32));
  } catch {
    return false;
  }
};

const browserEd25519 = async (key, value, message) => {
  try {
    const imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", imported, value, message);
  } catch {
    return false;
  }
};

/** Signature by Ed25519, or Damaged. ``settings.bundled`` leaves the browser's own aside. */
const verifyEd25519 = async (key, value, message, settings) => {
  need(value.length === 64, "a_signature_does_not_match");
  const own = !settings.bundled && (await ownEd25519());
  const good = await (own ? browserEd25519 : bundledEd25519)(key, value, message);
  need(good, "a_signature_does_not_match");
};
