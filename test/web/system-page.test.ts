import { afterEach, describe, expect, it } from 'vitest';
import type { GateAnswer } from '../../src/engine/gate-answers.ts';
import { AuditAnswer, JobsAnswer, SystemAnswer } from '../../src/engine/system-answers.ts';
import { HOUR_MS } from '../../src/time/local.ts';
import { auditPage } from '../../src/web/pages/audit.tsx';
import { systemPage } from '../../src/web/pages/system.tsx';
import { API_PASSWORD, basic, createWebBench, NOW, type WebBench } from './bench.ts';
import { VIEWER } from './viewers.ts';

/** The page of the system and its audit log, as a browser gets them; and in bad times, as they are written. */

const HOSTILE = '"><script>alert(1)</script>';
const words = (text: string) => text.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');

function system(changes: Partial<SystemAnswer> = {}): SystemAnswer {
  return {
    schema: 'ratchet.system/1',
    ...{ at: NOW, version: '1.2.3', startedAt: NOW - HOUR_MS, state: 'running', pausedPolicies: [], checks: { store: 'ok', loops: 'ok' } },
    ...{ host: 'nanomdm http://nano:9000/v1/enqueue/', dmReached: true, heardAt: NOW - 60_000 },
    links: [{ name: 'commands', what: 'Commands to the MDM server' }],
    feeds: [],
    commands: { pending: 3, leased: 0, enqueued: 12 },
    pushes: { waiting: 4, since: NOW - HOUR_MS },
    inbox: { waiting: 0, putAside: 2 },
    forward: [],
    alerts: [],
    settings: [],
    ...changes,
  };
}

function html(changes: Partial<SystemAnswer> = {}, job: Partial<JobsAnswer['jobs'][number]> = {}): string {
  const jobs: JobsAnswer = {
    schema: 'ratchet.jobs/1',
    at: NOW,
    jobs: [{ key: 'sweep', what: 'Sweeps', lastAt: NOW - 60_000, nextAt: NOW + 60_000, ...job }],
  };
  const audit: AuditAnswer = { schema: 'ratchet.audit/1', entries: [] };
  return systemPage({ system: system(changes), jobs, audit, origin: 'https://ratchet.example', viewer: VIEWER });
}

describe('the page of the system', () => {
  let bench: WebBench;
  afterEach(() => bench.close());
  const init = { headers: { authorization: basic('ratchet', API_PASSWORD) } };
  const page = async (path = '/system') => (await bench.ask(path, init)).text();

  it('shows links, feeds, queues and jobs of what happens, and nothing wrong', async () => {
    bench = await createWebBench();
    await bench.enroll('D1');
    const text = words(await page());
    expect(text).toContain('Ratchet is running');
    expect(text).toContain('Nothing is wrong');
    expect(text).toContain('ok Commands to the MDM server Last success just now');
    expect(text).toContain('ok Webhooks from the MDM server Last success just now');
    expect(text).toContain('not used yet Declarations asked for');
    expect(text).toContain('believed Apple’s releases apple Last answer just now');
    expect(text).toContain('Wait for the device’s answer 2');
    expect(text).toMatch(/Judges the clock.* sweep just now in 1 minute/);
    expect(text).not.toContain('Point your MDM server at Ratchet');
  });

  it('says of a job how long it took, and that it failed', async () => {
    bench = await createWebBench();
    expect(words(html())).not.toMatch(/took|failed/);
    expect(words(html({}, { tookMs: 1_240, result: 'failed' }))).toContain('1 minute ago took 1.2 s failed, see the log in 1 minute');
  });

  it('says the same by the API', async () => {
    bench = await createWebBench();
    await bench.enroll('D1');
    const told = SystemAnswer.parse(await (await bench.api('/system')).json());
    expect(told).toMatchObject({
      version: '1.2.3',
      startedAt: NOW,
      state: 'running',
      host: 'nanomdm http://nobody/v1/enqueue/',
      heardAt: NOW,
    });
    expect(told).toMatchObject({
      commands: { pending: 0, leased: 0, enqueued: 2 },
      inbox: { waiting: 0, putAside: 0 },
      checks: { store: 'ok' },
    });
    expect(told.links.map(({ name, okAt }) => [name, okAt])).toEqual([
      ['commands', NOW],
      ['pushes', NOW],
      ['webhook', NOW],
      ['declarations', undefined],
    ]);
    const { jobs } = JobsAnswer.parse(await (await bench.api('/jobs')).json());
    expect(jobs.find(({ key }) => key === 'releases')).toEqual({
      ...{ key: 'releases', what: 'Reads Apple’s list of releases', lastAt: NOW, tookMs: 0, result: 'ok' },
      nextAt: expect.any(Number),
    });
  });

  it('gives the lines of the wiring while nothing was heard', async () => {
    bench = await createWebBench();
    expect(await page()).toContain('-webhook-url http://ratchet:9006/webhook');
  });

  it('counts a webhook that is none, and the declarations that are asked for', async () => {
    bench = await createWebBench();
    await bench.webhook('{"topic":');
    await bench.dm('/ddm/tokens', { 'X-Enrollment-ID': 'D1' });
    const text = words(await page());
    expect(text).toMatch(/failing Webhooks from the MDM server Last failure just now : /);
    expect(text).toMatch(/Declarations asked for by the MDM server Last (success|failure) just now/);
  });

  it('pages through the audit log, the newest first', async () => {
    bench = await createWebBench();
    for (let index = 1; index <= 120; index += 1)
      await bench.store.audit({ at: NOW + index, by: 'jane', act: `act ${index}`, detail: { note: `why ${index}`, policy: 'everyone' } });
    const system = await page();
    expect(words(system)).toContain('act 120 everyone');
    expect(system).not.toContain('act 105');
    const first = await page('/system/audit');
    expect(words(first)).toMatch(/act 120 everyone .* jane why 120/);
    const older = /href="(\/system\/audit\?cursor=\d+)"/.exec(first)?.[1] ?? '';
    const second = words(await page(older));
    expect(second).toContain('act 20 everyone');
    expect(second).not.toContain('act 21 ');
    expect(second).toContain('The last page');
    expect(words(await page('/system/audit?cursor=%22none'))).toContain('act 120 everyone');
    const answer = AuditAnswer.parse(await (await bench.api('/audit?limit=2')).json());
    expect(answer.entries.map(({ act, note }) => [act, note])).toEqual([
      ['act 120', 'why 120'],
      ['act 119', 'why 119'],
    ]);
    const next = AuditAnswer.parse(await (await bench.api(`/audit?limit=1&cursor=${answer.next}`)).json());
    expect(next.entries[0]?.act).toBe('act 118');
    for (const wrong of ['limit=0', 'limit=501', 'cursor=x', 'cursor=-1']) expect((await bench.api(`/audit?${wrong}`)).status).toBe(400);
  });
});

describe('in bad times', () => {
  it.each<[string, Partial<SystemAnswer>, RegExp]>([
    ['is held', { state: 'held', because: 'it was restored from a backup' }, /Ratchet is held .* Because it was restored from a backup\./],
    ['has paused policies', { pausedPolicies: ['staff', 'lab'] }, /Paused policies: staff, lab\./],
    ['can’t write', { checks: { store: 'disk is full' } }, /What needs attention store: disk is full/],
    ['doubts its clock', { clockDoubt: 'it was set by 540 min' }, /The clock is in doubt: it was set by 540 min\. Nothing is decided/],
    [
      'has alerts',
      { alerts: [{ key: 'host-unreachable', at: NOW - HOUR_MS, sentence: 'It is away.' }] },
      /It is away\. \( host-unreachable , 1 hour ago \) What to do: Is it running\? Is --enqueue-url right\?/,
    ],
    [
      'has a change that waits',
      {
        policies: {
          hash: 'h',
          at: NOW,
          by: 'a',
          held: { plan: 'p1', file: 'f.yaml', hash: 'g', at: NOW, handedOut: 1_200, broughtForward: 3, limit: 50 },
        },
      },
      /A change of the policies \(f\.yaml\) waits for a yes: 1,200 more devices.* Its plan is p1/,
    ],
    [
      'does not reach the server',
      { links: [{ name: 'c', what: 'Commands', okAt: NOW - HOUR_MS, failedAt: NOW, problem: '503' }] },
      /failing Commands Last success 1 hour ago \. Last failure just now : 503/,
    ],
    ['reached it again', { links: [{ name: 'c', what: 'Commands', okAt: NOW, failedAt: NOW - HOUR_MS, problem: '503' }] }, /ok Commands/],
    ['was never asked for declarations', { dmReached: false }, /never asked for declarations/],
    [
      'doubts a feed',
      { feeds: [{ name: 'Apple’s releases', readAt: NOW, doubt: 'half of it is gone' }] },
      /in doubt Apple’s releases .*half of it is gone/,
    ],
    ['has not read a feed', { feeds: [{ name: 'SOFA: iOS' }] }, /not read yet SOFA: iOS/],
    ['reads none', {}, /None is read: releases is off/],
    [
      'has queues',
      {},
      /Commands to be sent 3 .* 12 .* 4 devices, the first since 1 hour ago .* 2 that could not be understood: ratchet inbox/,
    ],
  ])('it says so when it %s', (_, changes, expected) => expect(words(html(changes))).toMatch(expected));

  it('shows settings without what opens anything, and wiring by them', () => {
    const settings = [
      { flag: '--listen-ddm', value: '127.0.0.1:9107', origin: 'ratchet.yaml:3' },
      { flag: '--dm-base-path', value: '/own/', origin: 'default' },
      { flag: '--enqueue-key', value: 'set', origin: 'RATCHET_ENQUEUE_KEY' },
      { flag: '--sofa', value: null, origin: 'unset' },
    ];
    const { heardAt: _, ...quiet } = system({ settings });
    const jobs: JobsAnswer = { schema: 'ratchet.jobs/1', at: NOW, jobs: [] };
    const audit: AuditAnswer = { schema: 'ratchet.audit/1', entries: [] };
    const of = (host: string) =>
      words(systemPage({ system: { ...quiet, host }, jobs, audit, origin: 'https://ratchet.example', viewer: VIEWER }));
    expect(of('nanomdm http://nano')).toContain('-dm http://ratchet.example:9107/own/ -dm-send-hmac-key');
    expect(of('micromdm http://micro')).toContain(
      '-command-webhook-url https://&lt;webhook user&gt;:&lt;password&gt;@ratchet.example/webhook',
    );
    expect(of('nanomdm')).toMatch(/--enqueue-key set RATCHET_ENQUEUE_KEY --sofa not set unset/);
  });
});

it('whatever somebody wrote is text', () => {
  const entry = { id: 1, at: NOW, by: HOSTILE, act: HOSTILE, note: HOSTILE, detail: { policy: HOSTILE, [HOSTILE]: HOSTILE } };
  const log = auditPage({
    audit: { schema: 'ratchet.audit/1', entries: [entry], next: HOSTILE },
    isFirst: false,
    now: NOW,
    viewer: VIEWER,
  });
  const page = html({
    ...{
      because: HOSTILE,
      pausedPolicies: [HOSTILE],
      clockDoubt: HOSTILE,
      checks: { [HOSTILE]: HOSTILE },
      host: HOSTILE,
      version: HOSTILE,
    },
    links: [{ name: HOSTILE, what: HOSTILE, failedAt: NOW, problem: HOSTILE }],
    feeds: [{ name: HOSTILE, source: HOSTILE, doubt: HOSTILE }],
    alerts: [{ key: HOSTILE, at: NOW, sentence: HOSTILE }],
    settings: [{ flag: HOSTILE, value: HOSTILE, origin: HOSTILE }],
  });
  for (const text of [log, page]) {
    expect(text).not.toContain('<script>');
    expect(text).not.toMatch(/href="[^"]*[<>]/);
  }
});

describe('the panel of the enrollment gate', () => {
  const contact = {
    at: NOW,
    outcome: 'sent-away',
    sentence: 'Sent away.',
    isVerified: true,
    serial: 'C02LAB0001',
    requires: '26.6.1',
    policy: 'phones',
  };
  const gate: GateAnswer = {
    schema: 'ratchet.gate/1',
    since: 0,
    counts: [
      { outcome: 'unverified', contacts: 1_200 },
      { outcome: 'sent-away', contacts: 1 },
    ],
    contacts: [contact, { at: NOW, outcome: 'unverified', sentence: 'Let in.', isVerified: false, problem: HOSTILE, answered: 502 }],
    isComplete: true,
  };
  const pageWith = (given: GateAnswer) => {
    const jobs: JobsAnswer = { schema: 'ratchet.jobs/1', at: NOW, jobs: [] };
    const audit: AuditAnswer = { schema: 'ratchet.audit/1', entries: [] };
    return systemPage({ system: system(), jobs, audit, gate: given, origin: 'https://ratchet.example', viewer: VIEWER });
  };

  it('tells who came, what became of them, and how many', () => {
    const page = pageWith(gate);
    expect(page).not.toContain(HOSTILE);
    const text = words(page);
    expect(text).toContain('1,201 requests for an enrollment profile, 1 sent away to update first');
    expect(text).toContain('C02LAB0001');
    expect(text).toContain('sent-away: 26.6.1');
    expect(text).toContain('nobody in particular');
    expect(text).toContain('The enrollment server answered 502.');
  });

  it('is not there when nobody came', () => {
    expect(pageWith({ ...gate, contacts: [], counts: [] })).not.toContain('Enrollment gate');
  });
});
