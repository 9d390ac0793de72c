import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import type { CliWorld } from '../../src/cli/world.ts';
import { ReplayAnswer } from '../../src/replay/answer.ts';
import { historyText, sofaText } from '../replay/synthetic.ts';

const POLICY = 'mode: observe\ntimeZone: Europe/Berlin\npolicies:\n  - {name: all, target: latest, due: {days: 7, at: "18:00"}}\n';
const FLEET = [
  'serialNumber,model,softwareUpdateDeviceId,osVersion,supervised,tags',
  '"S1","iPhone90,1",,40.1,true,pilot',
  '"S2","iPad90,1",,40.1,false,',
  '"S3",,J900AP,40.1,,',
].join('\n');

const HISTORY = historyText();
const FILES: Record<string, string | Uint8Array> = {
  'history.jsonl': HISTORY,
  'sofa.jsonl': sofaText(),
  'ratchet.yaml': POLICY,
  'slow.yaml': POLICY.replace('days: 7', 'days: 28'),
  'fleet.csv': FLEET,
  'wrong.yaml': 'policies: 3\n',
  'wrong.csv': 'model,osVersion\niPhone90-1,forty\nMac14\\,2,40.1\n',
  'cut.jsonl': `${HISTORY.slice(0, 2_000)}`,
  'backwards.jsonl': HISTORY.split('\n').slice(0, 2).reverse().join('\n'),
  'timeless.jsonl': '{"recorded_at":"yesterday","data":{}}',
  'dataless.jsonl': '{"recorded_at":"2040-01-02T08:00:00Z"}',
  'pathless.jsonl': '{"recorded_at":"2040-01-02T08:00:00Z","data":{"OSVersions":[]}}',
  'empty.jsonl': '',
};

async function run(args: string, files = FILES) {
  const told = { stdout: '', stderr: '' };
  const written: Record<string, string> = {};
  const world: CliWorld = {
    env: {},
    cwd: '/work',
    version: '1.2.3',
    now: () => Date.UTC(2040, 0, 1),
    fetch: () => Promise.reject(new Error('nobody is called')),
    readFile: async (path) => {
      const file = files[path.replace('/work/', '')];
      if (file === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      return typeof file === 'string' ? new TextEncoder().encode(file) : file;
    },
    writeFile: async (path, text) => {
      written[path] = text;
    },
    stdin: async () => new TextEncoder().encode(HISTORY),
    stdout: (text) => {
      told.stdout += text;
    },
    stderr: (text) => {
      told.stderr += text;
    },
    serve: async () => 0,
  };
  const code = await runProgram(['replay', ...args.split(' ')], world);
  return { code, written, ...told };
}

describe('ratchet replay', () => {
  it('prints one object, of the schema that is documented', async () => {
    const { code, stdout, stderr } = await run('--history history.jsonl --fleet fleet.csv --policy ratchet.yaml --json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const answer = ReplayAnswer.strict().parse(JSON.parse(stdout));
    expect(answer).toMatchObject({ schema: 'ratchet.replay/1', devices: 3, brokenPromises: 0, deadlinesMovedLater: 0, notReplayed: 0 });
    expect(answer.linesSet).toBeGreaterThan(5);
    expect(answer.releases.map(({ release }) => release)).toEqual(['iOS 40.2', 'macOS 40.2', 'iOS 40.3', 'iOS 40.3.1', 'iOS 40.4']);
  });

  it('says it in words, beside another file', async () => {
    const { code, stdout } = await run('--history - --sofa sofa.jsonl --fleet 40 --policy ratchet.yaml --compare slow.yaml');
    expect(code).toBe(0);
    expect(stdout).toContain('ratchet.yaml: 40 devices, 2040-01-02 to 2040-06-29, 180 answers of Apple');
    expect(stdout).toMatch(/\nNo promise broken\.\n/);
    expect(stdout).toMatch(
      /With slow\.yaml instead of ratchet\.yaml: \+[\d,]+ device-days below the newest release, \+[\d,]+ to what is exploited/,
    );
    expect(stdout).toContain('Every policy is tried as if its mode were enforce.');
  });

  it('writes a page that needs nothing else', async () => {
    const { written } = await run('--history history.jsonl --sofa sofa.jsonl --fleet 20 --policy ratchet.yaml --report out.html');
    const page = written['/work/out.html'] ?? '';
    // Four charts, each in light and dark, with a text and a table.
    expect(page.match(/<svg /g)).toHaveLength(8);
    expect(page.match(/<figure role="img" aria-label="[^"]{20,}"/g)).toHaveLength(4);
    expect(page.match(/<details>/g)).toHaveLength(4);
    const outside = page.replaceAll(/http:\/\/www\.w3\.org\/\d+\/\w+/g, '').match(/https?:|<script|<link|@import|url\((?!#)/g);
    expect(outside).toBeNull();
    // Every attribute is whole: a quote in a font's name would end one.
    for (const [svg] of page.matchAll(/<svg [\s\S]*?<\/svg>/g)) expect(svg).not.toMatch(/="[^"]*"[^\s/>?]/);
  });

  it.skipIf(spawnSync('xz', ['--version']).status !== 0)('reads a file packed with xz, whatever it is called', async () => {
    const packed = spawnSync('xz', ['-c'], { input: HISTORY, maxBuffer: 2 ** 26 }).stdout;
    const args = '--history history --fleet fleet.csv --policy ratchet.yaml --json';
    const plain = await run(args.replace('history --', 'history.jsonl --'));
    const unpacked = await run(args, { ...FILES, history: packed });
    expect(unpacked.stdout).toBe(plain.stdout);
    const broken = await run(args, { ...FILES, history: packed.subarray(0, 200) });
    expect(broken).toMatchObject({ code: 2, stdout: '' });
    expect(broken.stderr).toContain('begins like an xz file and can');
  });

  it.each([
    ['a file that is not there', '--history none --fleet 5 --policy ratchet.yaml', /none can't be read: there is no such file\./],
    [
      'a line that is cut off',
      '--history cut.jsonl --fleet 5 --policy ratchet.yaml',
      /cut\.jsonl:\d+: it is not JSON\. Expected: one JSON object a line/,
    ],
    [
      'answers in the wrong order',
      '--history backwards.jsonl --fleet 5 --policy ratchet.yaml',
      /backwards\.jsonl:2: its recorded_at is before/,
    ],
    [
      'a time that is none',
      '--history timeless.jsonl --fleet 5 --policy ratchet.yaml',
      /timeless\.jsonl:1: its recorded_at is no time\. Expected: RFC 3339/,
    ],
    ['a line without data', '--history dataless.jsonl --fleet 5 --policy ratchet.yaml', /dataless\.jsonl:1: its data is no object/],
    [
      'a feed without a name',
      '--history history.jsonl --sofa pathless.jsonl --fleet 5 --policy ratchet.yaml',
      /pathless\.jsonl:1: it has no path/,
    ],
    ['a history without answers', '--history empty.jsonl --fleet 5 --policy ratchet.yaml', /empty\.jsonl has no answer that could be held/],
    ['policies that are none', '--history history.jsonl --fleet 5 --policy wrong.yaml', /wrong\.yaml:1[\s\S]*wrong\.yaml: 1 problem\./],
    ['no devices', '--history history.jsonl --fleet 0 --policy ratchet.yaml', /--fleet 0: expected 1 to 200000 devices, or a file/],
    [
      'a fleet with mistakes',
      '--history history.jsonl --fleet wrong.csv --policy ratchet.yaml',
      /wrong\.csv: line 2: .*osVersion "forty" is no version/,
    ],
    [
      'another kind of file',
      '--history history.jsonl --fleet ratchet.yaml --policy ratchet.yaml',
      /ratchet\.yaml: expected a header with a column "model"/,
    ],
    ['a day that is none', '--history history.jsonl --fleet 5 --policy ratchet.yaml --from 2040-02-30', /--from: "2040-02-30" is no day/],
    [
      'an end before the beginning',
      '--history history.jsonl --fleet 5 --policy ratchet.yaml --from 2040-03-01 --to 2040-02-01',
      /is not before --to/,
    ],
    ['standard input twice', '--history - --fleet 5 --policy -', /Standard input \(-\) can be read for one thing only/],
  ])('%s is refused with a sentence', async (_name, args, message) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });
});
