// PDF as far as evidence needs it (section 8): cross-reference tables, attachments, the signature field.
// What a reader shows as attachment and as signature is what is checked here: nothing is found by searching the text.

const PDF_SPACE = new Set([0, 9, 10, 12, 13, 32]);
const PDF_BREAK = new Set([...PDF_SPACE, ..."()<>[]{}/%"].map((c) => (typeof c === "string" ? c.charCodeAt(0) : c)));
const byteOf = (character) => character.charCodeAt(0);
const WRONG_PDF = "pdf_is_not_built_as_documented";
const MAX_NODES = 10000;

class Name {
  constructor(text) {
    this.text = text;
  }
}

class Reference {
  constructor(number, generation) {
    this.number = number;
    this.generation = generation;
  }
}

/** A string in hexadecimal; ``begin`` and ``end`` are the places of its angle brackets in the file. */
class HexText {
  constructor(begin, end) {
    this.begin = begin;
    this.end = end;
  }
}

class Lexer {
  constructor(data, at) {
    this.data = data;
    this.at = at;
  }

  skip() {
    for (; this.at < this.data.length; this.at += 1) {
      const byte = this.data[this.at];
      if (byte === byteOf("%")) while (this.at + 1 < this.data.length && ![10, 13].includes(this.data[this.at + 1])) this.at += 1;
      else if (!PDF_SPACE.has(byte)) return;
    }
  }

  word() {
    this.skip();
    const begin = this.at;
    while (this.at < this.data.length && !PDF_BREAK.has(this.data[this.at])) this.at += 1;
    need(this.at > begin && this.at - begin < 128, WRONG_PDF);
    return String.fromCharCode(...this.data.subarray(begin, this.at));
  }

  number() {
    const word = this.word();
    need(/^[0-9]{1,12}$/.test(word), WRONG_PDF);
    return Number(word);
  }

  keyword(text) {
    need(this.word() === text, WRONG_PDF);
  }

  comes(text) {
    return [...text].every((character, i) => this.data[this.at + i] === byteOf(character));
  }

  value(depth = 0) {
    need(depth < 32, WRONG_PDF);
    this.skip();
    const byte = this.data[this.at];
    if (this.comes("<<")) return this.dictionary(depth);
    if (byte === byteOf("<")) return this.hex();
    if (byte === byteOf("(")) return this.text();
    if (byte === byteOf("[")) {
      this.at += 1;
      const items = [];
      for (this.skip(); this.data[this.at] !== byteOf("]"); this.skip()) {
        need(items.length < MAX_NODES, WRONG_PDF);
        items.push(this.value(depth + 1));
      }
      this.at += 1;
      return items;
    }
    if (byte === byteOf("/")) return this.name();
    const word = this.word();
    if (/^[0-9]{1,10}$/.test(word)) {
      const here = this.at;
      const [, generation] = /^[\0\t\n\f\r ]+([0-9]{1,5})[\0\t\n\f\r ]+R(?![^\0\t\n\f\r ()<>[\]{}/%])/.exec(this.ahead(24)) ?? [];
      if (generation === undefined) return Number(word);
      this.at = here;
      this.word();
      this.word();
      return new Reference(Number(word), Number(generation));
    }
    return /^[-+]?[0-9.]+$/.test(word) ? Number(word) : word;
  }

  ahead(count) {
    return String.fromCharCode(...this.data.subarray(this.at, this.at + count));
  }

  name() {
    this.at += 1;
    const begin = this.at;
    while (this.at < this.data.length && !PDF_BREAK.has(this.data[this.at])) this.at += 1;
    const raw = String.fromCharCode(...this.data.subarray(begin, Math.min(this.at, begin + 256)));
    return new Name(raw.replace(/#([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))));
  }

  dictionary(depth) {
    this.at += 2;
    const found = new Map();
    for (this.skip(); !this.comes(">>"); this.skip()) {
      need(this.data[this.at] === byteOf("/") && found.size < MAX_NODES, WRONG_PDF);
      const key = this.name().text;
      need(!found.has(key), WRONG_PDF);
      found.set(key, this.value(depth + 1));
    }
    this.at += 2;
    return found;
  }

  hex() {
    const begin = this.at;
    while (this.at < this.data.length && this.data[this.at] !== byteOf(">")) this.at += 1;
    need(this.at < this.data.length, WRONG_PDF);
    this.at += 1;
    return new HexText(begin, this.at);
  }

  text() {
    let open = 0;
    for (; this.at < this.data.length; this.at += 1) {
      const byte = this.data[this.at];
      if (byte === byteOf("\\")) this.at += 1;
      else if (byte === byteOf("(")) open += 1;
      else if (byte === byteOf(")") && --open === 0) {
        this.at += 1;
        return "";
      }
    }
    throw new Damaged(WRONG_PDF);
  }
}

class Pdf {
  constructor(data) {
    this.data = data;
    this.places = new Map(); // object number → [offset, generation]; null where the newest revision frees it
    this.root = undefined;
    this.readTables();
  }

  readTables() {
    const tail = String.fromCharCode(...this.data.subarray(-1024));
    const [, start] = [...tail.matchAll(/startxref[\r\n ]+([0-9]{1,12})[\r\n ]+%%EOF/g)].at(-1) ?? [];
    need(start !== undefined, WRONG_PDF);
    const seen = new Set();
    for (let offset = Number(start); offset !== undefined; ) {
      need(!seen.has(offset) && seen.size < 100 && offset < this.data.length, WRONG_PDF);
      seen.add(offset);
      const lexer = new Lexer(this.data, offset);
      lexer.keyword("xref");
      let word = lexer.word();
      while (word !== "trailer") {
        need(/^[0-9]{1,10}$/.test(word), WRONG_PDF);
        const first = Number(word);
        const count = lexer.number();
        need(count <= this.data.length / 16, WRONG_PDF);
        for (let i = 0; i < count; i += 1) {
          const place = lexer.number();
          const generation = lexer.number();
          const kind = lexer.word();
          need(kind === "n" || kind === "f", WRONG_PDF);
          if (!this.places.has(first + i)) this.places.set(first + i, kind === "n" ? [place, generation] : null);
        }
        word = lexer.word();
      }
      const trailer = lexer.value();
      need(trailer instanceof Map && !trailer.has("XRefStm") && !trailer.has("Encrypt"), WRONG_PDF);
      this.root ??= trailer.get("Root");
      const before = trailer.get("Prev");
      need(before === undefined || Number.isSafeInteger(before), WRONG_PDF);
      offset = before;
    }
  }

  /** A lexer that stands before the value of an object. */
  at(reference) {
    const [place, generation] = this.places.get(reference.number) ?? [];
    need(place !== undefined && generation === reference.generation && place < this.data.length, WRONG_PDF);
    const lexer = new Lexer(this.data, place);
    need(lexer.number() === reference.number && lexer.number() === generation, WRONG_PDF);
    lexer.keyword("obj");
    return lexer;
  }

  /** The value behind any number of references. */
  get(value, depth = 0) {
    need(depth < 16, WRONG_PDF);
    return value instanceof Reference ? this.get(this.at(value).value(), depth + 1) : value;
  }

  map(value) {
    const found = this.get(value);
    need(found instanceof Map, WRONG_PDF);
    return found;
  }

  list(value) {
    const found = this.get(value ?? []);
    need(Array.isArray(found), WRONG_PDF);
    return found;
  }

  /** Content of every attachment, as packed as it lies in the file. */
  attachments() {
    const names = this.map(this.root).get("Names");
    const tree = names === undefined ? undefined : this.map(names).get("EmbeddedFiles");
    const found = new Map();
    let nodes = 0;
    const walk = (node, depth) => {
      nodes += 1;
      need(depth < 16 && nodes < MAX_NODES, WRONG_PDF);
      const branch = this.map(node);
      for (const kid of this.list(branch.get("Kids"))) walk(kid, depth + 1);
      this.list(branch.get("Names")).forEach((item, i) => {
        if (i % 2 === 0) return;
        const files = this.map(this.map(item).get("EF"));
        for (const stream of files.values()) {
          need(stream instanceof Reference, WRONG_PDF);
          found.set(stream.number, this.stream(stream));
        }
      });
    };
    if (tree !== undefined) walk(tree, 0);
    return [...found.values()];
  }

  stream(reference) {
    const lexer = this.at(reference);
    const head = lexer.value();
    need(head instanceof Map && this.get(head.get("Type"))?.text === "EmbeddedFile", WRONG_PDF);
    lexer.skip();
    need(lexer.comes("stream"), WRONG_PDF);
    let begin = lexer.at + 6;
    if (this.data[begin] === 13) begin += 1;
    need(this.data[begin] === 10, WRONG_PDF);
    begin += 1;
    const length = whole(this.get(head.get("Length")));
    const end = new Lexer(this.data, begin + length);
    need(begin + length <= this.data.length, WRONG_PDF);
    end.keyword("endstream");
    const plain = !head.has("DecodeParms") && this.get(head.get("Filter"))?.text === "FlateDecode";
    need(plain, "embedded_file_uses_another_filter");
    return this.data.subarray(begin, begin + length);
  }

  /** The one signature: its ByteRange and the place of its Contents, as the signature field gives them. */
  signature() {
    const form = this.map(this.root).get("AcroForm");
    const fields = form === undefined ? [] : this.list(this.map(form).get("Fields")).map((field) => this.map(field));
    const signed = fields.filter((field) => this.get(field.get("FT"))?.text === "Sig" && field.has("V"));
    need(signed.length === 1, "not_exactly_one_signature");
    const held = this.map(signed[0].get("V"));
    const range = this.list(held.get("ByteRange"));
    const gap = held.get("Contents");
    need(range.length === 4 && range.every(Number.isSafeInteger) && range[0] === 0, "byte_range_is_malformed");
    const [, begin, resume, length] = range;
    need(begin > 0 && begin < resume && resume <= this.data.length, "byte_range_is_malformed");
    need(resume + length === this.data.length, "bytes_were_appended_or_cut_after_signing");
    const fits = gap instanceof HexText && gap.begin === begin && gap.end === resume;
    need(fits, "signature_gap_holds_more_than_it_may");
    return { begin, resume, length };
  }
}

/** Unpacks zlib with the browser's own means; no more than MAX_FILE, nothing after the end. */
const inflate = async (bytes) => {
  const parts = [];
  let length = 0;
  try {
    const { readable, writable } = new DecompressionStream("deflate");
    const writer = writable.getWriter();
    const quiet = () => {}; // a fault shows at the reader
    writer.write(bytes).catch(quiet);
    writer.close().catch(quiet);
    const reader = readable.getReader();
    for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read()) {
      length += value.length;
      if (length > MAX_FILE) break;
      parts.push(value);
    }
  } catch {
    throw new Damaged("embedded_file_is_cut_or_too_large");
  }
  need(length <= MAX_FILE, "embedded_file_is_cut_or_too_large");
  return concat(...parts);
};
