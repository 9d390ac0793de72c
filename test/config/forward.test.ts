import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import type { CliWorld } from '../../src/cli/world.ts';
import { loadConfiguration } from '../../src/config/load-configuration.ts';
import { formatProblem } from '../../src/config/problem.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-forward-'));
afterAll(() => rmSync(folder, { recursive: true }));
const KEY = Buffer.alloc(32, 7).toString('base64');
writeFileSync(join(folder, 'url'), 'https://nano:geheim%20wort@cmd.example/webhook?site=geheim\n');
writeFileSync(join(folder, 'nonsense'), 'geheim.example/x\n');

function load(lines: string[], env: Record<string, string> = {}) {
  writeFileSync(join(folder, 'ratchet.yaml'), ['timeZone: Europe/Berlin', 'forward:', ...lines.map((line) => `  ${line}`), ''].join('\n'));
  const { settings, forward, fileProblems, settingsProblems, warnings } = loadConfiguration({ flags: {}, env, cwd: folder }, 0);
  const isOurs = ({ path }: { path: string }) => /forward/i.test(path);
  const problems = [...fileProblems, ...settingsProblems].filter(isOurs);
  const told = warnings.filter(isOurs);
  return { settings, forward, problems, warnings: told, text: [...problems, ...told].map(formatProblem).join('\n') };
}

describe('forward: in ratchet.yaml', () => {
  it('names targets, with what is left out and what may wait', () => {
    const { forward, text } = load([
      'to:',
      '  - {name: nanocmd, url: "http://127.0.0.1:9003/webhook", topics: [mdm.Connect, mdm.TokenUpdate]}',
      '  - {name: siem, urlFile: url, queue: {events: 50, megabytes: 32, age: 3d}}',
    ]);
    expect(text).toBe('');
    expect(forward).toEqual({
      isSpooled: false,
      to: [
        {
          ...{ name: 'nanocmd', url: 'http://127.0.0.1:9003/webhook', topics: ['mdm.Connect', 'mdm.TokenUpdate'] },
          limits: { events: 20_000, bytes: 64 * 1024 * 1024, ageMs: 24 * HOUR_MS },
        },
        {
          ...{ name: 'siem', url: 'https://cmd.example/webhook?site=geheim' },
          authorization: `Basic ${Buffer.from('nano:geheim wort').toString('base64')}`,
          limits: { events: 50, bytes: 32 * 1024 * 1024, ageMs: 3 * DAY_MS },
        },
      ],
    });
  });

  it.each<[string, string, RegExp]>([
    ['an address that is none', '{name: a, url: "geheim"}', /to\[0\]\.url: this is no address/],
    ['another protocol', '{name: a, url: "ftp://geheim/"}', /no address/],
    ['a password that can’t be decoded', '{name: a, url: "http://a:%ge@127.0.0.1/"}', /no address/],
    ['a file of nonsense', '{name: a, urlFile: nonsense}', /urlFile: what the file holds is no address/],
    ['a file that is not there', '{name: a, urlFile: nowhere}', /urlFile: .*ENOENT/],
    ['no address', '{name: a}', /no address is given/],
    ['two addresses', '{name: a, url: "http://geheim/", urlFile: url}', /url and urlFile are given/],
    ['our own webhook', '{name: a, url: "http://localhost:9006/webhook"}', /our own webhook/],
    ['a list of addresses', '{name: a, url: ["https://geheim/"]}', /what stands here is not accepted/],
    ['a name with a blank', '{name: a b, urlFile: url}', /a b is not accepted/],
    ['a key that there is not', '{name: a, urlFile: url, tpics: [x]}', /unknown key/],
    ['a queue that holds no webhook', '{name: a, urlFile: url, queue: {megabytes: 1}}', /from 32 .* to 256/],
    ['a queue of years', '{name: a, urlFile: url, queue: {age: 90d}}', /from 1m to 7d/],
    ['topics that are none', '{name: a, urlFile: url, topics: mdm.Connect}', /a list of topics/],
  ])('is refused with %s, which is not shown', (_what, entry, message) => {
    const { forward, problems, text } = load(['to:', `  - ${entry}`]);
    expect([forward, problems.length]).toEqual([undefined, 1]);
    expect(text).toMatch(/^ratchet\.yaml:\d+:\d+ {2}forward/);
    expect(text).toMatch(message);
    expect(text).not.toContain('geheim');
  });

  it('is refused with two targets of one name, with none, and with eleven', () => {
    expect(load(['to: [{name: a, urlFile: url}, {name: a, urlFile: url}]']).text).toMatch(/a second target is named a/);
    expect(load(['to: []']).text).toMatch(/1 to 10 targets/);
    const eleven = Array.from({ length: 11 }, (_, n) => `{name: t${n}, urlFile: url}`);
    expect(load([`to: [${eleven.join(', ')}]`]).text).toMatch(/1 to 10 targets/);
  });

  it('is warned of what is weaker than it looks, without showing it', () => {
    const { forward, warnings, text } = load(['to: [{name: a, url: "http://nano:geheim@cmd.example/"}]']);
    expect(forward?.to).toHaveLength(1);
    expect(warnings).toHaveLength(2);
    expect(text).toMatch(/plain http/);
    expect(text).toMatch(/password stands in ratchet\.yaml/);
    expect(text).not.toContain('geheim');
  });
});

describe('the key of the spool', () => {
  const encrypted = ['spool: encrypted', 'to: [{name: a, urlFile: url}]'];

  it.each([
    ['as openssl prints it', KEY],
    ['for URLs, without padding', KEY.replaceAll('+', '-').replaceAll('/', '_').replace('=', '')],
  ])('is 32 bytes as base64, %s', (_what, key) => {
    const { forward, settings, text } = load(encrypted, { RATCHET_FORWARD_SPOOL_KEY: key });
    expect(text).toBe('');
    expect(forward?.isSpooled).toBe(true);
    expect(settings.forwardSpoolKey).toEqual(new Uint8Array(32).fill(7));
  });

  it('is missing: it is said how to make one', () => {
    const { forward, text } = load(encrypted);
    expect(forward).toBeUndefined();
    expect(text).toMatch(/forward\.spool: there is no key to encrypt with.*openssl rand -base64 32/s);
  });

  it.each([
    ['16 bytes', Buffer.alloc(16).toString('base64')],
    ['33 bytes', Buffer.alloc(33).toString('base64')],
    ['hexadecimal', 'ab'.repeat(32)],
    ['text', 'geheim'],
  ])('is no key with %s, and not shown', (_what, key) => {
    const { text } = load(encrypted, { RATCHET_FORWARD_SPOOL_KEY: key });
    expect(text).toMatch(/RATCHET_FORWARD_SPOOL_KEY: the value is not accepted.*32 bytes as base64/s);
    expect(text).not.toContain(key);
  });
});

it('ratchet config shows targets by their host, and check the problems', async () => {
  load(['to: [{name: siem, urlFile: url, topics: [mdm.Connect]}]']);
  const out: string[] = [];
  const world = {
    ...{ env: {}, cwd: folder, version: '0', now: () => 0 },
    stdout: (text: string) => void out.push(text),
    stderr: () => undefined,
  } as unknown as CliWorld;
  await runProgram(['config'], world);
  expect(out.join('')).toMatch(/FORWARD TO +HOST +TOPICS +EVENTS +SIZE +AGE\nsiem +cmd\.example +mdm\.Connect +20000 +64 MB +24h\n/);
  expect(out.join('')).toMatch(/forward-spool-key +not set/);
  expect(out.join('')).not.toContain('geheim');
  out.length = 0;
  await runProgram(['config', '--json'], world);
  expect(JSON.parse(out.join('')).forward).toEqual({
    spool: 'memory',
    to: [{ name: 'siem', host: 'cmd.example', topics: ['mdm.Connect'], queue: { events: 20_000, megabytes: 64, age: '24h' } }],
  });
});
