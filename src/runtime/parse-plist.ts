import { parse } from 'plist';
import { scanPlist } from './scan-plist.ts';

/** Apple's messages are a handful of levels deep; past this a document is an attack on the stack. */
const DEPTH_MAX = 128;
/** A binary plist may refer to one object many times; unfolded, it may not have more objects than this. */
const OBJECTS_MAX = 2_000_000;

/**
 * Property list (XML or binary) to a plain value; throws an Error that says why not. Runs on the main thread
 * and in the worker. OpenStep text and everything else is refused.
 */
export function parsePlist(bytes: Uint8Array): unknown {
  if (isBinary(bytes)) {
    checkBinary(bytes);
    // A copy of its own: the parser's <data> are views, which must not keep a pooled buffer alive.
    return parse(new Uint8Array(bytes) as never);
  }
  const text = decodeText(bytes);
  if (!/^\s*<[?!p]/.test(text)) throw new Error('neither an XML nor a binary property list');
  const scanned = scanPlist(text);
  if (scanned !== undefined) return scanned;
  checkDepth(text);
  return withoutConsole(() => parse(text));
}

function isBinary(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && Buffer.from(bytes.buffer, bytes.byteOffset, 6).toString('latin1') === 'bplist';
}

function decodeText(bytes: Uint8Array): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
}

/** Nesting by open and close tags; cheap beside parsing, and it fails before the parser's recursion does. */
function checkDepth(xml: string): void {
  let depth = 0;
  for (const [tag] of xml.matchAll(/<\/?(?:dict|array)\b[^>]*>/g)) {
    if (tag.startsWith('</')) depth--;
    else if (!tag.endsWith('/>')) depth++;
    if (depth > DEPTH_MAX) throw new Error(`nested deeper than ${DEPTH_MAX}`);
  }
}

/** xmldom reports what it dislikes on the console and goes on; parsing is synchronous, so nothing else is muted. */
function withoutConsole<T>(run: () => T): T {
  const { error, warn } = console;
  console.error = console.warn = () => undefined;
  try {
    return run();
  } finally {
    console.error = error;
    console.warn = warn;
  }
}

/**
 * Walks a binary plist's object graph without building it: cycles, depth, and the number of objects after
 * unfolding. A few hundred bytes can otherwise stand for 2^60 objects.
 */
function checkBinary(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const trailer = bytes.length - 32;
  if (trailer < 8) throw new Error('binary property list is cut short');
  const offsetBytes = view.getUint8(trailer + 6);
  const refBytes = view.getUint8(trailer + 7);
  const count = Number(view.getBigUint64(trailer + 8));
  const table = Number(view.getBigUint64(trailer + 24));
  if (count * offsetBytes > bytes.length || table + count * offsetBytes > trailer)
    throw new Error('binary property list has a bad offset table');
  const weights = new Map<number, number>();
  weigh(Number(view.getBigUint64(trailer + 16)), 0);

  function uint(offset: number, size: number): number {
    if (size === 8) return Number(view.getBigUint64(offset));
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + view.getUint8(offset + i);
    return value;
  }

  /** Objects that `index` stands for, itself included. */
  function weigh(index: number, depth: number): number {
    const known = weights.get(index);
    if (known !== undefined) return known;
    if (depth > DEPTH_MAX) throw new Error(`nested deeper than ${DEPTH_MAX}, or in a circle`);
    if (index >= count) throw new Error('binary property list refers to an object it does not have');
    let offset = uint(table + index * offsetBytes, offsetBytes);
    const marker = view.getUint8(offset++);
    const type = marker >> 4;
    let size = marker & 0x0f;
    if (type !== 0 && type !== 8 && size === 0x0f) {
      const sizeBytes = 1 << (view.getUint8(offset++) & 0x0f);
      size = uint(offset, Math.min(sizeBytes, 8));
      offset += sizeBytes;
    }
    if (type > 1 && type !== 8 && size > bytes.length) throw new Error('binary property list has a value longer than itself');
    let weight = 1;
    const refs = type === 0xa ? size : type === 0xd ? size * 2 : 0;
    for (let i = 0; i < refs; i++) {
      weight += weigh(uint(offset + i * refBytes, refBytes), depth + 1);
      if (weight > OBJECTS_MAX) throw new Error(`more than ${OBJECTS_MAX} objects`);
    }
    weights.set(index, weight);
    return weight;
  }
}
