// The page: takes files, shows what the check said. All words come from WORDS (resources/locale), as text, never as HTML.

const $ = (id) => document.getElementById(id);
const state = { lang: "zh", shown: [], given: null, trust: "", previous: null, checkedAt: null };

const words = (key, params = {}) => {
  const entry = WORDS[key];
  const text = entry === undefined ? key : entry[state.lang === "zh" ? 0 : 1];
  return text.replace(/\{(\w+)\}/g, (hole, name) => (name in params ? String(params[name]) : hole));
};
const known = (key) => key in WORDS;

const make = (tag, attributes = {}, ...inside) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", value);
    else element.setAttribute(name, value);
  }
  element.append(...inside.filter((part) => part !== null && part !== undefined && part !== ""));
  return element;
};

const groups = (hex) => hex.match(/.{1,4}/g).join(" ");

const instantText = (text) => {
  const at = Date.parse(text);
  if (!Number.isFinite(at)) return text;
  return `${new Date(at + 8 * 3600 * 1000).toISOString().slice(0, 19).replace("T", " ")} (UTC+8)`;
};

// What a file says about itself.

const userOf = (name) => {
  const last = name.split("/").slice(2).join("/");
  try {
    return decodeURIComponent(last) || name;
  } catch {
    return last;
  }
};

const factsOf = (subject) => {
  const { evidence, note, record } = subject;
  const rows = [["kind", words(`page.kind.${subject.kind}`)]];
  if (evidence) {
    rows.push(["handler", evidence.handler]);
    const number = record?.receipt_id ?? evidence.content?.report ?? evidence.content?.pack;
    if (typeof number === "string") rows.push(["number", number]);
    const person = record?.pii_principal_id ?? evidence.content?.hcp;
    if (typeof person === "string") rows.push(["person", person]);
    const { from, to } = evidence.period ?? {};
    if (from || to) {
      rows.push(["period", `${from ? instantText(from) : "…"} – ${to ? instantText(to) : "…"}`]);
    }
    rows.push(["made_at", instantText(String(evidence.made_at))]);
  }
  if (note) {
    rows.push(["store", note.origin.replace(/^consentkeep\//, "")]);
    if (subject.entries.length) rows.push(["entries", subject.entries.length.toLocaleString("en")]);
    rows.push(["size", note.size.toLocaleString("en")]);
    if (note.at) rows.push(["sealed_at", instantText(note.at)]);
    rows.push(["root", groups(hexOf(note.root))]);
    for (const { name, seconds, ok } of subject.witnesses) {
      const date = new Date(seconds * 1000);
      const at = Number.isNaN(date.getTime()) ? String(seconds) : instantText(date.toISOString());
      rows.push(["witness", words(`page.witness.${stateOf(ok)}`, { name, at })]);
    }
  }
  return rows;
};

const stateOf = (ok) => (ok === null ? "maybe" : ok ? "yes" : "no");
const signs = { yes: "\u2713", no: "\u2715", maybe: "?" };

const verdictOf = (subject) => {
  const bad = subject.claims.filter(({ ok }) => ok === false).map(({ claim }) => claim);
  const signer = subject.claims.find(({ claim }) => claim === "signer");
  if (bad.length === 0) return signer.ok ? ["good", "known"] : ["open", "unknown"];
  if (bad.length === 1 && bad[0] === "signer") return ["bad", "other_key"];
  if (bad.every((claim) => claim === "previous" || claim === "signer")) return ["bad", "previous"];
  if (bad.every((claim) => claim === "files" || claim === "signer")) return ["bad", subject.kind === "pack" ? "files" : "beside"];
  if (isForeign(subject)) return ["bad", "foreign"];
  return ["bad", "damaged"];
};

/** A file that holds nothing of ours to check. */
const isForeign = (subject) => {
  if (subject.note) return false;
  if (subject.kind === "unknown") {
    const begin = new TextDecoder().decode(subject.data.subarray(0, PROOF_FORM.length));
    if (!["{", "consentkeep/", PROOF_FORM].some((known) => begin.startsWith(known))) return true;
  }
  return subject.claims.some(({ ok, code, params }) => !ok && (
    ["neither_pdf_evidence_proof_nor_checkpoint", "not_one_of_our_formats"].includes(code) ||
    (code === "embedded_evidence_files_instead_of_one" && params.count === 0)));
};

const drawVerdict = (subject) => {
  const [tone, name] = verdictOf(subject);
  const sign = { good: signs.yes, open: signs.yes, bad: signs.no }[tone];
  const bad = name === "foreign" ? [] : subject.claims.filter(({ ok }) => ok === false);
  const faults = bad.map((row) => make("li", {}, words("page.fault", { claim: words(`verify.claim.${row.claim}`), what: finding(row) })));
  return make("div", { class: `verdict ${tone}`, "data-verdict": name },
    make("span", { class: "sign", "aria-hidden": "true" }, sign),
    make("div", {},
      make("h1", {}, words(`page.verdict.${name}`)),
      make("p", {}, words(`page.verdict.${name}.text`)),
      faults.length ? make("ul", {}, ...faults) : ""));
};

/** What was found, in words. */
const finding = ({ code, params }) => (known(`verify.finding.${code}`) ? words(`verify.finding.${code}`, inWords(params)) : code);

/** Files are named with what became of them, in English by the check itself. */
const inWords = (params) => {
  if (params.files === undefined) return params;
  const said = (_, before, fate) => `${before}${words(`page.file.${fate}`)} `;
  return { ...params, files: params.files.replace(/(^|, )(changed|missing|added) /g, said) };
};

const drawClaim = ({ claim, ok, code, params }) => {
  const is = stateOf(ok);
  const found = finding({ code, params });
  const open = ok === null && known(`verify.open.${claim}`) ? words(`verify.open.${claim}`) : "";
  return make("li", { "data-claim": claim, "data-state": is },
    make("span", { class: `sign ${is}`, "aria-hidden": "true" }, signs[is]),
    make("div", {},
      make("b", {}, words(`verify.claim.${claim}`)),
      make("p", {}, words(`page.about.${claim}`)),
      make("p", { class: "found" }, words("page.found", { what: open || found }))),
    make("span", { class: `state ${is}` }, words(`verify.state.${ok === null ? "open" : ok}`)));
};

const drawKeys = (subject) => {
  const keys = new Map(subject.signers.map(({ name, key }) => [hexOf(sha256(key)), userOf(name)]));
  if (keys.size === 0) return null;
  const rows = [...keys].flatMap(([hex, user]) => [make("dt", {}, user), make("dd", { class: "mono" }, groups(hex))]);
  if (subject.pdfKey) rows.push(make("dt", {}, words("page.keys.pdf")), make("dd", { class: "mono" }, groups(subject.pdfKey)));
  return make("div", { class: "card" }, make("h2", {}, words("page.keys")), make("p", {}, words("page.keys.text")), make("dl", {}, ...rows));
};

const MOST_ENTRIES = 500;

const drawEntries = (subject) => {
  if (subject.entries.length === 0) return null;
  const fields = ["number", "at", "kind", "actor", "people"];
  const rows = subject.entries.slice(0, MOST_ENTRIES).map((item) => {
    let entry = {};
    try {
      entry = JSON.parse(item.entry ?? "{}");
    } catch { /* the claim says so */ }
    const people = Array.isArray(entry.hcps) ? entry.hcps : [];
    const kind = item.entry === undefined ? words("page.entry.sealed") : words(known(`kind.${entry.kind}`) ? `kind.${entry.kind}` : String(entry.kind));
    const cells = [`#${item.index}`, entry.at ? instantText(String(entry.at)) : "", kind, String(entry.actor ?? ""), people.slice(0, 3).join(" ") + (people.length > 3 ? ` +${people.length - 3}` : "")];
    return make("tr", {}, ...cells.map((cell) => make("td", {}, cell)));
  });
  const more = subject.entries.length - MOST_ENTRIES;
  return make("details", { class: "noprint" },
    make("summary", {}, words("page.entries", { count: subject.entries.length.toLocaleString("en") })),
    make("table", {}, make("tr", {}, ...fields.map((field) => make("th", {}, words(`page.entry.${field}`)))), ...rows),
    more > 0 ? make("p", { class: "hint" }, words("page.entries.more", { count: more.toLocaleString("en") })) : null);
};

const drawContent = (subject) => {
  const content = subject.record ?? subject.evidence?.content;
  if (!content || Object.keys(content).length === 0) return null;
  return make("details", { class: "noprint" },
    make("summary", {}, words(subject.record ? "page.record" : "page.content")),
    make("pre", {}, JSON.stringify(content, null, 2)));
};

const drawFile = ({ name, size, digest, subject }) => {
  const rows = factsOf(subject).flatMap(([key, value]) => [
    make("dt", {}, words(`page.fact.${key}`)),
    make("dd", key === "root" ? { class: "mono" } : {}, value),
  ]);
  rows.push(make("dt", {}, words("page.fact.sha256")), make("dd", { class: "mono" }, groups(digest)));
  rows.push(make("dt", {}, words("page.fact.checked_at")), make("dd", {}, instantText(state.checkedAt)));
  return [
    state.shown.length > 1 ? make("p", { class: "file" }, words("page.file", { name, size: size.toLocaleString("en") })) : "",
    make("div", { class: "card" }, make("h2", {}, words("page.facts")), make("dl", {}, ...rows), drawEntries(subject), drawContent(subject)),
    isForeign(subject) ? "" : make("div", { class: "card" },
      make("h2", {}, words("page.claims")), make("ul", { class: "claims" }, ...subject.claims.map(drawClaim))),
    drawKeys(subject) ?? "",
  ];
};

const draw = () => {
  const { shown } = state;
  $("verdicts").replaceChildren(...shown.flatMap(({ name, size, subject }) => [
    make("p", { class: "file" }, words("page.file", { name, size: size.toLocaleString("en") })),
    drawVerdict(subject),
  ]));
  $("result").replaceChildren(...shown.flatMap(drawFile));
  if (shown.length) {
    $("result").append(make("div", { class: "card" },
      make("h2", {}, words("page.not")),
      make("ul", {}, ...[1, 2, 3, 4].map((n) => make("li", {}, words(`page.not.${n}`)))),
      make("p", { class: "buttons noprint" },
        make("button", { type: "button", class: "primary", onclick: () => window.print() }, words("page.print")),
        make("button", { type: "button", onclick: clear }, words("page.again")))));
  }
  document.body.classList.toggle("has-result", shown.length > 0);
  $("more").hidden = shown.every(({ subject }) => ["damaged", "foreign"].includes(verdictOf(subject)[1]));
  $("explain").hidden = shown.length > 0;
};

const say = () => {
  document.documentElement.lang = state.lang === "zh" ? "zh-CN" : "en";
  document.title = words("page.window");
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = words(element.dataset.t);
  for (const element of document.querySelectorAll("[data-lang]")) element.setAttribute("aria-pressed", String(element.dataset.lang === state.lang));
  $("doesList").replaceChildren(...[1, 2, 3, 4].map((n) => make("li", {}, words(`page.does.${n}`))));
  $("notList").replaceChildren(...[1, 2, 3, 4].map((n) => make("li", {}, words(`page.not.${n}`))));
  $("fingerprint").placeholder = words("page.trust.hint");
  $("previousState").textContent = state.previous ? words("page.previous.given", { name: state.previous.name }) : "";
  $("dropPrevious").hidden = !state.previous;
  fingerprintState();
  draw();
};

const fingerprintState = () => {
  const text = state.trust;
  const digits = text.replace(/[^0-9A-Fa-f]/g, "").length;
  const count = fingerprintsIn(text).size;
  const key = count ? "page.trust.have" : text.trim() === "" ? "" : "page.trust.short";
  $("fingerprintState").textContent = key ? words(key, { count, digits }) : "";
};

const trouble = (key, params) => {
  $("trouble").textContent = key ? words(key, params) : "";
  $("trouble").hidden = !key;
};

const clear = () => {
  Object.assign(state, { shown: [], given: null, previous: null, trust: "" });
  $("fingerprint").value = "";
  trouble("");
  say();
  window.scrollTo(0, 0);
  $("pick").focus();
};

const pause = async (done, total) => {
  $("busy").textContent = words("page.busy.entries", { done: done.toLocaleString("en"), total: total.toLocaleString("en") });
  await new Promise((resume) => setTimeout(resume));
};

/** Looks at what was given (again): a list of {name, data}, or one folder. */
const look = async () => {
  const given = state.given;
  if (!given) return;
  $("busy").textContent = words("page.busy");
  $("busy").hidden = false;
  const trust = fingerprintsIn(state.trust).size ? state.trust : null;
  const shown = [];
  for (const { name, data, folder } of given) {
    const subject = await examine(data, { trust, witnesses: state.trust, previous: state.previous?.data ?? null, folder, pause });
    if (state.given !== given) return; // something else was dropped meanwhile
    const digest = hexOf(new Uint8Array(await crypto.subtle.digest("SHA-256", data)));
    shown.push({ name, size: data.length, digest, subject });
  }
  const ours = shown.filter(({ subject }) => !isForeign(subject));
  state.shown = ours.length ? ours : shown.slice(0, 1); // of a folder, only what can be checked
  state.checkedAt = new Date().toISOString();
  $("busy").hidden = true;
  draw();
};

const bytesOf = async (file) => {
  if (file.size > MAX_FILE) throw new Damaged("page.trouble.large", { name: file.name });
  return new Uint8Array(await file.arrayBuffer());
};

/** A folder with a manifest is one thing to check, whatever else lies in it; outside of such, everything file by file, with what lies beside a report. */
const grouped = (read) => {
  const named = ({ name }, wanted) => name === wanted || name.endsWith(`/${wanted}`);
  const under = (files, base) => new Map(files.filter(({ name }) => name.startsWith(base)).map(({ name, data }) => [name.slice(base.length), data]));
  const packs = [];
  let rest = read;
  for (;;) {
    const [manifest] = rest.filter((file) => named(file, MANIFEST)).sort((a, b) => a.name.length - b.name.length);
    if (!manifest) break;
    const base = manifest.name.slice(0, -MANIFEST.length);
    packs.push({ ...manifest, folder: under(rest, base) });
    rest = rest.filter(({ name }) => !name.startsWith(base));
  }
  const beside = (file) => (named(file, REPORT) ? { ...file, folder: under(rest, file.name.slice(0, -REPORT.length)) } : file);
  return [...packs, ...rest.map(beside)];
};

/** ``files``: [path, File]. */
const take = async (files) => {
  trouble("");
  try {
    const read = [];
    for (const [path, file] of files) read.push({ name: path, data: await bytesOf(file) });
    if (read.length === 0) return;
    state.given = read.length > 1 ? grouped(read) : read;
    await look();
    $("verdicts").scrollIntoView({ block: "nearest" });
  } catch (fault) {
    $("busy").hidden = true;
    if (fault instanceof Damaged) trouble(fault.code, fault.params);
    else trouble("page.trouble.unreadable");
  }
};

// Files by button and by drop.

const picked = (list) => [...list].map((file) => [file.webkitRelativePath || file.name, file]);

const entriesOf = async (entry, path = "") => {
  if (entry.isFile) return [[path + entry.name, await new Promise((good, bad) => entry.file(good, bad))]];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((good, bad) => reader.readEntries(good, bad));
    if (some.length === 0) return found;
    for (const one of some) found.push(...(await entriesOf(one, `${path}${entry.name}/`)));
  }
};

const handlesOf = async (handle, path = "") => {
  if (handle.kind === "file") return [[path + handle.name, await handle.getFile()]];
  const found = [];
  for await (const one of handle.values()) found.push(...(await handlesOf(one, `${path}${handle.name}/`)));
  return found;
};

/** Chromium reads a dropped folder of a page from disk by handles only, Firefox by entries only. */
const dropped = async (transfer) => {
  const items = [...transfer.items].filter(({ kind }) => kind === "file");
  const plain = picked(transfer.files); // all of this must be asked for before the event is over
  const entries = items.map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return take(plain);
  const handles = items.map((item) => item.getAsFileSystemHandle?.());
  try {
    const found = [];
    if (handles.every(Boolean)) for (const handle of handles) found.push(...(await handlesOf(await handle)));
    else for (const entry of entries) found.push(...(await entriesOf(entry)));
    return await take(found);
  } catch {
    return trouble("page.trouble.folder");
  }
};

/** What the trust text names, to see whether typing changed it. */
const keysNamed = () => [...fingerprintsIn(state.trust), ...witnessKeysIn(state.trust).map(({ name }) => name)].join();

const chosen = (id, use) => {
  $(id).addEventListener("change", async (event) => {
    const files = [...event.target.files];
    event.target.value = "";
    if (files.length) await use(files);
  });
};

const begin = () => {
  $("old").remove();
  if (!globalThis.crypto?.subtle || !globalThis.DecompressionStream || !Object.hasOwn) {
    state.lang = "zh";
    trouble("page.trouble.browser");
    return;
  }
  for (const id of ["start", "explain"]) $(id).hidden = false;
  state.lang = /^zh\b/i.test(navigator.language) ? "zh" : "en";
  for (const element of document.querySelectorAll("[data-lang]")) {
    element.addEventListener("click", () => {
      state.lang = element.dataset.lang;
      say();
    });
  }
  for (const [button, input] of [["pick", "file"], ["pickFolder", "folder"], ["pickTrust", "trust"], ["pickPrevious", "previous"]]) {
    $(button).addEventListener("click", () => $(input).click());
  }
  chosen("file", (files) => take(picked(files)));
  chosen("folder", (files) => take(picked(files)));
  chosen("trust", async ([file]) => {
    $("fingerprint").value = state.trust = (await file.text()).slice(0, 20000);
    fingerprintState();
    if (!fingerprintsIn(state.trust).size) $("fingerprintState").textContent = words("page.trust.none");
    await look();
  });
  chosen("previous", async ([file]) => {
    state.previous = { name: file.name, data: await bytesOf(file) };
    say();
    await look();
  });
  $("dropPrevious").addEventListener("click", async () => {
    state.previous = null;
    say();
    await look();
  });
  $("fingerprint").addEventListener("input", async (event) => {
    const before = keysNamed();
    state.trust = event.target.value;
    fingerprintState();
    if (keysNamed() !== before) await look();
  });
  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      $("drop").classList.toggle("over", name === "dragenter" || name === "dragover");
      if (name === "drop") dropped(event.dataTransfer);
    });
  }
  say();
};

// For the project's own tests, and for whoever wants to ask by hand in the browser's console.
globalThis.consentkeep = { examine, sha256, noble, rootsOf, rootsOfGrowth, parse, fromBase64, hexOf, fingerprintsIn, verifyEd25519, state, say };
begin();
