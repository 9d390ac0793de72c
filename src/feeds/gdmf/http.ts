import type { Clock, Fetch, FetchAnswer } from '../../runtime.ts';
import type { Instant } from '../../time/local.ts';
import { DAY_MS } from '../../time/local.ts';
import type { FeedAnswer, FeedReach, ReleaseFeed } from '../feed.ts';
import { FEED_BODY_BYTES_MAX } from '../feed.ts';

export interface GdmfHttpOptions {
  /** `https://gdmf.apple.com/v2/pmv` or a mirror of it. */
  url: string;
  /**
   * Apple's server chains to Apple Root CA, which public trust stores don't hold: a Fetch that pins it is given here.
   * When and how often to read is the scheduler's business.
   */
  fetch: Fetch;
  clock: Pick<Clock, 'now'>;
  /** For the whole request, in milliseconds. */
  timeoutMs?: number;
  userAgent?: string;
  /** How often its owner may be asked in 24 hours. */
  readsPerDayMax?: number;
}

const TIMEOUT_MS = 45_000;
/** A person waits. */
const REACH_TIMEOUT_MS = 10_000;
/** A longer Retry-After counts as this: it would silence the feed by one header. */
const RETRY_AFTER_MAX_MS = 7 * DAY_MS;

/**
 * Answers of the lookup service (or any one JSON document, as a feed of SOFA is) over HTTP, conditional by ETag, or by Last-Modified where a mirror has no ETag. Every status but 200 and 304 is an outage, not data (rule 6).
 */
export function createGdmfHttpFeed({
  url,
  fetch,
  clock,
  timeoutMs = TIMEOUT_MS,
  userAgent = 'ratchet',
  readsPerDayMax,
}: GdmfHttpOptions): ReleaseFeed {
  return {
    name: nameOf(url),
    tellsTime: true,
    ...(readsPerDayMax === undefined ? {} : { readsPerDayMax }),
    async reach(): Promise<FeedReach> {
      try {
        const { status, headers } = await fetch(url, { method: 'HEAD', headers: { 'User-Agent': userAgent }, timeoutMs: REACH_TIMEOUT_MS });
        const date = instantIn(headers.get('Date'));
        // 405: it takes GET alone, and that is no matter here.
        if (status === 200 || status === 405) return { kind: 'reached', ...(date === undefined ? {} : { date }), at: clock.now() };
        return { kind: 'outage', message: `The server answered ${status}.`, isUnreached: false };
      } catch (error) {
        return { kind: 'outage', message: error instanceof Error ? error.message : String(error), isUnreached: true };
      }
    },
    async read(etag) {
      const headers = { Accept: 'application/json', 'User-Agent': userAgent, ...conditionOf(etag) };
      let answer: FetchAnswer | undefined;
      try {
        answer = await fetch(url, { headers, timeoutMs });
        return await read(answer, clock, etag !== undefined);
      } catch (error) {
        const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        // Who did not answer in time may have been asked all the same.
        const isUnreached = answer === undefined && !(error instanceof Error && error.name === 'TimeoutError');
        return { kind: 'outage', message, ...(isUnreached ? { isUnreached } : {}) };
      }
    },
  };
}

async function read(answer: FetchAnswer, clock: Pick<Clock, 'now'>, isConditional: boolean): Promise<FeedAnswer> {
  const date = instantIn(answer.headers.get('Date'));
  if (answer.status === 304 && isConditional) return { kind: 'not-modified', date, at: clock.now() };
  if (answer.status !== 200) {
    return {
      kind: 'outage',
      message: `The server answered ${answer.status}.`,
      retryAfterMs: retryAfterMs(answer.headers.get('Retry-After'), date ?? clock.now()),
    };
  }
  const tooLarge: FeedAnswer = { kind: 'outage', message: `The answer is larger than ${FEED_BODY_BYTES_MAX} bytes.` };
  // Told sizes are refused before the body is read; untold ones after, the Fetch port having no stream.
  if (Number(answer.headers.get('Content-Length')) > FEED_BODY_BYTES_MAX) return tooLarge;
  const bytes = await answer.arrayBuffer();
  if (bytes.byteLength > FEED_BODY_BYTES_MAX) return tooLarge;
  const etag = answer.headers.get('ETag')?.trim() || lastModifiedOf(answer);
  return { kind: 'answer', body: new TextDecoder().decode(bytes), etag, date, at: clock.now() };
}

function conditionOf(etag: string | undefined): Record<string, string> {
  if (etag === undefined) return {};
  return HTTP_DATE.test(etag) ? { 'If-Modified-Since': etag } : { 'If-None-Match': etag };
}

/** As it came: the server compares it with its own. An ETag is in quotes, so the two can't be taken for each other. */
function lastModifiedOf(answer: FetchAnswer): string | undefined {
  const text = answer.headers.get('Last-Modified')?.trim() ?? '';
  return HTTP_DATE.test(text) ? text : undefined;
}

/** Seconds, or an HTTP date that counts from the server's own clock. */
function retryAfterMs(value: string | null, serverNow: Instant): number | undefined {
  const text = value?.trim() ?? '';
  const until = /^\d+$/.test(text) ? serverNow + Number(text) * 1000 : instantIn(text);
  if (until === undefined) return undefined;
  return Math.min(Math.max(until - serverNow, 0), RETRY_AFTER_MAX_MS);
}

/** The one form of date HTTP allows to be sent; `Date.parse` alone would read "-5" as one. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

function instantIn(header: string | null): Instant | undefined {
  const text = header?.trim() ?? '';
  const instant = HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(instant) ? undefined : instant;
}

/** Without user, password and query, which may hold a mirror's credential. */
function nameOf(url: string): string {
  try {
    const { origin, pathname } = new URL(url);
    return origin + pathname;
  } catch {
    return 'gdmf';
  }
}
