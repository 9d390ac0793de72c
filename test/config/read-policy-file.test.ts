import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { formatProblem } from '../../src/config/problem.ts';
import { readPolicyFile, readPolicyText } from '../../src/config/read-policy-file.ts';

const lines = (text: string): string[] => readPolicyText(text, 'ratchet.yaml', 0).problems.map(formatProblem);

describe('a ratchet.yaml with everything wrong', () => {
  it('is told all at once, in the order of the file, each with place, expectation and fix', () => {
    const text = `mode: enfroce
notice: 4h
timezone: Europe/Berlin
policies:
  - name: ipads
    match: {platform: [ipados, macOS], modell: "iPad13,*", os: 26}
    target: 26.10
    due: {days: 14.5}
  - name: ipads
    target: newest
    due: {date: 2026-12-01, at: 18:00}
    detailsUrl: http://x
  - name: c
    match: {serials: [123, ABC]}
    due: soon
releases: {}
server:
  enqueueKey: abc
`;
    expect(lines(text).map((line) => line.replace(/; expected .*; fix: /, ' | '))).toEqual([
      'ratchet.yaml:1:7  mode: enfroce is not accepted | write mode: enforce',
      'ratchet.yaml:2:9  notice: 4h is not accepted | write notice: 24h',
      'ratchet.yaml:3:1  timezone: unknown key, did you mean timeZone? | write timeZone: instead of timezone:',
      'ratchet.yaml:6:24  policies[0].match.platform[0]: ipados is not accepted | write iPadOS',
      'ratchet.yaml:6:40  policies[0].match.modell: unknown key, did you mean model? | write model: instead of modell:',
      'ratchet.yaml:6:64  policies[0].match.os: 26 is a number here | put it in quotes: os: "26"',
      'ratchet.yaml:7:13  policies[0].target: 26.10 is a number here | put it in quotes: target: "26.10"',
      'ratchet.yaml:8:5  policies[0].due.at: at is missing beside days | add at: "18:00"',
      'ratchet.yaml:8:17  policies[0].due.days: 14.5 is not accepted | write days: 14',
      'ratchet.yaml:9:11  policies[1].name: the name "ipads" is already that of policies[0] | write name: ipads-2, or another that says what differs',
      'ratchet.yaml:10:13  policies[1].target: newest is not accepted | write target: latest',
      'ratchet.yaml:11:17  policies[1].due.date: 2026-12-01 is not accepted | write date: "2026-12-01T18:00"',
      "ratchet.yaml:11:29  policies[1].due.at: at can't stand beside date | remove at, or remove date",
      'ratchet.yaml:12:17  policies[1].detailsUrl: http://x is not accepted | write detailsUrl: https://x',
      'ratchet.yaml:13:5  policies[2].target: target is missing | add target: latest',
      'ratchet.yaml:14:23  policies[2].match.serials[0]: 123 is a number here | put it in quotes: "123"',
      'ratchet.yaml:15:10  policies[2].due: soon is not accepted | write due: {days: 14, at: "18:00"}',
      'ratchet.yaml:16:1  releases: neither source nor url nor file is given | write releases: {source: apple}',
      'ratchet.yaml:18:3  server.enqueueKey: unknown key, did you mean enqueueKeyFile? | write enqueueKeyFile: instead of enqueueKey:',
    ]);
  });
});

describe('YAML as people write it', () => {
  it.each([
    ['a tab', 'policies:\n\t- name: x\n', /:2:1 .*spaces.*replace the tab/],
    ['a key twice', 'mode: observe\nmode: silent\n', /:2:1 .*each key once/],
    ['two colons', 'a: b: c\n', /:1:4 .*quotes/],
    ['a range without quotes', 'policies:\n  - match: {}\n    os: >=17 <27\n', /:3:\d+ .*quotes: os: ">=17 <27"/],
    ['a star without quotes', 'model: [iPad13,*]\n', /:1:\d+ .*"iPad13,\*"/],
    ['an open quote', 'mode: "observe\n', /:2:1 .*close what was opened/],
    ['a second document', 'mode: observe\n---\nmode: silent\n', /:2:1 .*one document/],
    ['a list', '- 1\n', /:1:1 .*no keys.*mode: observe/],
    ['an anchor that nothing set', 'policies:\n  - {name: a, due: *due}\n', /:2:20 .*&due/],
    ['an anchor that comes later', 'a: [*due, &due 1]\n', /:1:5 .*&due/],
    ['a line too far left', 'policies:\n  - name: a\n   target: latest\n', /:3:1 .*further left/],
    ['an open list', 'policies: [\n', /not closed/],
    ['no space after the colon', 'mode:observe\ntimeZone: UTC\n', /:1:1 .*space after the colon/],
    ['no space after any colon', 'mode:observe\n', /:1:1 .*space after the colon/],
    ['a tag of somebody', 'mode: !env MODE\n', /:1:7 .*!env.*environment/],
    ['a merge key', 'x: &x {mode: observe}\n<<: *x\n', /:2:1 .*<<: merge keys are not read.*due: \*due/],
  ])('%s', (_, text, expected) => {
    expect(lines(text).join('\n')).toMatch(expected);
  });

  it('goes on judging after a key that is there twice', () => {
    expect(lines('mode: observe\nmode: silent\nnotice: 1h\n')).toHaveLength(2);
  });

  it('follows anchors, and points at where the value stands', () => {
    const text = (serials: string): string => `policies:
  - {name: a, target: latest, due: &due {days: 1, at: "18:00"}, match: {serials: &s ${serials}}}
  - {name: b, target: latest, due: *due, match: {serials: *s}}
`;
    const good = readPolicyText(text('[A, B]'), 'r', 0);
    expect(good.problems).toEqual([]);
    expect(good.policySet?.policies[1]).toMatchObject({ due: { days: 1 }, match: { serials: ['A', 'B'] } });
    expect(readPolicyText(text('[A, "-"]'), 'r', 0).problems.map(({ line }) => line)).toEqual([2, 2]);
  });

  it('refuses anchors that unfold without end', () => {
    const bomb = [
      'a0: &a0 [x, x, x, x, x, x, x, x, x, x]',
      ...[1, 2, 3, 4, 5, 6, 7].map(
        (n) =>
          `a${n}: &a${n} [${Array(10)
            .fill(`*a${n - 1}`)
            .join(', ')}]`,
      ),
    ].join('\n');
    expect(lines(`${bomb}\n`).join('\n')).toMatch(/write the values out/);
  });

  it('takes an empty file for observing, and says so', () => {
    const { policySet, warnings } = readPolicyText('', 'r', 0);
    expect(policySet?.mode).toBe('observe');
    expect(warnings).toHaveLength(1);
  });

  it('refuses a key named length where a list should be, whatever is in it', () => {
    const { policySet, problems } = readPolicyText('policies: {length: {valueOf: 1, toString: 1}}', 'ratchet.yaml', 0);
    expect([policySet, problems.map(({ message }) => message)]).toEqual([undefined, [expect.stringContaining('key named length')]]);
  });

  it('never throws, whatever is written', () => {
    const words = fc.constantFrom(
      'mode:',
      'policies:',
      '- ',
      'name: ',
      'due:',
      '{',
      '}',
      '[',
      ']',
      '*a',
      '&a',
      '\n',
      '  ',
      '\t',
      '"',
      '26.1',
      '#',
      '---',
      '\u0000',
      'é',
      ': ',
      '!!set',
      '!x',
      '|',
      '>',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 40 }), (parts) => {
        const { problems, policySet } = readPolicyText(parts.join(''), 'r', 0);
        expect(problems.length > 0 || policySet !== undefined).toBe(true);
        for (const { line, column } of problems) expect(line === undefined || (line >= 1 && (column ?? 0) >= 1)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a file on disk', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-config-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('that is missing is a problem like any other', () => {
    expect(readPolicyFile(join(folder, 'none.yaml'), 'none.yaml', 0).problems.map(formatProblem)).toEqual([
      'none.yaml  there is no such file; expected a readable ratchet.yaml; fix: write one (examples/nanomdm/ratchet.yaml), or name it with --config',
    ]);
  });

  it('that is not UTF-8 too', () => {
    writeFileSync(join(folder, 'latin.yaml'), Buffer.from('mode: \xe4', 'latin1'));
    expect(readPolicyFile(join(folder, 'latin.yaml'), 'latin.yaml', 0).problems[0]?.message).toBe('this line is not UTF-8');
  });

  it('that is no file too', () => {
    expect(readPolicyFile(folder, 'folder', 0).problems[0]?.message).toMatch(/EISDIR/);
  });
});
