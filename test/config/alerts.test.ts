import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import type { CliWorld } from '../../src/cli/world.ts';
import { loadConfiguration } from '../../src/config/load-configuration.ts';
import { formatProblem } from '../../src/config/problem.ts';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-alerts-'));
afterAll(() => rmSync(folder, { recursive: true }));
const HOOK = 'https://hooks.slack.com/services/T0/B0/geheim';
const SECRET = 'geheim0123456789geheim';
writeFileSync(join(folder, 'hook'), `${HOOK}\n`);
writeFileSync(join(folder, 'secret'), `${SECRET}\n`);
writeFileSync(join(folder, 'short'), 'geheim\n');
writeFileSync(join(folder, 'empty'), '');
writeFileSync(join(folder, 'nonsense'), 'geheim.example/x\n');

function load(...lines: string[]) {
  writeFileSync(join(folder, 'ratchet.yaml'), ['timeZone: Europe/Berlin', 'alerts:', ...lines.map((line) => `  ${line}`), ''].join('\n'));
  const { alerts, fileProblems, settingsProblems, warnings } = loadConfiguration({ flags: {}, env: {}, cwd: folder }, 0);
  const problems = [...fileProblems, ...settingsProblems].filter(({ path }) => path.startsWith('alerts'));
  const told = warnings.filter(({ path }) => path.startsWith('alerts'));
  return { alerts, problems, warnings: told, text: [...problems, ...told].map(formatProblem).join('\n') };
}

describe('alerts: in ratchet.yaml', () => {
  it('names targets whose secrets stand in files beside it, and when the digest comes', () => {
    const { alerts, text } = load(
      'digest: {at: "07:30", timeZone: America/New_York}',
      'to:',
      '  - {name: chat, slackFile: ./hook, tell: digest}',
      '  - {name: ops, webhook: "https://alerts.example/x?y=1#z", secretFile: secret, kinds: [held, rollout-halted]}',
    );
    expect(text).toBe('');
    expect(alerts).toEqual({
      digest: { at: '07:30', timeZone: 'America/New_York' },
      to: [
        { name: 'chat', form: 'slack', url: HOOK, tell: 'digest' },
        {
          ...{ name: 'ops', form: 'webhook', url: 'https://alerts.example/x?y=1', secret: SECRET, tell: 'both' },
          kinds: ['held', 'rollout-halted'],
        },
      ],
    });
  });

  it('has the digest at eight in the zone of the file, where it says nothing else', () => {
    expect(load('to: [{name: chat, slackFile: hook}]').alerts?.digest).toEqual({ at: '08:00', timeZone: 'Europe/Berlin' });
    expect(load('digest: {at: "09:00"}', 'to: [{name: chat, slackFile: hook}]').alerts?.digest).toEqual({
      at: '09:00',
      timeZone: 'Europe/Berlin',
    });
  });

  it.each<[string, string, RegExp]>([
    ['an address that is none', '{name: a, slack: "geheim"}', /alerts\.to\[0\]\.slack: this is no address/],
    ['another protocol', '{name: a, slack: "ftp://geheim/"}', /no address/],
    ['user and password in it', '{name: a, slack: "https://geheim:geheim@chat/"}', /no address/],
    ['a list of addresses', '{name: a, slack: ["https://geheim/"]}', /what stands here is not accepted/],
    ['a text for a target', '"https://geheim/"', /what stands here is not accepted/],
    ['a file of nonsense', '{name: a, slackFile: nonsense}', /slackFile: what the file holds is no address/],
    ['an empty file', '{name: a, slackFile: empty}', /is empty/],
    ['a file that is not there', '{name: a, webhookFile: nowhere, secretFile: secret}', /webhookFile: .*ENOENT/],
    ['a name with a blank', '{name: a b, slackFile: hook}', /a b is not accepted/],
    ['a key that there is not', '{name: a, slak: "https://geheim/", slackFile: hook}', /unknown key, did you mean slack/],
  ])('is refused with %s, which is not shown', (_what, target, message) => {
    const { alerts, problems, text } = load('to:', `  - ${target}`);
    expect([alerts, problems.length]).toEqual([undefined, 1]);
    expect(text).toMatch(/^ratchet\.yaml:\d+:\d+ {2}alerts/);
    expect(text).toMatch(message);
    expect(text).not.toContain('geheim');
  });

  it('is warned of what is weaker than it looks, without showing it', () => {
    const { alerts, warnings, text } = load(
      'to:',
      '  - {name: a, slack: "http://geheim.example/x"}',
      '  - {name: b, webhook: "http://127.0.0.1:9000/", secretFile: short}',
    );
    expect(alerts?.to).toHaveLength(2);
    expect(warnings.map(({ path, message }) => [path, message.slice(0, 20)])).toEqual([
      ['alerts.to[0].slack', 'the address stands i'],
      ['alerts.to[0].slack', 'plain http: whoever '],
      ['alerts.to[1].secretFile', 'shorter than 16 char'],
    ]);
    expect(text).not.toContain('geheim');
  });

  it('is shown by ratchet config with the host only', async () => {
    load('to: [{name: chat, slackFile: hook}, {name: ops, webhook: "https://alerts.example/geheim", secretFile: secret, kinds: [held]}]');
    let stdout = '';
    const note = (text: string) => {
      stdout += text;
    };
    const world = {
      env: {},
      cwd: folder,
      version: '1',
      now: () => 0,
      stdout: note,
      stderr: () => undefined,
    };
    for (const flags of [[], ['--json']]) await runProgram(['config', ...flags], world as unknown as CliWorld);
    expect(stdout).toContain(
      'ALERTS TO  FORM     HOST             TELL  KINDS\nchat       slack    hooks.slack.com  both  all\nops        webhook  alerts.example   both  held\nThe digest comes at 08:00 in Europe/Berlin.\n',
    );
    expect(stdout).toContain('"host": "hooks.slack.com"');
    expect(stdout).not.toContain('geheim');
  });
});
