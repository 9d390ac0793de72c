import { COUNT, ERROR } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import type { Seal } from '../../runtime.ts';
import type { Store } from '../../store/store.ts';
import type { ForwardedEvent } from './target.types.ts';

/** What waits for targets, on disk as well, encrypted. */
export interface Spool {
  /** What an earlier process left, oldest first, with the targets that each waits for. Rejects with SpoolKeyError. */
  load(): Promise<{ event: ForwardedEvent; targets: string[] }[]>;
  /** Resolves to the event as it is kept, once it is on disk; to the event as it was when it can't be. */
  keep(event: ForwardedEvent, targets: readonly string[]): Promise<ForwardedEvent>;
  /** These are done with for that target. Written beside what goes on. */
  forget(events: readonly ForwardedEvent[], target: string): void;
  /** Resolves when everything forgotten is off the disk, or can't be taken off it. */
  idle(): Promise<void>;
}

/** The key does not open what is spooled: who starts with it must say what is to become of that. */
export class SpoolKeyError extends Error {
  override name = 'SpoolKeyError';
}

const PAGE = 200;
/** Of one write. */
const FORGET_MAX = 500;

export function createSpool(store: Store, seal: Seal, log: Logger): Spool {
  let gone: { seq: number; target: string }[] = [];
  let writing: Promise<void> | undefined;

  async function forgetAll(): Promise<void> {
    while (gone.length > 0) {
      const batch = gone.slice(0, FORGET_MAX);
      try {
        await store.removeFromSpool(batch);
        gone = gone.slice(batch.length);
      } catch (error) {
        // They go with the next that is forgotten; a restart until then sends them again.
        log.error({ [ERROR]: error, [COUNT]: gone.length }, 'webhooks that were sent on could not be taken off the spool');
        return;
      }
    }
  }

  return {
    async load() {
      const all: { event: ForwardedEvent; targets: string[] }[] = [];
      for (let after = 0; ; ) {
        const page = await store.listSpool(after, PAGE);
        for (const { seq, sealed, targets } of page) {
          const opened = seal.open(sealed);
          if (opened === undefined) throw new SpoolKeyError(WRONG_KEY);
          all.push({ event: { ...unpack(opened), seq }, targets });
          after = seq;
        }
        if (page.length < PAGE) return all;
      }
    },
    async keep(event, targets) {
      try {
        return { ...event, seq: await store.addToSpool(seal.seal(pack(event)), targets) };
      } catch (error) {
        log.error({ [ERROR]: error }, 'a webhook to be sent on could not be spooled; it is in memory alone');
        return event;
      }
    },
    forget(events, target) {
      for (const { seq } of events) if (seq !== undefined) gone.push({ seq, target });
      if (gone.length > 0)
        writing ??= forgetAll().finally(() => {
          writing = undefined;
        });
    },
    async idle() {
      await writing;
    },
  };
}

const WRONG_KEY =
  'webhooks wait in the spool, and the key of --forward-spool-key does not open them. ' +
  'Set the key that they were written with; or, when it is lost, start once without "spool: encrypted" in forward:, which throws them away';

/** Length of the head, the head as JSON, the body as it came. */
function pack({ receivedAt, topic, headers, body }: ForwardedEvent): Uint8Array {
  const head = Buffer.from(JSON.stringify({ receivedAt, topic, headers }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.byteLength);
  return Buffer.concat([length, head, body]);
}

function unpack(bytes: Uint8Array): ForwardedEvent {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bodyAt = 4 + all.readUInt32BE(0);
  return { ...(JSON.parse(all.subarray(4, bodyAt).toString('utf8')) as Omit<ForwardedEvent, 'body'>), body: all.subarray(bodyAt) };
}
