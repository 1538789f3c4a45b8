// Bytes and text: hashes, base64, canonical JSON (docs/evidence-format.md section 2).
// Anything that does not fit throws Damaged with the code of a finding; the words for codes are in resources/locale.

class Damaged extends Error {
  constructor(code, params = {}) {
    super(code);
    this.code = code;
    this.params = params;
  }
}

const need = (condition, code, params) => {
  if (!condition) throw new Damaged(code, params);
};

const WRONG_FORM = "does_not_have_the_documented_form";
const MAX_FILE = 256 * 1024 * 1024;
const MAX_DEPTH = 16;

const utf8 = (text) => new TextEncoder().encode(text);

const textOf = (bytes) => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Damaged(WRONG_FORM);
  }
};

const concat = (...parts) => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

const equal = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);

const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const fromHex = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES = new Uint8Array(128);
for (let i = 0; i < 64; i += 1) VALUES[LETTERS.charCodeAt(i)] = i; // "=" stays 0
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;

/** Bytes of a base64 text. Only the one text that stands for them will do: no stray letters, no spare bits. */
const fromBase64 = (text, length) => {
  need(typeof text === "string" && BASE64.test(text), "base64_is_malformed");
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  need(length === undefined || bytes.length === length, "base64_is_malformed");
  for (let from = 0, to = 0; from < text.length; from += 4, to += 3) {
    let four = 0;
    for (let i = 0; i < 4; i += 1) four = four * 64 + VALUES[text.charCodeAt(from + i)];
    bytes[to] = four >> 16;
    bytes[to + 1] = four >> 8; // beyond the end nothing is kept
    bytes[to + 2] = four;
  }
  return bytes;
};

const whole = (number) => {
  need(Number.isSafeInteger(number) && number >= 0, "not_a_number");
  return number;
};

// SHA-256 (FIPS 180-4). Trees need it ten thousand times in a row, which the browser's own, asynchronous one is slow at.
const sha256 = (() => {
  const primes = [];
  for (let n = 2; primes.length < 64; n += 1) if (primes.every((prime) => n % prime)) primes.push(n);
  const fraction = (root) => Math.floor((root - Math.floor(root)) * 2 ** 32) >>> 0;
  const K = Uint32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
  const START = Uint32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
  const w = new Uint32Array(64);
  return (...parts) => {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const data = new Uint8Array(Math.ceil((length + 9) / 64) * 64);
    let at = 0;
    for (const part of parts) {
      data.set(part, at);
      at += part.length;
    }
    data[length] = 0x80;
    const view = new DataView(data.buffer);
    view.setUint32(data.length - 8, Math.floor(length / 2 ** 29));
    view.setUint32(data.length - 4, (length * 8) >>> 0);
    const h = START.slice();
    for (let block = 0; block < data.length; block += 64) {
      for (let i = 0; i < 16; i += 1) w[i] = view.getUint32(block + 4 * i);
      for (let i = 16; i < 64; i += 1) {
        const p = w[i - 15];
        const q = w[i - 2];
        const s0 = ((p >>> 7) | (p << 25)) ^ ((p >>> 18) | (p << 14)) ^ (p >>> 3);
        const s1 = ((q >>> 17) | (q << 15)) ^ ((q >>> 19) | (q << 13)) ^ (q >>> 10);
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
      }
      let [a, b, c, d, e, f, g, last] = h;
      for (let i = 0; i < 64; i += 1) {
        const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
        const one = (last + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) >>> 0;
        const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
        const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) >>> 0;
        [last, g, f, e, d, c, b, a] = [g, f, e, (d + one) >>> 0, c, b, a, (one + two) >>> 0];
      }
      [a, b, c, d, e, f, g, last].forEach((value, i) => {
        h[i] += value;
      });
    }
    const digest = new Uint8Array(32);
    h.forEach((value, i) => new DataView(digest.buffer).setUint32(4 * i, value));
    return digest;
  };
})();

/** The one text of a value [2]. Throws for what the restricted JSON does not know. */
const canonical = (value, depth = 0) => {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    need(Number.isSafeInteger(value), "holds_a_number_out_of_range");
    return String(value); // of -0 this is "0": the file said something else then
  }
  if (typeof value === "string") {
    need(!/[\ud800-\udbff](?![\udc00-\udfff])|(?:[^\ud800-\udbff]|^)[\udc00-\udfff]/.test(value), "not_canonical_json");
    return JSON.stringify(value);
  }
  need(depth < MAX_DEPTH, "not_canonical_json");
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, depth + 1)).join(",")}]`;
  const keys = Object.keys(value).sort();
  need(keys.every((key) => /^[\x00-\x7f]*$/.test(key)), "not_canonical_json");
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key], depth + 1)}`).join(",")}}`;
};

/** The object of a canonical text. A key twice, a blank, a fraction, anything before or after: not the same text. */
const parse = (text) => {
  need(typeof text === "string", WRONG_FORM);
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Damaged("not_canonical_json");
  }
  need(value !== null && typeof value === "object" && !Array.isArray(value), "not_canonical_json");
  need(canonical(value) === text, "not_canonical_json");
  return value;
};
