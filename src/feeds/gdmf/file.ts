import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Clock } from '../../runtime.ts';
import type { FeedAnswer, ReleaseFeed } from '../feed.ts';
import { FEED_BODY_BYTES_MAX } from '../feed.ts';

/**
 * Answers of the lookup service from a file that something else puts there (a site without internet, tests).
 * The file is read each time; its etag is a hash of its content. A file has no clock of its own, so there is no `date`.
 */
export function createGdmfFileFeed(path: string, clock: Pick<Clock, 'now'>): ReleaseFeed {
  return {
    name: path,
    async read(etag) {
      try {
        const body = await readBounded(path);
        if (body === undefined) return { kind: 'outage', message: `${path} is larger than ${FEED_BODY_BYTES_MAX} bytes.` };
        const at = clock.now();
        const current = `"${createHash('sha256').update(body).digest('hex')}"`;
        if (current === etag) return { kind: 'not-modified', at };
        return { kind: 'answer', body: new TextDecoder().decode(body), etag: current, at };
      } catch (error) {
        return outage(error);
      }
    },
  };
}

/** Undefined when the file is too large. Reads one byte more than allowed, so a file that grows meanwhile is caught too. */
async function readBounded(path: string): Promise<Uint8Array | undefined> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size > FEED_BODY_BYTES_MAX) return undefined;
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of file.createReadStream({ end: FEED_BODY_BYTES_MAX, autoClose: false })) {
      chunks.push(chunk);
      length += chunk.length;
    }
    return length > FEED_BODY_BYTES_MAX ? undefined : Buffer.concat(chunks);
  } finally {
    await file.close();
  }
}

function outage(error: unknown): FeedAnswer {
  return { kind: 'outage', message: error instanceof Error ? error.message : String(error) };
}
