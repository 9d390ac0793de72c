import { afterEach, describe, expect, it } from 'vitest';
import { METRIC_NAMES, METRICS } from '../../src/engine/metrics/metrics-table.ts';
import { TokenCreateAnswer } from '../../src/engine/token-answers.ts';
import { sign } from '../../src/hosts/body-signature.ts';
import type { Catalogue } from '../../src/releases/catalogue.types.ts';
import { meterProcess } from '../../src/runtime/process-metrics.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { rollout } from '../rollout/builders.ts';
import { API_PASSWORD, basic, checkIn, createWebBench, envelope, NOW, WEBHOOK_KEY, type WebBench, type WebOptions } from './bench.ts';
import { type Family, parseExposition, valueAt } from './exposition.ts';
import { RINGED } from './requests.ts';

let bench: WebBench;
afterEach(() => bench.close());
const open = async (options: WebOptions = {}): Promise<void> => {
  bench = await createWebBench(options);
};

type Headers = Record<string, string>;
const AS_RATCHET = { Authorization: basic('ratchet', API_PASSWORD) };
const ask = (headers: Headers = AS_RATCHET, init: RequestInit = {}) => bench.ask('/metrics', { ...init, headers });

async function scrape(): Promise<Map<string, Family>> {
  const answer = await ask();
  expect(answer.status).toBe(200);
  return parseExposition(await answer.text());
}

async function newToken(role: string): Promise<string> {
  const body = JSON.stringify({ name: role, role });
  const answer = await bench.api('/tokens', { method: 'POST', body }, { 'Content-Type': 'application/json' });
  return TokenCreateAnswer.parse(await answer.json()).token;
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

describe('/metrics', () => {
  it.each<[string, () => Promise<Headers>, number]>([
    ['nothing', async () => ({}), 401],
    ['the password', async () => AS_RATCHET, 200],
    ['a wrong password', async () => ({ Authorization: basic('ratchet', 'x') }), 401],
    ['a token with role metrics', async () => bearer(await newToken('metrics')), 200],
    ['a token with role read', async () => bearer(await newToken('read')), 200],
    ['a token with role operate', async () => bearer(await newToken('operate')), 200],
    [
      'a token that was revoked',
      async () => {
        const token = await newToken('metrics');
        await bench.api('/tokens/revoke', { method: 'POST', body: '{"token":"metrics"}' }, { 'Content-Type': 'application/json' });
        return bearer(token);
      },
      401,
    ],
    ['a token that nobody made', async () => bearer(`ratchet_00000000_${'0'.repeat(64)}`), 401],
    ['the credentials of the webhook', async () => ({ Authorization: basic('nano', 'webhook-password') }), 401],
    ['the credentials of -dm', async () => ({ Authorization: basic('dm', 'dm-password') }), 401],
    ['a signature of the webhook', async () => ({ 'X-Hmac-Signature': sign(Buffer.from(''), WEBHOOK_KEY) }), 401],
  ])('with %s', async (_what, credentials, status) => {
    await open({
      webhook: { hmacKeys: [WEBHOOK_KEY], basic: { user: 'nano', password: 'webhook-password' } },
      ddm: { basic: { user: 'dm', password: 'dm-password' } },
    });
    const answer = await ask(await credentials());
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe(
      status === 200 ? 'text/plain; version=0.0.4; charset=utf-8' : 'application/problem+json',
    );
    if (status === 401) expect(answer.headers.get('www-authenticate')).toMatch(/Bearer realm="ratchet"/);
  });

  it('takes GET alone', async () => {
    await open();
    const answer = await ask(AS_RATCHET, { method: 'POST' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'HEAD, GET']);
    expect((await ask({}, { method: 'POST' })).status).toBe(401);
  });

  it('is off with the API, and open in the demo', async () => {
    await open({ api: { password: undefined, open: false } });
    expect((await ask()).status).toBe(403);
    await bench.close();
    await open({ api: { password: undefined, open: true } });
    expect((await ask({})).status).toBe(200);
  });

  it('has every metric that there is, each with its help and type, and no other', async () => {
    await open(RINGED);
    const families = await scrape();
    expect([...families.keys()].sort()).toEqual([...METRIC_NAMES].sort());
    for (const name of METRIC_NAMES) {
      const { type, help, labels } = METRICS[name];
      expect(families.get(name)).toMatchObject({ type, help: `${help}.` });
      for (const sample of families.get(name)?.samples ?? []) {
        const { le: _, ...given } = sample.labels;
        expect([name, Object.keys(given).sort()]).toEqual([name, Object.keys(labels).sort()]);
        for (const [label, value] of Object.entries(given)) {
          const values: readonly string[] | string = (labels as Record<string, readonly string[] | string>)[label] as readonly string[];
          if (typeof values !== 'string') expect(values).toContain(value);
        }
      }
    }
  });

  it('tells of the process where there is one', async () => {
    await open({ meterProcess });
    const families = await scrape();
    expect(valueAt(families, 'process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect(families.get('nodejs_eventloop_lag_p99_seconds')?.samples).toHaveLength(1);
  });

  it('counts devices, events, commands and requests as they come', async () => {
    await open(RINGED);
    await bench.enroll('D1');
    await bench.webhook(envelope('mdm.Connect', { ids: { id: 'D1', type: 'Device' }, raw_payload: 'bm8=' }));
    await bench.webhook('{}', { 'X-Hmac-Signature': undefined });
    await bench.webhook('{}', { 'X-Hmac-Signature': 'bm8=' });
    await bench.dm('/ddm/tokens', { 'X-Enrollment-ID': 'D1' });
    await bench.dm('/elsewhere');
    const families = await scrape();
    const at = (name: string, labels?: Record<string, string>) => valueAt(families, name, labels);
    expect(families.get('ratchet_devices')?.samples.map(({ labels, value }) => [labels.platform, value])).toEqual([['iOS', 1]]);
    expect(at('ratchet_devices_by_version', { platform: 'iOS', version: '26.5' })).toBe(1);
    expect(at('ratchet_events_total', { kind: 'Authenticate' })).toBe(1);
    expect(at('ratchet_events_total', { kind: 'TokenUpdate' })).toBe(1);
    expect(at('ratchet_events_total', { kind: 'CheckOut' })).toBe(0);
    expect(at('ratchet_events_put_aside_total', { reason: 'payload-not-plist' })).toBe(1);
    expect(at('ratchet_enqueues_total', { answer: 'queued' })).toBe(bench.enqueued.length);
    expect(bench.enqueued.length).toBeGreaterThan(0);
    expect(at('ratchet_commands', { state: 'enqueued' })).toBe(bench.enqueued.length);
    expect(at('ratchet_commands', { state: 'pending' })).toBe(0);
    expect(at('ratchet_pushes_total', { result: 'taken' })).toBe(1);
    expect(at('ratchet_http_requests_total', { route: 'webhook', status: '200' })).toBe(3);
    expect(at('ratchet_http_requests_total', { route: 'webhook', status: '401' })).toBe(1);
    expect(at('ratchet_http_requests_total', { route: 'webhook', status: '403' })).toBe(1);
    expect(at('ratchet_http_requests_total', { route: 'ddm', status: '404' })).toBe(1);
    expect(at('ratchet_http_request_duration_seconds_count', { route: 'webhook' })).toBe(5);
    expect(at('ratchet_info', { version: '1.2.3' })).toBe(1);
    expect(at('ratchet_state', { state: 'running' })).toBe(1);
    expect(at('ratchet_state', { state: 'paused' })).toBe(0);
  });

  it('tells when something last happened, in seconds', async () => {
    await open();
    expect(valueAt(await scrape(), 'ratchet_webhook_last_timestamp_seconds')).toBe(NOW / 1_000);
    bench.setNow(NOW + HOUR_MS);
    await bench.webhook(checkIn('TokenUpdate', { UDID: 'D1' }));
    await bench.settle();
    bench.setNow(NOW + 2 * HOUR_MS);
    await bench.webhook('{}', { 'X-Hmac-Signature': 'bm8=' });
    const families = await scrape();
    expect(valueAt(families, 'ratchet_webhook_last_timestamp_seconds')).toBe((NOW + HOUR_MS) / 1_000);
    expect(valueAt(families, 'ratchet_feed_last_read_timestamp_seconds', { feed: 'releases' })).toBe(NOW / 1_000);
    expect(valueAt(families, 'ratchet_feed_reads_total', { feed: 'releases', result: 'answer' })).toBe(1);
    expect(valueAt(families, 'ratchet_job_last_run_timestamp_seconds', { name: 'sweep' })).toBe(NOW / 1_000);
    expect(valueAt(families, 'ratchet_job_runs_total', { name: 'releases', result: 'ok' })).toBe(1);
    expect(valueAt(families, 'ratchet_job_next_timestamp_seconds', { name: 'sweep' })).toBe((NOW + 60_000) / 1_000);
    expect(valueAt(families, 'ratchet_job_last_run_timestamp_seconds', { name: 'sofa' })).toBeUndefined();
  });

  it('tells how feeds, clock and rollouts stand', async () => {
    await open();
    const { standing } = bench.ratchet;
    const doubt = { kind: 'empty' as const, detail: 'It is empty.', since: NOW, digest: '' };
    standing.catalogue = { ...(standing.catalogue as Catalogue), lastCheckedAt: NOW + 5_000 };
    standing.severitiesTold = { schema: 1, platforms: [{ platform: 'macOS', releases: [], goodAt: NOW - 7_000, doubt }] };
    standing.clockSuspect = 'it jumped';
    standing.setRollouts([rollout({ state: 'halted' }), rollout({ release: 'iOS 40.7', state: 'halted' })], 1);
    const families = await scrape();
    const last = families.get('ratchet_feed_last_read_timestamp_seconds')?.samples.map(({ labels, value }) => [labels.feed, value]);
    expect(last).toEqual([
      ['releases', NOW / 1_000 + 5],
      ['sofa-macOS', NOW / 1_000 - 7],
    ]);
    expect(families.get('ratchet_feed_doubtful')?.samples.map(({ value }) => value)).toEqual([0, 1]);
    expect(valueAt(families, 'ratchet_clock_suspect')).toBe(1);
    expect(valueAt(families, 'ratchet_rollouts', { state: 'halted' })).toBe(2);
    expect(valueAt(families, 'ratchet_rollouts', { state: 'running' })).toBe(0);
  });

  it('tells what a person ordered, and which alerts are raised', async () => {
    await open();
    const json = { 'Content-Type': 'application/json' };
    await bench.api('/pause', { method: 'POST', body: '{}' }, json);
    await bench.store.raiseAlert({ key: 'rollout-halted staff iOS 26.6', at: NOW, sentence: 'Halted.', detail: {} });
    await bench.store.raiseAlert({ key: 'rollout-halted lab iOS 26.6', at: NOW, sentence: 'Halted.', detail: {} });
    const families = await scrape();
    expect(valueAt(families, 'ratchet_state', { state: 'paused' })).toBe(1);
    expect(valueAt(families, 'ratchet_alerts', { kind: 'rollout-halted' })).toBe(2);
  });

  it('begins at 0 with what has not happened, so that the first time is an increase', async () => {
    await open();
    const families = await scrape();
    expect(valueAt(families, 'ratchet_missed_dates_total', { platform: 'tvOS' })).toBe(0);
    expect(valueAt(families, 'ratchet_http_requests_total', { route: 'webhook', status: '503' })).toBe(0);
    expect(valueAt(families, 'ratchet_time_to_verified_seconds_count', { platform: 'iOS' })).toBe(0);
  });

  it('adds exposure up over the days it was counted on', async () => {
    await open();
    const day = (at: number, exposed?: number) => ({
      day: new Date(at).toISOString().slice(0, 10),
      at,
      groups: {},
      versions: [],
      ...(exposed === undefined ? {} : { exposed }),
    });
    expect(valueAt(await scrape(), 'ratchet_exposure_device_days', { window: '7d' })).toBeUndefined();
    for (const [before, exposed] of [
      [0, 1],
      [3, 10],
      [6, undefined],
      [7, 100],
      [29, 1_000],
      [30, 10_000],
    ] as const)
      await bench.store.saveFleetDay(day(NOW - before * DAY_MS, exposed), '2026-01-01');
    bench.setNow(NOW + HOUR_MS);
    const families = await scrape();
    expect(valueAt(families, 'ratchet_exposure_device_days', { window: '7d' })).toBe(11);
    expect(valueAt(families, 'ratchet_exposure_device_days', { window: '30d' })).toBe(1_111);
    expect(valueAt(families, 'ratchet_devices_exposed')).toBeUndefined();
  });

  it('reads once for those who ask at the same time', async () => {
    await open();
    let counted = 0;
    const { countInbox } = bench.store;
    bench.store.countInbox = () => {
      counted += 1;
      return countInbox();
    };
    const answers = await Promise.all([ask(), ask(), ask()]);
    expect(new Set(await Promise.all(answers.map((answer) => answer.text()))).size).toBe(1);
    expect(counted).toBe(1);
    await ask();
    expect(counted).toBe(2);
  });
});
