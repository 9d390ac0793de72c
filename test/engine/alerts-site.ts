import { createAlerting } from '../../src/engine/alerting/alerting.ts';
import { AlertMessage } from '../../src/engine/alerting/message.ts';
import { ID_HEADER } from '../../src/engine/alerting/send.ts';
import type { AlertSettings, AlertTarget } from '../../src/engine/alerting/target.types.ts';
import type { Logger } from '../../src/logger.ts';
import type { Clock, FetchAnswer, FetchInit } from '../../src/runtime.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { Store } from '../../src/store/store.ts';
import { createIncarnation, type Incarnation, mortalStore } from '../fleet/incarnation.ts';
import { NOON } from '../store/builders.ts';

/** Alerts and their targets over a store in memory, in virtual time; what targets got is kept, and what they answer is told to them. */

export const OPS: AlertTarget = {
  ...{ name: 'ops', form: 'webhook', url: 'https://alerts.example/hook?token=hidden-in-the-query', secret: 'secret-of-ops-0123456789' },
  tell: 'both',
};
export const CHAT: AlertTarget = { name: 'chat', form: 'slack', url: 'https://hooks.slack.example/services/T0/B0/hidden', tell: 'both' };

/** One request to a target. */
export interface Got {
  at: number;
  target: string;
  id: string;
  headers: Record<string, string>;
  body: string;
}

export type Answer = number | Error | { status: number; headers?: Record<string, string>; text?: string } | 'never';

export function createAlertsSite({
  targets = [OPS],
  at = NOON,
  digest,
}: { targets?: AlertTarget[]; at?: number } & Partial<AlertSettings> = {}) {
  let now = at;
  let isDoubted = false;
  const timers = new Map<string, { at: number; run: () => void }>();
  const store = openSqliteStore({ file: ':memory:', clock: { turn } });
  const got: Got[] = [];
  const lines: { level: string; fields: unknown; message: string }[] = [];
  /** By the name of the target; 200 unless told otherwise. */
  const answers = new Map<string, (got: Got) => Answer>();
  let uuids = 0;
  let wrap = (real: Store): Store => real;
  const note = (level: string) => (fields: unknown, message: string) => void lines.push({ level, fields, message });
  const log: Logger = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };

  async function fetch(url: string, { headers = {}, body }: FetchInit = {}): Promise<FetchAnswer> {
    const target = targets.find((each) => each.url === url)?.name ?? url;
    const request = { at: now, target, id: headers[ID_HEADER] ?? '', headers, body: String(body) };
    got.push(request);
    const answer = answers.get(target)?.(request) ?? 200;
    if (answer === 'never') return new Promise(() => undefined);
    if (answer instanceof Error) throw answer;
    const { status, headers: told = {}, text = '' } = typeof answer === 'number' ? { status: answer } : answer;
    return { status, headers: { get: (name) => told[name] ?? null }, text: async () => text, arrayBuffer: async () => new ArrayBuffer() };
  }

  function begin(): { life: Incarnation; alerting: ReturnType<typeof createAlerting> } {
    const life = createIncarnation(1, () => timers.clear());
    const clock: Clock = {
      now: () => now,
      at: (instant, key, run) => void (life.isOver || timers.set(key, { at: instant, run })),
      cancel: (key) => void timers.delete(key),
      turn,
    };
    const alerting = createAlerting({
      ...{ store: mortalStore(wrap(store), life), clock, log, version: '1.2.3' },
      ids: { uuid: () => `id-${++uuids}` },
      random: { next: () => 0.5 },
      fetch: (url, init) => life.call('fetch', () => fetch(url, init)),
      settings: { to: targets, digest: digest ?? { at: '08:00', timeZone: 'Europe/Berlin' } },
      isClockDoubted: () => isDoubted,
    });
    return { life, alerting };
  }

  let present = begin();
  const site = {
    store,
    got,
    lines,
    answers,
    get alerting() {
      return present.alerting;
    },
    get life() {
      return present.life;
    },
    now: () => now,
    doubt: (doubted: boolean) => {
      isDoubted = doubted;
    },
    /** Over the store of the next life. */
    breakStore: (how: (store: Store) => Store) => {
      wrap = how;
    },
    settle,
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
    /** The process is gone at once; another one begins. */
    async restart(): Promise<void> {
      present.life.end();
      timers.clear();
      present = begin();
      await present.alerting.start();
      await settle();
    },
    /** What a target got that it took, as messages; of Slack only the text. */
    told: (name = 'ops') => got.filter(({ target }) => target === name).map(({ body }) => tellingOf(body)),
    messages: (name = 'ops') => got.filter(({ target }) => target === name).map(({ body }) => AlertMessage.parse(JSON.parse(body))),
  };
  return site;
}

export type AlertsSite = ReturnType<typeof createAlertsSite>;

/** "raised held" */
function tellingOf(body: string): string {
  const value = JSON.parse(body) as { text?: string };
  if (value.text !== undefined) return value.text;
  const message = AlertMessage.parse(value);
  switch (message.event) {
    case 'raised':
    case 'resolved':
      return `${message.event} ${message.alert.key}`;
    case 'digest':
      return `digest ${message.day}: ${message.raised.map(({ key }) => key).join(', ')}; over: ${message.over.map(({ key }) => key).join(', ')}`;
    case 'dropped':
      return `dropped ${message.count}`;
    case 'test':
      return `test by ${message.by}`;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Everything that does not wait for time has happened. */
async function settle(): Promise<void> {
  for (let round = 0; round < 10; round++) await turn();
}
