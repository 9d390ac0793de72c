/** Deeper documents are left to the parser, which refuses them. */
const DEPTH_MAX = 64;

/** What Apple's writer begins with, word for word. */
const PROLOG =
  /^<\?xml version="1\.0" encoding="(?:UTF|utf)-8"\?>\n?(?:<!DOCTYPE plist PUBLIC "-\/\/Apple(?: Computer)?\/\/DTD PLIST 1\.0\/\/EN" "https?:\/\/www\.apple\.com\/DTDs\/PropertyList-1\.0\.dtd">\n?)?<plist(?: version="1\.0")?>/;
/** Line ends that XML reads as others, characters it forbids, and an end of CDATA outside of one. */
const UNUSUAL = /[^\t\n -~\u00a0-\u2027\u2029-\ufffd]|\]\]>/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const ENTITIES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'" };

/** Thrown inside, caught here: this document is for the parser. */
const UNUSUAL_DOCUMENT = new Error('unusual');

/**
 * Reads an XML property list of the plain form in which Apple's devices write theirs, by searching for the next tag.
 * Undefined for everything else (comments, CDATA, attributes, odd entities, whatever is malformed): that is for the
 * library, and so is every verdict on a document. What is read here is what the library reads; a property test
 * compares them on whole and on damaged documents. It is here because the library builds a DOM first: 150 to 600 µs a
 * webhook, three times as long as everything else from its first byte to its commit, against 10 to 40.
 */
export function scanPlist(text: string): unknown {
  const prolog = PROLOG.exec(text);
  if (prolog === null || UNUSUAL.test(text)) return undefined;
  try {
    return scan(text, prolog[0].length);
  } catch (error) {
    if (error === UNUSUAL_DOCUMENT) return undefined;
    throw error;
  }
}

function scan(text: string, start: number): unknown {
  let at = start;

  /** The next tag with its brackets off; only white space may stand before it. */
  function tag(): string {
    for (let code = text.charCodeAt(at); code === 0x20 || code === 0x09 || code === 0x0a; code = text.charCodeAt(at)) at += 1;
    const end = text.indexOf('>', at);
    if (text.charCodeAt(at) !== 0x3c || end < 0) throw UNUSUAL_DOCUMENT;
    const name = text.slice(at + 1, end);
    at = end + 1;
    return name;
  }

  /** Up to the end tag, which must be the next one. */
  function content(name: string): string {
    const end = text.indexOf('<', at);
    if (end < 0 || !text.startsWith(`</${name}>`, end)) throw UNUSUAL_DOCUMENT;
    const raw = text.slice(at, end);
    at = end + name.length + 3;
    return raw.includes('&') ? withEntities(raw) : raw;
  }

  function filled(name: string): string {
    return content(name) || unusual();
  }

  function value(name: string, depth: number): unknown {
    switch (name) {
      case 'string':
        return content(name);
      case 'string/':
        return '';
      case 'true/':
        return true;
      case 'false/':
        return false;
      case 'integer':
        return Number.parseInt(filled(name), 10);
      case 'real':
        return Number.parseFloat(filled(name));
      case 'date':
        return new Date(filled(name));
      case 'data':
        return data(filled(name));
      case 'dict':
        return dictionary(depth + 1);
      case 'dict/':
        return {};
      case 'array':
        return array(depth + 1);
      case 'array/':
        return [];
      default:
        return unusual();
    }
  }

  function dictionary(depth: number): Record<string, unknown> {
    const read: Record<string, unknown> = {};
    if (depth > DEPTH_MAX) unusual();
    for (let name = tag(); name !== '/dict'; name = tag()) {
      if (name !== 'key') unusual();
      const key = content(name);
      if (key === '__proto__') unusual();
      read[key] = value(tag(), depth);
    }
    return read;
  }

  function array(depth: number): unknown[] {
    const read: unknown[] = [];
    if (depth > DEPTH_MAX) unusual();
    for (let name = tag(); name !== '/array'; name = tag()) read.push(value(name, depth));
    return read;
  }

  const root = value(tag(), 0);
  if (tag() !== '/plist' || text.slice(at).trim() !== '') unusual();
  return root;
}

function data(text: string): Uint8Array {
  const base64 = text.replace(/\s+/g, '');
  if (base64.length % 4 !== 0 || !BASE64.test(base64)) unusual();
  // A copy of its own: small Buffers are views of a shared pool.
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

function withEntities(text: string): string {
  return text.replace(/&[^;]*;?/g, (entity) => ENTITIES[entity] ?? unusual());
}

function unusual(): never {
  throw UNUSUAL_DOCUMENT;
}
