import type { FeedAnswer, ReleaseFeed } from '../../feeds/feed.ts';
import { ERROR } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import { emptyCatalogue, foldAnswer, foldUnchanged } from '../../releases/catalogue.ts';
import { parsePmv } from '../../releases/pmv.ts';
import type { Clock } from '../../runtime.ts';
import type { FeedMemory, Store } from '../../store/store.ts';
import type { Instant } from '../../time/local.ts';
import type { Alerts } from '../alerts.ts';
import type { Standing } from '../standing.ts';
import type { CatalogueKeeper } from './catalogue-keeper.ts';
import type { ClockJudge } from './clock-judge.ts';
import { mayAsk, memoryOf, noteAsked, type Permission, retryMs, takeBackAsked } from './feed-budget.ts';

export type ReadOutcome =
  /** Apple was asked; `doubtful`: what it said is held back (rule 3). */
  | { kind: 'read'; result: 'changed' | 'unchanged' | 'doubtful' }
  /** No data. What is known stays in force. */
  | { kind: 'failed'; message: string; nextAt: Instant }
  /** Not asked: it has been asked enough, or wants to be left alone (rule 6). */
  | { kind: 'refused'; because: Exclude<Permission['because'], 'free'>; nextAt: Instant };

export interface ReadReleases {
  /** The source's name; holds no credential. */
  readonly source: string;
  /** Reads once, if it may be asked, and folds what it said. */
  read(): Promise<ReadOutcome>;
  /** When it is to be read next of itself, a read every `everyMs`: at once while nothing was ever read. */
  dueAt(everyMs: number): Promise<Instant>;
}

export interface ReadReleasesOptions {
  feed: ReleaseFeed;
  store: Store;
  standing: Standing;
  keeper: CatalogueKeeper;
  clock: Pick<Clock, 'now'>;
  log: Logger;
  alerts: Alerts;
  clockJudge: ClockJudge;
  /** Between reads of themselves; a failed one is tried again at the latest after that. */
  everyMs: number;
}

export function createReadReleases(options: ReadReleasesOptions): ReadReleases {
  const { feed, store, standing, keeper, clock, log, alerts, clockJudge, everyMs } = options;
  let memory: FeedMemory | undefined;
  let failures = 0;

  async function remembered(): Promise<FeedMemory> {
    memory ??= memoryOf(feed, (await store.loadSite()).feed);
    return memory;
  }

  async function remember(change: FeedMemory): Promise<void> {
    if (JSON.stringify(change) === JSON.stringify(memory)) return;
    memory = change;
    await store.saveSite({ feed: change });
  }

  /** What is imported in between makes the etag void; so it is looked up with each read. */
  async function read(): Promise<ReadOutcome> {
    memory = undefined;
    const before = await remembered();
    const at = clock.now();
    const permission = mayAsk(feed, before, at);
    if (permission.because !== 'free') return { kind: 'refused', because: permission.because, nextAt: permission.at };
    const { notBefore: _over, ...asked } = feed.readsPerDayMax === undefined ? before : noteAsked(before, at);
    await remember(asked);
    const answer = await feed.read(standing.catalogue === undefined ? undefined : asked.etag);
    if (answer.kind === 'outage') return failed(asked, answer, at);
    await alerts.clear('releases-outage');
    if (answer.date !== undefined) await clockJudge.compare(answer.date);
    // First seen, expired, gone since: all of it would be told by a clock that is wrong.
    if (standing.clockSuspect !== undefined) {
      const now = clock.now();
      failures += 1;
      return {
        kind: 'failed',
        message: `the clock is in doubt: ${standing.clockSuspect}`,
        nextAt: Math.max(now + retryMs(failures, false, everyMs), mayAsk(feed, asked, now).at),
      };
    }
    return answer.kind === 'not-modified' ? unchanged() : told(asked, answer);
  }

  async function failed(asked: FeedMemory, answer: FeedAnswer & { kind: 'outage' }, at: Instant): Promise<ReadOutcome> {
    failures += 1;
    const { message, retryAfterMs = 0, isUnreached = false } = answer;
    log.warn({ [ERROR]: message }, 'releases could not be read; what is known stays');
    await alerts.raise('releases-outage', 'Apple’s releases could not be read; what is known stays in force.', { message });
    const now = clock.now();
    const memory = isUnreached ? takeBackAsked(asked, at) : asked;
    const noted = retryAfterMs > 0 ? { ...memory, notBefore: now + retryAfterMs } : memory;
    await remember(noted);
    const wait = Math.max(retryAfterMs, retryMs(failures, isUnreached, everyMs));
    return { kind: 'failed', message, nextAt: Math.max(now + wait, mayAsk(feed, noted, now).at) };
  }

  /** It stands by its last good answer, whatever it may have said in between. */
  async function unchanged(): Promise<ReadOutcome> {
    failures = 0;
    await alerts.clear('releases-unreadable');
    // Only asked for conditionally while there is a catalogue.
    if (standing.catalogue === undefined) return { kind: 'read', result: 'unchanged' };
    return resultOf(await keeper.apply(foldUnchanged(standing.catalogue, clock.now())));
  }

  async function told(asked: FeedMemory, { body, etag }: FeedAnswer & { kind: 'answer' }): Promise<ReadOutcome> {
    const parsed = parsePmv(body);
    if (!parsed.ok) {
      failures += 1;
      await alerts.raise('releases-unreadable', 'The releases source answered something that is no release list; what is known stays.', {
        detail: parsed.detail,
      });
      const now = clock.now();
      const nextAt = Math.max(now + retryMs(failures, false, everyMs), mayAsk(feed, asked, now).at);
      return { kind: 'failed', message: parsed.detail, nextAt };
    }
    failures = 0;
    await alerts.clear('releases-unreadable');
    const isChanged = await keeper.apply(foldAnswer(standing.catalogue ?? emptyCatalogue(), parsed.answer, clock.now()));
    // After the catalogue: with the new etag and the old catalogue, what it said would never be asked for again.
    const { etag: _old, ...rest } = asked;
    await remember(etag === undefined ? rest : { ...rest, etag });
    return resultOf(isChanged);
  }

  function resultOf(isChanged: boolean): ReadOutcome {
    if (standing.catalogue?.doubt) return { kind: 'read', result: 'doubtful' };
    return { kind: 'read', result: isChanged ? 'changed' : 'unchanged' };
  }

  return {
    source: feed.name,
    read: () => keeper.inTurn(read),
    async dueAt(every) {
      const now = clock.now();
      const held = await remembered();
      const checkedAt = standing.catalogue?.lastCheckedAt ?? 0;
      const askedAt = held.askedAt.at(-1) ?? 0;
      // Asked in vain before the process ended: tried again as if it had gone on.
      const due = askedAt > checkedAt ? askedAt + retryMs(1, false, every) : checkedAt + every;
      return Math.max(standing.catalogue === undefined ? now : Math.min(due, now + every), mayAsk(feed, held, now).at);
    },
  };
}
