import type { FeedAnswer } from '../../feeds/feed.ts';
import type { SofaFeed } from '../../feeds/sofa.ts';
import { ERROR, PLATFORM } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import { emptySeverities, foldSofa, foldSofaUnchanged } from '../../releases/severity.ts';
import { parseSofa } from '../../releases/sofa.ts';
import type { Clock, Random } from '../../runtime.ts';
import type { FeedMemory, Store } from '../../store/store.ts';
import type { Instant } from '../../time/local.ts';
import { type Jobs, unwatchedJobs } from '../jobs.ts';
import type { Standing } from '../standing.ts';
import { mayAsk, memoryOf, noteAsked, retryMs, takeBackAsked } from './feed-budget.ts';
import type { SeverityKeeper } from './severity-keeper.ts';

/** Reads SOFA's feeds by itself, each when it is its time. No outage and no doubtful answer changes what is held. */
export interface ReadSofa {
  /** Begins; doesn't wait for the first answers. */
  start(): Promise<void>;
  /** Reads no more; resolves when the round under way is over. */
  stop(): Promise<void>;
  /** Reads the feeds that are due, and resolves to when the next one is (epoch ms). */
  readDue(): Promise<Instant>;
}

export interface ReadSofaOptions {
  feeds: readonly SofaFeed[];
  store: Store;
  standing: Standing;
  keeper: SeverityKeeper;
  clock: Clock;
  random: Random;
  log: Logger;
  /** Between reads of one feed, in ms; a failed one is tried again at the latest after that. */
  everyMs: number;
  jobs?: Pick<Jobs, 'run'>;
}

const TIMER = 'sofa';
/** After an error of our own, such as a store that can't be written. */
const RETRY_MS = 15 * 60_000;

export function createReadSofa(options: ReadSofaOptions): ReadSofa {
  const { feeds, store, standing, keeper, clock, random, log, everyMs, jobs = unwatchedJobs } = options;
  const memories = new Map<string, FeedMemory>();
  const nextAt = new Map<string, Instant>();
  const failures = new Map<string, number>();
  let reading: Promise<unknown> | undefined;
  let stopped = false;

  async function load(): Promise<void> {
    if (nextAt.size > 0) return;
    const kept = (await store.loadSite()).sofaFeeds ?? [];
    const now = clock.now();
    for (const { feed } of feeds) {
      const memory = memoryOf(
        feed,
        kept.find(({ source }) => source === feed.name),
      );
      memories.set(feed.name, memory);
      // A restart asks nobody anew who was asked not long ago.
      const lastAt = memory.askedAt.at(-1);
      nextAt.set(feed.name, lastAt === undefined ? now : Math.min(lastAt + everyMs, now + everyMs));
    }
  }

  async function remember(memory: FeedMemory): Promise<void> {
    memories.set(memory.source, memory);
    await store.saveSite({ sofaFeeds: [...memories.values()] });
  }

  async function readOne({ platform, feed }: SofaFeed): Promise<void> {
    const before = memories.get(feed.name) ?? memoryOf(feed, undefined);
    const at = clock.now();
    const permission = mayAsk(feed, before, at);
    if (permission.because !== 'free') {
      nextAt.set(feed.name, permission.at);
      return;
    }
    const { notBefore: _over, ...rest } = before;
    const asked = feed.readsPerDayMax === undefined ? rest : noteAsked(rest, at);
    if (feed.readsPerDayMax !== undefined) await remember(asked);
    const isHeld = standing.severitiesTold?.platforms.some((one) => one.platform === platform) === true;
    const answer = await feed.read(isHeld ? asked.etag : undefined);
    const problem = answer.kind === 'outage' ? answer : await take(platform, asked, answer);
    failures.set(feed.name, problem === undefined ? 0 : (failures.get(feed.name) ?? 0) + 1);
    const now = clock.now();
    if (problem === undefined) {
      nextAt.set(feed.name, now + Math.round(everyMs * (0.95 + random.next() / 10)));
      return;
    }
    const { message, retryAfterMs = 0, isUnreached = false } = problem;
    // Said once: a folder of v1 has no feed of tvOS, and never will.
    if (failures.get(feed.name) === 1) log.warn({ [PLATFORM]: platform, [ERROR]: message }, 'SOFA could not be read; what is known stays');
    const noted = isUnreached ? takeBackAsked(asked, at) : asked;
    const memory = retryAfterMs > 0 ? { ...noted, notBefore: now + retryAfterMs } : noted;
    await remember(memory);
    const wait = Math.max(retryAfterMs, retryMs(failures.get(feed.name) ?? 1, isUnreached, everyMs));
    nextAt.set(feed.name, Math.max(now + wait, mayAsk(feed, memory, now).at));
  }

  /** What an answer changes; an outage when it is no feed at all, or no time to judge it by. */
  async function take(
    platform: SofaFeed['platform'],
    asked: FeedMemory,
    answer: FeedAnswer & { kind: 'answer' | 'not-modified' },
  ): Promise<(FeedAnswer & { kind: 'outage' }) | undefined> {
    if (standing.clockSuspect !== undefined) return { kind: 'outage', message: `the clock is in doubt: ${standing.clockSuspect}` };
    const held = standing.severitiesTold ?? emptySeverities();
    if (answer.kind === 'not-modified') {
      await keeper.apply(foldSofaUnchanged(held, platform, clock.now()));
      return undefined;
    }
    const parsed = parseSofa(answer.body, platform);
    if (!parsed.ok) return { kind: 'outage', message: parsed.detail };
    await keeper.apply(foldSofa(held, parsed.answer, clock.now()));
    // After what it says is held: with the new etag and the old severities it would never be asked for again.
    const { etag: _old, ...rest } = asked;
    if (asked.etag !== answer.etag) await remember(answer.etag === undefined ? rest : { ...rest, etag: answer.etag });
    return undefined;
  }

  async function readDue(): Promise<Instant> {
    await load();
    for (const one of feeds) {
      if (!stopped && (nextAt.get(one.feed.name) ?? 0) <= clock.now()) await readOne(one);
    }
    await keeper.watch(Math.min(clock.now(), ...[...memories.values()].flatMap(({ askedAt }) => askedAt)));
    return Math.min(...nextAt.values());
  }

  async function round(): Promise<void> {
    let next = clock.now() + RETRY_MS;
    try {
      next = await jobs.run('sofa', readDue);
    } catch (error) {
      log.error({ [ERROR]: error }, 'reading SOFA failed; trying again');
    }
    if (!stopped) clock.at(Math.max(next, clock.now() + 1_000), TIMER, begin);
  }

  function begin(): void {
    reading = round();
  }

  return {
    async start() {
      if (feeds.length > 0) begin();
    },
    async stop() {
      stopped = true;
      clock.cancel(TIMER);
      await reading;
    },
    readDue,
  };
}
