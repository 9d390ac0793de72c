import type { PmvAnswer } from '../releases/catalogue.types.ts';
import { readPmv } from '../releases/pmv.ts';
import type { SofaAnswer, SofaPlatform } from '../releases/severity.types.ts';
import { readSofa } from '../releases/sofa.ts';
import type { Instant } from '../time/local.ts';
import { instantOfRfc3339 } from '../time/rfc3339.ts';

/** What Apple's lookup service answered once. */
export interface RecordedAnswer {
  at: Instant;
  answer: PmvAnswer;
}

/** What one feed of SOFA said once. */
export interface RecordedFeed {
  at: Instant;
  answer: SofaAnswer;
}

/** A line that can't be used; its message is for people and names the line. */
export class HistoryError extends Error {
  override name = 'HistoryError';
}

/**
 * The answers of a recording, one JSON object a line: `recorded_at` (RFC 3339) and `data` (the body of `v2/pmv`), oldest
 * first. Read one after the other, because 800 of them take 60 MB as text and several times that as objects. Throws
 * HistoryError.
 */
export function* readHistory(text: string, name: string): Generator<RecordedAnswer> {
  let before = 0;
  for (const { at, data, line } of linesOf(text, name)) {
    if (at < before)
      throw problem(name, line, 'its recorded_at is before that of the line above', 'the oldest answer first', 'sort the file');
    before = at;
    yield { at, answer: readPmv(data) };
  }
}

/** The feeds of SOFA of a recording; `path` says which. Those of what MDM can't update (watches, Safari) are passed over. */
export function* readSofaHistory(text: string, name: string): Generator<RecordedFeed> {
  for (const { at, data, path, line } of linesOf(text, name)) {
    if (path === undefined) throw problem(name, line, 'it has no path', 'the name of the feed, such as "v2/macos_data_feed.json"');
    const platform = platformOf(path);
    if (platform === undefined) continue;
    if (!Array.isArray(data.OSVersions)) throw problem(name, line, 'its data has no list of OSVersions', 'the body of a feed of SOFA');
    yield { at, answer: readSofa(data, platform) };
  }
}

const PLATFORMS: readonly [RegExp, SofaPlatform][] = [
  [/(^|\/)ios_/, 'iOS'],
  [/(^|\/)macos_/, 'macOS'],
  [/(^|\/)tvos_/, 'tvOS'],
  [/(^|\/)visionos_/, 'visionOS'],
];

function platformOf(path: string): SofaPlatform | undefined {
  return PLATFORMS.find(([pattern]) => pattern.test(path))?.[1];
}

interface Line {
  line: number;
  at: Instant;
  path?: string;
  data: Record<string, unknown>;
}

function* linesOf(text: string, name: string): Generator<Line> {
  let line = 0;
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start);
    const content = text.slice(start, end < 0 ? text.length : end);
    start = end < 0 ? text.length : end + 1;
    line += 1;
    if (content.trim() !== '') yield { ...readLine(content, name, line), line };
  }
}

function readLine(content: string, name: string, line: number): Omit<Line, 'line'> {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    throw problem(name, line, 'it is not JSON', 'one JSON object a line', 'a file cut off in the middle ends so');
  }
  if (typeof value !== 'object' || value === null) throw problem(name, line, 'it is no object', 'one JSON object a line');
  const { recorded_at: recordedAt, path, data } = value as Record<string, unknown>;
  const at = typeof recordedAt === 'string' ? instantOfRfc3339(recordedAt) : undefined;
  if (at === undefined) throw problem(name, line, 'its recorded_at is no time', 'RFC 3339, such as "2024-06-30T19:16:07Z"');
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    throw problem(name, line, 'its data is no object', 'what was answered then: the body of https://gdmf.apple.com/v2/pmv, or of a feed');
  return { at, data: data as Record<string, unknown>, ...(typeof path === 'string' ? { path } : {}) };
}

function problem(name: string, line: number, what: string, expected: string, fix?: string): HistoryError {
  return new HistoryError(`${name}:${line}: ${what}. Expected: ${expected}.${fix === undefined ? '' : ` (${fix})`}`);
}
