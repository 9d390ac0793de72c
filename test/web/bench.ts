import { createHash } from 'node:crypto';
import { build, type PlistValue } from 'plist';
import { type AppSettings, createRatchet, type Ports, type Ratchet } from '../../src/app.ts';
import { sign } from '../../src/hosts/body-signature.ts';
import { hostCapabilities } from '../../src/hosts/capabilities.ts';
import type { Host } from '../../src/hosts/host.ts';
import { nanoMdmWire } from '../../src/hosts/nanomdm/wire.ts';
import { PATH } from '../../src/log-keys.ts';
import { type Logger, silentLogger } from '../../src/logger.ts';
import type { PolicySet } from '../../src/policy/policy.types.ts';
import { parsePlist } from '../../src/runtime/parse-plist.ts';
import type { Clock } from '../../src/runtime.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { Store } from '../../src/store/store.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { lookupAnswer } from '../e2e/releases.ts';

/** The whole app in process over a store in memory, a host that takes everything, and a clock that stands. */

export const NOW = Date.UTC(2026, 10, 20, 12);
export const WEBHOOK_KEY = 'key of the webhook';
export const DM_KEY = 'key of -dm requests';
export const DM_ANSWER_KEY = 'key of -dm answers';
export const API_PASSWORD = 'password of the API';

export interface WebBench {
  ratchet: Ratchet;
  store: Store;
  /** Commands the host was given, by enrollment id and request type. */
  enqueued: string[];
  /** Messages logged as errors. */
  errors: string[];
  /** Messages logged as warnings, with the path they are about. */
  warnings: string[];
  /** Moves the clock. */
  setNow(now: number): void;
  /** Everything that follows from what was sent so far has happened. */
  settle(): Promise<void>;
  /** POST /webhook, signed unless the headers say otherwise. */
  webhook(body: string | Uint8Array, headers?: Record<string, string | undefined>): Promise<Response>;
  /** A request of the host's -dm hook, signed unless the headers say otherwise. */
  dm(path: string, headers?: Record<string, string | undefined>, init?: { method?: string; body?: string | Uint8Array }): Promise<Response>;
  /** A request to the API with the right password unless the headers say otherwise. */
  api(path: string, init?: RequestInit, headers?: Record<string, string | undefined>): Promise<Response>;
  /** Any request to the main listener, from an address. */
  ask(path: string, init?: RequestInit, address?: string): Promise<Response>;
  /** Enrolls a device that is behind and lets Ratchet send it its first commands. */
  enroll(udid: string): Promise<void>;
  close(): Promise<void>;
}

export interface WebOptions {
  webhook?: AppSettings['webhook'];
  api?: AppSettings['api'];
  ddm?: Partial<AppSettings['ddm']>;
  policies?: Partial<PolicySet>;
  acceptPlan?: string;
  publicUrl?: string;
  /** What stands behind the enrollment gate; without it there is none. */
  gate?: Ports['gate'];
  gateSettings?: AppSettings['gate'];
  alerts?: AppSettings['alerts'];
  forward?: AppSettings['forward'];
  /** What targets of alerts and of forward answer; none unless given. */
  fetch?: Ports['fetch'];
  /** What Apple's lookup service answers: the text of a list, made anew for each read. */
  lookup?(): string;
  /** Read at the start; none unless given. */
  sofa?: Ports['sofa'];
  meterProcess?: Ports['meterProcess'];
  /** Over the store of another one: names its commands otherwise. */
  life?: number;
  /** Changes what the store does. */
  breakStore?(store: Store): void;
  /** Opens another store than an empty one in memory. */
  openStore?(clock: Pick<Clock, 'turn'>): Store;
}

const POLICIES: PolicySet = {
  mode: 'enforce',
  timeZone: 'Europe/Berlin',
  noticeMs: DAY_MS,
  graceReturningMs: 2 * DAY_MS,
  graceNewEnrollmentMs: 3 * DAY_MS,
  hardStopMs: 7 * DAY_MS,
  dmAdopt: false,
  policies: [
    {
      name: 'everyone',
      match: {},
      target: { kind: 'latest' },
      due: { kind: 'days', days: 7, at: '18:00' },
      mode: 'enforce',
      paused: false,
    },
  ],
};

export async function createWebBench(options: WebOptions = {}): Promise<WebBench> {
  let now = NOW;
  // Without sign-in it answers on this machine's own names alone.
  const listener = options.api?.open ? 'http://127.0.0.1:9006' : 'http://ratchet:9006';
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const clock = { now: () => now, at: () => undefined, cancel: () => undefined, turn };
  const store = options.openStore?.(clock) ?? openSqliteStore({ file: ':memory:', clock });
  options.breakStore?.(store);
  const enqueued: string[] = [];
  const errors: string[] = [];
  const warnings: string[] = [];
  const log: Logger = {
    ...silentLogger,
    error: (_fields, message) => void errors.push(message),
    warn: ({ [PATH]: path }, message) => void warnings.push(path === undefined ? message : `${message} ${path}`),
  };
  const host: Host = {
    name: 'nobody',
    capabilities: hostCapabilities.nanomdm,
    async enqueue(id, _uuid, plist) {
      enqueued.push(`${id} ${/<key>RequestType<\/key>\s*<string>([^<]*)/.exec(plist)?.[1]}`);
      return { kind: 'queued' };
    },
    push: async () => ({ errors: new Map() }),
    probe: async () => ({ reachable: true }),
  };
  let uuids = 0;
  let secrets = 0;
  const body = JSON.stringify(lookupAnswer([{ version: '26.6.1', build: '23G80', devices: ['iPhone15,2'] }], NOW));
  const ratchet = await createRatchet(
    {
      clock: { ...clock, elapsed: clock.now },
      ids: {
        uuid: () => `${String(options.life ?? 0).padStart(8, '0')}-0000-4000-8000-${String(++uuids).padStart(12, '0')}`,
        secret: () => sha256(`secret ${options.life ?? 0} ${++secrets}`),
      },
      random: { next: () => 0.5 },
      fetch: options.fetch ?? (() => Promise.reject(new Error('nobody is asked'))),
      decodePlist: async (bytes) => parsePlist(bytes),
      store,
      host,
      wire: nanoMdmWire,
      ...(options.gate ? { gate: options.gate } : {}),
      ...(options.sofa ? { sofa: options.sofa } : {}),
      ...(options.meterProcess ? { meterProcess: options.meterProcess } : {}),
      feed: { name: 'apple', read: async () => ({ kind: 'answer', body: options.lookup?.() ?? body, etag: '"1"', at: now }) },
      log,
    },
    {
      version: '1.2.3',
      policies: { ...POLICIES, ...options.policies },
      policiesBy: 'ratchet.yaml',
      ...(options.publicUrl === undefined ? {} : { publicUrl: options.publicUrl }),
      ...(options.acceptPlan === undefined ? {} : { acceptPlan: options.acceptPlan }),
      ...(options.alerts === undefined ? {} : { alerts: options.alerts }),
      ...(options.forward === undefined ? {} : { forward: options.forward }),
      ...(options.gateSettings === undefined ? {} : { gate: options.gateSettings }),
      hostIdentity: 'nanomdm http://nobody/v1/enqueue/',
      adopt: false,
      webhook: options.webhook ?? { hmacKeys: [WEBHOOK_KEY], basic: undefined },
      ddm: { basePath: '/ddm/', requestKeys: [DM_KEY], responseKey: DM_ANSWER_KEY, ...options.ddm },
      api: options.api ?? { password: API_PASSWORD, open: false },
      pushRate: 1_000,
      releasesEveryMs: DAY_MS,
      sweepEveryMs: 60_000,
    },
  );
  await ratchet.start();
  // The feed is read beside the start.
  while (ratchet.standing.catalogue === undefined) await turn();
  await ratchet.idle();

  const bench: WebBench = {
    ratchet,
    store,
    enqueued,
    errors,
    warnings,
    setNow: (instant) => {
      now = instant;
    },
    async settle() {
      // Commands lead to answers of the host, and these to decisions.
      for (let round = 0; round < 3; round++) await ratchet.idle();
    },
    webhook: async (content, headers = {}) =>
      ratchet.fetch(
        request(`${listener}/webhook`, 'POST', content, {
          'Content-Type': 'application/json; charset=utf-8',
          'X-Hmac-Signature': sign(bytesOf(content), WEBHOOK_KEY),
          ...headers,
        }),
      ),
    dm: async (path, headers = {}, { method = 'GET', body: content = '' } = {}) =>
      ratchet.fetchDdm(
        request(`http://ratchet:9007${path}`, method, content, { 'X-Hmac-Signature': sign(bytesOf(content), DM_KEY), ...headers }),
      ),
    api: async (path, init = {}, headers = {}) =>
      ratchet.fetch(
        new Request(`${listener}/api/v1${path}`, {
          ...init,
          headers: present({ Authorization: basic('ratchet', API_PASSWORD), ...headers }),
        }),
      ),
    ask: async (path, init = {}, address) => ratchet.fetch(new Request(`${listener}${path}`, init), address),
    async enroll(udid) {
      const hardware = { ProductName: 'iPhone15,2', OSVersion: '26.5', BuildVersion: '23F79', SerialNumber: `S${udid}` };
      await bench.webhook(checkIn('Authenticate', { UDID: udid, ...hardware }));
      await bench.webhook(checkIn('TokenUpdate', { UDID: udid }, { token_update_tally: 1 }));
      await bench.settle();
    },
    async close() {
      await ratchet.stop();
      await store.close();
    },
  };
  return bench;
}

function request(url: string, method: string, body: string | Uint8Array, headers: Record<string, string | undefined>): Request {
  const content = bytesOf(body);
  return new Request(url, { method, headers: present(headers), ...(content.length > 0 ? { body: content } : {}) });
}

function present(headers: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function bytesOf(body: string | Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(body as string));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** The body of a webhook for a check-in message, as NanoMDM 0.9 sends it. */
export function checkIn(messageType: string, keys: Record<string, PlistValue>, event: Record<string, unknown> = {}): string {
  const udid = String(keys.UDID);
  return envelope(`mdm.${messageType}`, {
    ids: { id: udid, type: 'Device' },
    udid,
    url_params: {},
    raw_payload: Buffer.from(build({ MessageType: messageType, ...keys })).toString('base64'),
    ...event,
  });
}

export function envelope(topic: string, checkinEvent: Record<string, unknown>): string {
  return JSON.stringify({ topic, event_id: 'trace', created_at: new Date(NOW).toISOString(), checkin_event: checkinEvent });
}
