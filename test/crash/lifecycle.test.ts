import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PlanAnswer } from '../../src/engine/answers.ts';
import { startBurst } from '../process/burst.ts';
import { api, createSite, type Ended, KEYS, type Serving, type Site } from '../process/ratchet-process.ts';

/** Starting, failing and stopping, as an operator sees it: exit codes and what is said. */

// A start takes two seconds alone, and the whole suite starts many at once.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let site: Site;
let started: Serving[];

beforeEach(async () => {
  site = await createSite();
  started = [];
});
afterEach(async () => {
  for (const serving of started) serving.kill('SIGKILL');
  await Promise.all(started.map(({ ended }) => ended));
  site.dispose();
});

async function serve(options?: Parameters<Site['serve']>[0]): Promise<Serving> {
  const serving = await site.serve(options);
  started.push(serving);
  return serving;
}

/** What a start that must fail says; the last line is the one for people. */
async function refusal(options?: Parameters<Site['serve']>[0]): Promise<string> {
  const ended: Ended = await (await serve(options)).ended;
  expect([ended.code, ended.signal], ended.stderr).toEqual([2, null]);
  expect(ended.stdout).toBe('');
  expect(ended.stderr, 'no stack: this is the operator’s to mend').not.toMatch(/^\s+at /m);
  return ended.stderr.trimEnd().split('\n').at(-1) ?? '';
}

const health = async () => {
  const answer = await fetch(`${site.url}/healthz`);
  return { status: answer.status, body: await answer.json() };
};

describe('serve', () => {
  it('is healthy once it serves, stops at SIGTERM with 0, and gives its folder back', async () => {
    const serving = await serve();
    expect(await health()).toEqual({ status: 200, body: { status: 'ok', checks: expect.objectContaining({ store: 'ok', loops: 'ok' }) } });
    serving.kill('SIGTERM');
    const ended = await serving.ended;
    expect([ended.code, ended.signal], ended.stderr).toEqual([0, null]);
    expect(existsSync(join(site.data, 'ratchet.pid'))).toBe(false);
    // A clean stop leaves one file: the log is folded into it.
    expect(existsSync(join(site.data, 'ratchet.db-wal'))).toBe(false);
  });

  it('stops at once while pages are open that follow what changes', async () => {
    const serving = await serve();
    const authorization = `Basic ${Buffer.from(`ratchet:${KEYS.api}`).toString('base64')}`;
    const stream = await fetch(`${site.url}/events`, { headers: { authorization } });
    expect(stream.status).toBe(200);
    const body = stream.text();
    serving.kill('SIGTERM');
    expect(await body).toContain('event: revision');
    const { code, stderr } = await serving.ended;
    expect(code).toBe(0);
    const at = (message: string) => Date.parse(logged(stderr).find(({ msg }) => msg === message)?.ts ?? '');
    // What is busy is given ten seconds; these would need all of them.
    expect(at('stopped') - at('stopping')).toBeLessThan(10_000);
  });

  it('refuses a data folder that another process has, and names that process', async () => {
    const first = await serve();
    expect(JSON.parse(readFileSync(join(site.data, 'ratchet.pid'), 'utf8'))).toMatchObject({ pid: first.pid });
    expect(await refusal()).toMatch(new RegExp(`ratchet does not start: the data folder .* is in use by process ${first.pid} on `));
    expect((await health()).status).toBe(200);
  });

  it('refuses a data folder of another MDM server until told to adopt it', async () => {
    const first = await serve();
    first.kill('SIGTERM');
    await first.ended;
    const elsewhere = ['--enqueue-url', 'http://127.0.0.1:9/v1/enqueue/'];
    const said = await refusal({ flags: elsewhere });
    expect(said).toContain('http://127.0.0.1:9/v1/enqueue/');
    expect(said).toContain('--adopt');

    const adopting = await serve({ flags: [...elsewhere, '--adopt'] });
    adopting.kill('SIGTERM');
    expect((await adopting.ended).code).toBe(0);
    const again = await serve({ flags: elsewhere });
    expect((await health()).status).toBe(200);
    again.kill('SIGTERM');
    expect((await again.ended).code).toBe(0);
  });

  it('loads its policies anew at SIGHUP, and keeps those it has when the file is wrong', async () => {
    const serving = await serve();
    const status = () => api<{ policies: { hash: string }; alerts: { key: string }[] }>(site.url, 'status');
    const first = (await status()).policies.hash;
    const yaml = join(site.folder, 'ratchet.yaml');

    writeFileSync(yaml, 'mode: enfroce\n');
    serving.kill('SIGHUP');
    await vi.waitFor(async () => expect((await status()).alerts.map(({ key }) => key)).toContain('policies-refused'), 10_000);
    expect((await status()).policies.hash).toBe(first);

    writeFileSync(yaml, 'policies:\n  - { name: everyone, target: latest, due: { days: 8, at: "18:00" } }\n');
    serving.kill('SIGHUP');
    await vi.waitFor(async () => expect((await status()).policies.hash).not.toBe(first), 10_000);
    expect((await status()).alerts.map(({ key }) => key)).not.toContain('policies-refused');
    serving.kill('SIGTERM');
    expect((await serving.ended).code).toBe(0);
  });

  it('says that a data folder can’t be made', async () => {
    writeFileSync(site.data, 'a file has its name');
    expect(await refusal()).toMatch(/ratchet does not start: .*data/);
  });

  it('says that a data folder can’t be written', async (context) => {
    if (process.getuid?.() === 0) return context.skip('root may write everywhere');
    mkdirSync(site.data);
    chmodSync(site.data, 0o500);
    expect(await refusal()).toMatch(/ratchet does not start: .*data/);
    chmodSync(site.data, 0o700);
  });

  it('says that its database is damaged', async () => {
    mkdirSync(site.data);
    writeFileSync(join(site.data, 'ratchet.db'), 'no database, but long enough to be taken for one '.repeat(100));
    expect(await refusal()).toMatch(/ratchet does not start: can't open the database .*ratchet\.db: it is damaged/);
  });

  it('says that there is no room for its database', async () => {
    expect(await refusal({ wrapper: fileLimit(16) })).toMatch(/ratchet does not start: .*data/);
  });

  it('says that an address is taken', async () => {
    await serve();
    const said = await refusal({ flags: ['--data', join(site.folder, 'other')] });
    expect(said).toMatch(
      /ratchet does not start: --listen: can't listen on 127\.0\.0\.1:\d+: another process has this port \(EADDRINUSE\); fix: end it .* or write another port for --listen$/m,
    );
  });

  it('ends when only a later address is taken', async () => {
    await serve();
    const said = await refusal({ flags: ['--data', join(site.folder, 'other'), '--listen', '127.0.0.1:0'] });
    expect(said).toMatch(/ratchet does not start: --listen-ddm: can't listen on 127\.0\.0\.1:\d+/);
  });
});

it('without room to write, webhooks are answered 503, /healthz says so, and nothing answered 200 is lost', async () => {
  const serving = await serve({ wrapper: fileLimit(2_048) });
  const burst = startBurst(site.url, 'R', 8);
  // Some are taken, then no more.
  while (burst.unanswered.length < 20) await pause(5);
  burst.stop();
  await burst.ended;
  expect(burst.answered.length).toBeGreaterThan(0);
  // What is left of the room may do for health's own small write, once or twice.
  let unhealthy = await health();
  while (unhealthy.status === 200) unhealthy = await health();
  expect(unhealthy.status).toBe(503);
  expect(unhealthy.body).toMatchObject({ status: 'failing', checks: { store: expect.stringContaining("can't be written") } });
  serving.kill('SIGTERM');
  expect((await serving.ended).code).toBe(0);

  await serve();
  while ((await api<{ inbox: number }>(site.url, 'status')).inbox > 0) await pause(5);
  const known = new Set((await api<PlanAnswer>(site.url, 'plan')).devices.map(({ id }) => id));
  expect(burst.answered.filter((id) => !known.has(id))).toEqual([]);
});

/** A shell that lets no file grow over so many kilobytes: writing fails then, for root too. */
function fileLimit(kilobytes: number): string[] {
  return ['sh', '-c', `ulimit -f ${kilobytes * 2} && exec "$@"`, 'sh'];
}

/** Its log, as JSON. */
function logged(text: string): { msg: string; ts: string }[] {
  return text.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
}
