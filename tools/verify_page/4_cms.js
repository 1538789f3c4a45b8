// The signature of a PDF (section 8, points 1 to 4): DER, CMS, certificate, ECDSA.

const OID = {
  signedData: "2a864886f70d010702",
  data: "2a864886f70d010701",
  contentType: "2a864886f70d010903",
  messageDigest: "2a864886f70d010904",
  signingCertificateV2: "2a864886f70d010910022f",
  ecPublicKey: "2a8648ce3d0201",
  p256: "2a8648ce3d030107",
};
const DIGESTS = new Map([
  ["608648016503040201", { name: "SHA-256", ecdsa: "2a8648ce3d040302" }],
  ["608648016503040202", { name: "SHA-384", ecdsa: "2a8648ce3d040303" }],
  ["608648016503040203", { name: "SHA-512", ecdsa: "2a8648ce3d040304" }],
]);
const [INTEGER, BITS, OCTETS, OBJECT, UTC, TIME, SEQUENCE, SET, FIRST] = [2, 3, 4, 6, 0x17, 0x18, 0x30, 0x31, 0xa0];

/** One value in DER at the beginning of ``data``. */
const derOne = (data) => {
  need(data.length >= 2 && (data[0] & 0x1f) !== 0x1f, "not_der");
  let length = data[1];
  let at = 2;
  if (length >= 0x80) {
    const count = length & 0x7f;
    need(count >= 1 && count <= 4 && data.length > 2 + count && data[2] !== 0, "not_der");
    length = data.subarray(2, 2 + count).reduce((sum, byte) => sum * 256 + byte, 0);
    need(length >= 0x80, "not_der");
    at += count;
  }
  need(at + length <= data.length, "not_der");
  return { tag: data[0], body: data.subarray(at, at + length), full: data.subarray(0, at + length) };
};

/** The values in a row that fill ``data``; with ``tags`` exactly these kinds. */
const derAll = (data, tags) => {
  const found = [];
  for (let rest = data; rest.length > 0; ) {
    const one = derOne(rest);
    found.push(one);
    rest = rest.subarray(one.full.length);
  }
  need(!tags || (found.length === tags.length && found.every(({ tag }, i) => tag === tags[i])), "not_cms_as_documented");
  return found;
};

const oidOf = (value) => {
  need(value !== undefined && value.tag === OBJECT, "not_cms_as_documented");
  return hexOf(value.body);
};

const digestOf = (algorithm) => {
  const known = DIGESTS.get(oidOf(derAll(algorithm.body)[0]));
  need(known !== undefined, "not_cms_as_documented");
  return known;
};

const isVersionOne = (value) => equal(value.full, Uint8Array.of(INTEGER, 1, 1));

/** r and s of an ECDSA signature side by side, as browsers want them. */
const flatSignature = (bytes) => {
  const [pair] = derAll(bytes, [SEQUENCE]);
  const numbers = derAll(pair.body, [INTEGER, INTEGER]).map(({ body }) => {
    need(body.length > 0 && body[0] < 0x80, "a_signature_does_not_match");
    need(body.length === 1 || body[0] !== 0 || body[1] >= 0x80, "a_signature_does_not_match");
    const plain = body[0] === 0 ? body.subarray(1) : body;
    need(plain.length <= 32, "a_signature_does_not_match");
    return concat(new Uint8Array(32 - plain.length), plain);
  });
  return concat(...numbers);
};

const instantOf = ({ tag, body }) => {
  const text = String.fromCharCode(...body);
  const short = /^([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})Z$/.exec(text);
  const long = /^([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})Z$/.exec(text);
  const parts = tag === UTC ? short : tag === TIME ? long : null;
  need(parts !== null, "not_cms_as_documented");
  const [year, month, ...rest] = parts.slice(1).map(Number);
  return Date.UTC(tag === TIME ? year : year + (year < 50 ? 2000 : 1900), month - 1, ...rest);
};

/** What a certificate says, as far as it is asked for here. */
const readCertificate = (full) => {
  const [outer] = derAll(full, [SEQUENCE]);
  const [signed, method, signature] = derAll(outer.body, [SEQUENCE, SEQUENCE, BITS]);
  const parts = derAll(signed.body).filter(({ tag }, i) => i > 0 || tag !== FIRST); // without the version
  need(parts.length >= 6, "not_cms_as_documented");
  const [serial, , issuer, validity, subject, key] = parts;
  const times = derAll(validity.body);
  need(times.length === 2, "not_cms_as_documented");
  return { full, signed, method, signature, serial, issuer, subject, key, from: instantOf(times[0]), to: instantOf(times[1]) };
};

const ecdsa = async (key, hash, signature, message) => {
  const good = await crypto.subtle.verify({ name: "ECDSA", hash }, key, flatSignature(signature), message);
  need(good, "a_signature_does_not_match");
};

/**
 * Checks the bytes of a ContentInfo over both ranges of a PDF. Answers the SHA-256 of the key (hex) and how long the
 * certificate counts. Throws Damaged.
 */
const checkCms = async (cms, covered) => {
  const outer = derOne(cms);
  need(cms.subarray(outer.full.length).every((byte) => byte === 0), "signature_gap_holds_more_than_it_may");
  need(outer.tag === SEQUENCE, "not_cms_as_documented");
  const [kind, wrapped] = derAll(outer.body, [OBJECT, FIRST]);
  const [content] = derAll(wrapped.body, [SEQUENCE]);
  const [version, digests, inside, held, signers] = derAll(content.body, [INTEGER, SET, SEQUENCE, FIRST, SET]);
  const [signer] = derAll(signers.body, [SEQUENCE]);
  const tags = [INTEGER, SEQUENCE, SEQUENCE, FIRST, SEQUENCE, OCTETS];
  need(derAll(signer.body).length === tags.length, "not_pades_baseline_b"); // a seventh would be unsigned
  const [signerVersion, who, algorithm, attributes, method, signature] = derAll(signer.body, tags);
  const [data] = derAll(inside.body, [OBJECT]);
  need(oidOf(kind) === OID.signedData && isVersionOne(version) && isVersionOne(signerVersion), "not_cms_as_documented");
  need(oidOf(data) === OID.data && equal(digests.body, algorithm.full), "not_cms_as_documented");
  const digest = digestOf(algorithm);
  const [ecdsaKind] = derAll(method.body, [OBJECT]);
  need(oidOf(ecdsaKind) === digest.ecdsa, "not_ecdsa_with_the_same_digest");

  const said = new Map();
  for (const attribute of derAll(attributes.body)) {
    const [name, values] = derAll(attribute.body, [OBJECT, SET]);
    need(!said.has(oidOf(name)), "not_cms_as_documented");
    said.set(oidOf(name), derAll(values.body)[0]);
  }
  const names = [OID.contentType, OID.messageDigest, OID.signingCertificateV2];
  need(names.every((name) => said.get(name) !== undefined), "not_pades_baseline_b");
  const [type, same, chosen] = names.map((name) => said.get(name));
  const own = new Uint8Array(await crypto.subtle.digest(digest.name, covered));
  need(same.tag === OCTETS && equal(same.body, own), "the_content_was_changed_after_signing");
  need(oidOf(type) === OID.data, "content_type_is_not_data");

  const [issuer, serial] = derAll(who.body, [SEQUENCE, INTEGER]);
  const certificates = derAll(held.body).map(({ full }) => readCertificate(full));
  const certificate = certificates.find((one) => equal(one.issuer.full, issuer.full) && equal(one.serial.full, serial.full));
  need(certificate !== undefined, "another_certificate_was_meant");
  const [first] = derAll(derAll(chosen.body)[0].body);
  const meant = derAll(first.body);
  const hashing = meant[0].tag === SEQUENCE ? digestOf(meant[0]).name : "SHA-256";
  const named = meant.find(({ tag }) => tag === OCTETS);
  const hash = new Uint8Array(await crypto.subtle.digest(hashing, certificate.full));
  need(named !== undefined && equal(named.body, hash), "another_certificate_was_meant");

  const [curve] = derAll(certificate.key.body);
  const kinds = derAll(curve.body).map(oidOf);
  need(kinds.length === 2 && kinds[0] === OID.ecPublicKey && kinds[1] === OID.p256, "not_a_p_256_key");
  const key = await crypto.subtle.importKey("spki", certificate.key.full, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  const attributeSet = attributes.full.slice();
  attributeSet[0] = SET;
  await ecdsa(key, digest.name, signature.body, attributeSet);

  need(equal(certificate.issuer.full, certificate.subject.full), "another_certificate_was_meant");
  const certified = [...DIGESTS.values()].find((one) => one.ecdsa === oidOf(derAll(certificate.method.body)[0]));
  need(certified !== undefined && certificate.signature.body[0] === 0, "not_cms_as_documented");
  await ecdsa(key, certified.name, certificate.signature.body.subarray(1), certificate.signed.full);
  return { pdfKey: hexOf(sha256(certificate.key.full)), from: certificate.from, to: certificate.to };
};
