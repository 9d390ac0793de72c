import { createAlerts } from '../../src/engine/alerts.ts';
import { openForwarding } from '../../src/engine/forward/forwarding.ts';
import { FORWARD_DEFAULTS, type ForwardTarget } from '../../src/engine/forward/target.types.ts';
import type { ReceiveResult } from '../../src/engine/receive/receive-webhook.ts';
import type { Logger } from '../../src/logger.ts';
import { createSeal } from '../../src/runtime/seal.ts';
import type { Clock, FetchAnswer, FetchInit } from '../../src/runtime.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { Store } from '../../src/store/store.ts';
import { createIncarnation, mortalStore } from '../fleet/incarnation.ts';
import { NOON } from '../store/builders.ts';

/** Webhooks that are sent on, over a store in memory, in virtual time; what targets got is kept, and what they answer is told to them. */

export const target = (name: string, more: Partial<ForwardTarget> = {}): ForwardTarget => ({
  ...{ name, url: `http://${name}.example/webhook`, limits: FORWARD_DEFAULTS },
  ...more,
});

/** One request to a target. */
export interface Got {
  at: number;
  target: string;
  headers: Record<string, string>;
  body: Uint8Array;
  /** What it answered. */
  answer: ForwardAnswer;
}

export type ForwardAnswer = number | Error | { status: number; headers?: Record<string, string>; text?: string } | 'never';

export const KEY = new Uint8Array(32).fill(7);

interface SiteOptions {
  targets?: ForwardTarget[];
  spoolKey?: Uint8Array;
}

export async function createForwardSite(options: SiteOptions = {}) {
  let now = NOON;
  let chance = 0;
  const timers = new Map<string, { at: number; run: () => void }>();
  const store = openSqliteStore({ file: ':memory:', clock: { turn } });
  const got: Got[] = [];
  const lines: { level: string; fields: unknown; message: string }[] = [];
  const results: string[] = [];
  /** By the name of the target; 200 unless told otherwise. */
  const answers = new Map<string, (got: Omit<Got, 'answer'>) => ForwardAnswer>();
  let received: ReceiveResult | undefined;
  const note = (level: string) => (fields: unknown, message: string) => void lines.push({ level, fields, message });
  const log: Logger = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
  let wrap = (real: Store): Store => real;

  async function fetch(url: string, { headers = {}, body }: FetchInit = {}): Promise<FetchAnswer> {
    const request = { at: now, target: new URL(url).hostname.replace('.example', ''), headers, body: Uint8Array.from(body as Uint8Array) };
    const answer = answers.get(request.target)?.(request) ?? 200;
    got.push({ ...request, answer });
    if (answer === 'never') return new Promise(() => undefined);
    if (answer instanceof Error) throw answer;
    const { status, headers: told = {}, text = '' } = typeof answer === 'number' ? { status: answer } : answer;
    return { status, headers: { get: (name) => told[name] ?? null }, text: async () => text, arrayBuffer: async () => new ArrayBuffer() };
  }

  async function begin({ targets = [target('one'), target('two')], spoolKey }: SiteOptions) {
    const life = createIncarnation(1, () => timers.clear());
    const clock: Clock = {
      now: () => now,
      at: (instant, key, run) => void (life.isOver || timers.set(key, { at: instant, run })),
      cancel: (key) => void timers.delete(key),
      turn,
    };
    const mine = mortalStore(wrap(store), life);
    const alerts = createAlerts(mine, clock, log);
    const forwarding = await openForwarding({
      ...{ store: mine, clock, log, alerts, version: '1.2.3' },
      random: { next: () => chance },
      fetch: (url, init) => life.call('fetch', () => fetch(url, init)),
      settings: { to: targets, isSpooled: spoolKey !== undefined },
      ...(spoolKey === undefined ? {} : { seal: createSeal(spoolKey) }),
      onForwarded: (name, result, events) => void (events > 0 && results.push(...Array(events).fill(`${name} ${result}`))),
    });
    const receive = forwarding.after(async () => received ?? { kind: 'committed', topic: 'mdm.Connect' });
    return { life, forwarding, receive };
  }

  let present = await begin(options);
  await present.forwarding.start();

  return {
    store,
    got,
    lines,
    results,
    answers,
    settle,
    now: () => now,
    get forwarding() {
      return present.forwarding;
    },
    setChance: (value: number) => {
      chance = value;
    },
    /** Over the store of the next life. */
    breakStore: (how: (store: Store) => Store) => {
      wrap = how;
    },
    /** A webhook comes in; resolves when it is answered. */
    async hear(body: string | Uint8Array, { result, headers = {} }: { result?: ReceiveResult; headers?: Record<string, string> } = {}) {
      received = result;
      const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
      return present.receive(bytes, { 'Content-Type': 'application/json; charset=utf-8', ...headers });
    },
    /** Lets time pass, with all that is due in between. */
    async pass(ms: number): Promise<void> {
      const until = now + ms;
      await settle();
      for (;;) {
        const [next] = [...timers].sort(([, a], [, b]) => a.at - b.at);
        if (next === undefined || next[1].at > until) break;
        const [key, { at: due, run }] = next;
        timers.delete(key);
        now = Math.max(now, due);
        run();
        await settle();
      }
      now = until;
    },
    /** The process is gone at once. */
    kill: () => {
      present.life.end();
      timers.clear();
    },
    async restart(changed: SiteOptions = options): Promise<void> {
      present.life.end();
      timers.clear();
      present = await begin(changed);
      await present.forwarding.start();
      await settle();
    },
    /** What a target took, in order, as text. */
    taken: (name: string) =>
      got.filter((each) => each.target === name && each.answer === 200).map(({ body }) => new TextDecoder().decode(body)),
    alerts: async () => (await store.listAlerts()).map(({ key }) => key).sort(),
  };
}

export type ForwardSite = Awaited<ReturnType<typeof createForwardSite>>;

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Everything that does not wait for time has happened. */
async function settle(): Promise<void> {
  for (let round = 0; round < 12; round++) await turn();
}
