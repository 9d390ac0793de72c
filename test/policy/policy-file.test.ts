import { describe, expect, it } from 'vitest';
import { formatPath } from '../../src/config/problem.ts';
import { PolicyFile } from '../../src/policy/policy-file.ts';
import { crossKeyProblems, policyWarnings } from '../../src/policy/policy-problems.ts';
import { toPolicySet } from '../../src/policy/policy-set.ts';
import { HOUR_MS, instantOf } from '../../src/time/local.ts';

type Entry = Record<string, unknown>;
const policy = (change: Entry = {}): Entry => ({ name: 'a', target: 'latest', due: { days: 14, at: '18:00' }, ...change });
const read = (file: unknown) => toPolicySet(PolicyFile.parse(file));
const NOW = instantOf('2026-11-20T12:00:00', 'UTC');

describe('what the file means', () => {
  it('fills in the defaults of the rules', () => {
    expect(read({ policies: [policy()] })).toEqual({
      mode: 'observe',
      timeZone: 'UTC',
      noticeMs: 24 * HOUR_MS,
      graceReturningMs: 48 * HOUR_MS,
      graceNewEnrollmentMs: 72 * HOUR_MS,
      hardStopMs: 168 * HOUR_MS,
      dmAdopt: false,
      limits: {},
      policies: [
        { name: 'a', match: {}, target: { kind: 'latest' }, due: { kind: 'days', days: 14, at: '18:00' }, mode: 'observe', paused: false },
      ],
    });
  });

  it('takes every key', () => {
    const set = read({
      mode: 'enforce',
      timeZone: 'Europe/Berlin',
      notice: '36h',
      grace: { returning: '3d', newEnrollment: '4d' },
      hardStop: '10d',
      dm: { adopt: true },
      policies: [
        policy({
          match: { platform: ['iOS', 'iPadOS'], model: 'iPad13,*', os: '>=17 <27', supervised: true, ids: 'ID-1', serials: ['S1', 'S2'] },
          target: '26.3.1(a)',
          due: { date: '2026-12-01T18:00' },
          detailsUrl: 'https://it.example.com/',
          mode: 'silent',
          paused: true,
        }),
      ],
    });
    expect(set).toMatchObject({
      mode: 'enforce',
      timeZone: 'Europe/Berlin',
      noticeMs: 36 * HOUR_MS,
      hardStopMs: 240 * HOUR_MS,
      dmAdopt: true,
    });
    expect(set.policies[0]).toMatchObject({
      match: {
        platform: ['iOS', 'iPadOS'],
        model: ['iPad13,*'],
        os: { text: '>=17 <27' },
        supervised: true,
        ids: ['ID-1'],
        serials: ['S1', 'S2'],
      },
      target: { kind: 'exact', version: '26.3.1 (a)' },
      due: { kind: 'date', at: '2026-12-01T18:00:00' },
      mode: 'silent',
      paused: true,
    });
  });

  it('gives a policy without mode the one at the top', () => {
    const set = read({ mode: 'enforce', timeZone: 'UTC', policies: [policy(), policy({ name: 'b', mode: 'observe' })] });
    expect(set.policies.map(({ mode }) => mode)).toEqual(['enforce', 'observe']);
  });
});

describe('a target', () => {
  it.each([
    ['latest', { kind: 'latest' }],
    ['latest-minor', { kind: 'latest-minor' }],
    ['n-1', { kind: 'behind', by: 1 }],
    ['n-2', { kind: 'behind', by: 2 }],
    ['26', { kind: 'major', major: 26 }],
    ['26.6', { kind: 'exact', version: '26.6' }],
    ['26.3.1(a)', { kind: 'exact', version: '26.3.1 (a)' }],
    ['23G83', { kind: 'build', build: '23G83' }],
    ['20A242a', { kind: 'build', build: '20A242a' }],
  ])('%s', (text, target) => {
    expect(read({ policies: [policy({ target: text })] }).policies[0]?.target).toEqual(target);
  });

  it('with its floor, cap and improvements', () => {
    const [first, second] = read({
      policies: [policy({ floor: '26.5', cap: '26', improvements: 'follow' }), policy({ name: 'b', improvements: '26.3.1(A)' })],
    }).policies;
    expect(first).toMatchObject({ floor: '26.5', cap: { text: '<=26' }, improvements: 'follow' });
    expect(second).toMatchObject({ improvements: { only: '26.3.1 (a)' } });
    expect(second).not.toHaveProperty('cap');
  });
});

describe('values that are refused', () => {
  it.each<[string, unknown]>([
    ['notice under 24 h (rule 14)', { notice: '4h' }],
    ['a grace that is no duration', { grace: { returning: 'soon' } }],
    ['a zone nobody knows', { timeZone: 'Europe/Atlantis' }],
    ['an unknown key', { polices: [] }],
    ['a name with a slash', { policies: [policy({ name: 'a/b' })] }],
    ['a marketing name as model', { policies: [policy({ match: { model: 'iPhone 15' } })] }],
    ['an empty list', { policies: [policy({ match: { serials: [] } })] }],
    ['a platform we only know as unknown', { policies: [policy({ match: { platform: 'unknown' } })] }],
    ['an OS range in words', { policies: [policy({ match: { os: 'newer than 17' } })] }],
    ['a weekday nobody knows', { policies: [policy({ due: { days: 1, at: '10:00', weekdays: ['sunday'] } })] }],
    ['a severity nobody knows', { policies: [policy({ due: { days: 9, at: '10:00', severity: { high: 3 } } })] }],
    [
      'a critical version in words',
      { policies: [policy({ due: { days: 9, at: '10:00', severity: { critical: 3, criticalVersions: ['latest'] } } })] },
    ],
    ['half a day', { policies: [policy({ due: { days: 9, at: '10:00', severity: { exploited: 0.5 } } })] }],
    ['no weekday', { policies: [policy({ due: { days: 1, at: '10:00', weekdays: [] } })] }],
    ['a blackout without end', { blackouts: [{ from: '2026-12-24' }] }],
    ['a blackout on a day that does not exist', { blackouts: ['2026-02-30'] }],
    ['a blackout with seconds', { blackouts: [{ from: '2026-12-24T10:00:00', to: '2026-12-25' }] }],
    ['a lead of a month', { blackoutLead: '30d' }],
    ['a target nobody knows', { policies: [policy({ target: 'n-3' })] }],
    ['a word for a target', { policies: [policy({ target: 'newest' })] }],
    ['a minimum that is a word', { policies: [policy({ enrollmentMinimum: 'latest' })] }],
    ['a floor that is a word', { policies: [policy({ floor: 'latest' })] }],
    ['a cap with an improvement', { policies: [policy({ cap: '26.3.1 (a)' })] }],
    ['improvements that are a plain version', { policies: [policy({ improvements: '26.3.1' })] }],
    ['a number as target', { policies: [policy({ target: 26.1 })] }],
    ['24:00', { policies: [policy({ due: { days: 1, at: '24:00' } })] }],
    ['a date that does not exist', { policies: [policy({ due: { date: '2026-02-30T10:00' } })] }],
    ['a date with a zone', { policies: [policy({ due: { date: '2026-12-01T10:00Z' } })] }],
    ['half a day', { policies: [policy({ due: { days: 0.5, at: '10:00' } })] }],
    ['an http address for the user', { policies: [policy({ detailsUrl: 'http://it.example.com' })] }],
  ])('%s', (_, file) => {
    expect(PolicyFile.safeParse(file).success).toBe(false);
  });
});

describe('problems across keys', () => {
  it.each<[string, unknown, string[]]>([
    ['a file that is no object', 'text', []],
    ['observe needs no zone', { policies: [policy()] }, []],
    ['enforce needs a zone (rule 17)', { mode: 'enforce', policies: [policy()] }, ['timeZone']],
    ['a ceiling above an enforcing policy needs none', { mode: 'observe', policies: [policy({ mode: 'enforce' })] }, []],
    ['nobody enforces under enforce', { mode: 'enforce', policies: [policy({ mode: 'observe' })] }, []],
    ['a name twice', { policies: [policy(), policy({ name: 'b' }), policy()] }, ['policies[2].name']],
    [
      'date beside days and at',
      { policies: [policy({ due: { date: 'x', days: 1, at: '10:00' } })] },
      ['policies[0].due.days', 'policies[0].due.at'],
    ],
    ['days alone', { policies: [policy({ due: { days: 1 } })] }, ['policies[0].due.at']],
    ['at alone', { policies: [policy({ due: { at: '10:00' } })] }, ['policies[0].due.days']],
    ['nothing due', { policies: [policy({ due: {} })] }, ['policies[0].due.days']],
    ['a floor, a cap and a target that go together', { policies: [policy({ target: '26', floor: '26.5', cap: '26.6' })] }, []],
    ['a floor above the cap', { policies: [policy({ floor: '27.0', cap: '26' })] }, ['policies[0].floor']],
    ['a target above the cap', { policies: [policy({ target: '27.0', cap: '26' })] }, ['policies[0].cap']],
    ['a major version above the cap', { policies: [policy({ target: '27', cap: '26' })] }, ['policies[0].cap']],
    ['a minimum at the target', { policies: [policy({ target: '26.5', enrollmentMinimum: '26.5' })] }, []],
    ['the target as the minimum', { policies: [policy({ target: '26', enrollmentMinimum: 'target', cap: '26' })] }, []],
    [
      'a minimum above the target',
      { policies: [policy({ target: '26.5', enrollmentMinimum: '26.6' })] },
      ['policies[0].enrollmentMinimum'],
    ],
    [
      'a minimum above the major version',
      { policies: [policy({ target: '26', enrollmentMinimum: '27.0' })] },
      ['policies[0].enrollmentMinimum'],
    ],
    ['a minimum above the cap', { policies: [policy({ enrollmentMinimum: '27.0', cap: '26' })] }, ['policies[0].enrollmentMinimum']],
    ['a floor above the target', { policies: [policy({ target: '26.5', floor: '26.6' })] }, ['policies[0].floor']],
    ['a floor above the major version', { policies: [policy({ target: '26', floor: '27.0' })] }, ['policies[0].floor']],
    ['improvements beside one release', { policies: [policy({ target: '26.5', improvements: 'follow' })] }, ['policies[0].improvements']],
    ['an improvement above the cap', { policies: [policy({ cap: '26.2', improvements: '26.3.1 (a)' })] }, ['policies[0].improvements']],
    ['targets, floors and caps that are none', { policies: [policy({ target: 5, floor: {}, cap: [], improvements: 1 })] }, []],
    [
      'weekdays beside a date',
      { policies: [policy({ due: { date: '2026-12-01T10:00', weekdays: ['mon'] } })] },
      ['policies[0].due.weekdays'],
    ],
    [
      'severity beside a date',
      { policies: [policy({ due: { date: '2026-12-01T10:00', severity: { exploited: 3 } } })] },
      ['policies[0].due.severity'],
    ],
    [
      'days of severities in order',
      { policies: [policy({ due: { days: 14, at: '10:00', severity: { exploited: 3, critical: 7, major: 60 } } })] },
      [],
    ],
    [
      'severities that would put a date off',
      { policies: [policy({ due: { days: 5, at: '10:00', severity: { exploited: 6, critical: 7 } } })] },
      ['policies[0].due.severity.exploited', 'policies[0].due.severity.critical'],
    ],
    [
      'more days for exploited than for critical',
      { policies: [policy({ due: { days: 14, at: '10:00', severity: { exploited: 7, critical: 6 } } })] },
      ['policies[0].due.severity.exploited'],
    ],
    [
      'critical versions without days',
      { policies: [policy({ due: { days: 14, at: '10:00', severity: { criticalVersions: ['26.1'] } } })] },
      ['policies[0].due.severity.critical'],
    ],
    ['a blackout that ends before it begins', { blackouts: ['2026-12-24', { from: '2026-12-26', to: '2026-12-25' }] }, ['blackouts[1]']],
    ['a blackout of a day, written twice', { blackouts: [{ from: '2026-12-26', to: '2026-12-26' }] }, []],
    [
      'a blackout of two years',
      { policies: [policy({ blackouts: [{ from: '2026-01-01', to: '2027-12-31' }] })] },
      ['policies[0].blackouts[0]'],
    ],
    ['blackouts that are none', { blackouts: [5, null, { from: 'x', to: 'y' }], policies: [policy({ blackouts: 'x' })] }, []],
    ['a window of 70 minutes', { policies: [policy({ windows: [{ from: '23:30', to: '00:40' }] })] }, []],
    [
      'windows in which no command fits',
      {
        policies: [
          policy({
            windows: [
              { from: '01:00', to: '05:00' },
              { from: '23:30', to: '00:39' },
              { from: '01:00', to: '01:30' },
            ],
          }),
        ],
      },
      ['policies[0].windows[1].to', 'policies[0].windows[2].to'],
    ],
    ['a whole day', { policies: [policy({ windows: [{ from: '01:00', to: '01:00' }] })] }, []],
    [
      'windows that are none',
      { policies: [policy({ windows: [null, 'x', { from: 1, to: '25:00' }] }), policy({ name: 'b', windows: 5 })] },
      [],
    ],
    ['a grace past the hard stop', { grace: { returning: '8d' } }, ['grace.returning']],
    ['a hard stop before the default grace', { hardStop: '2d' }, ['hardStop']],
    ['a grace under the notice', { notice: '60h', grace: { returning: '59h' } }, ['grace.returning']],
    ['a notice over the default grace', { notice: '60h' }, ['notice']],
  ])('%s', (_, file, paths) => {
    expect(crossKeyProblems(file).map(({ path }) => formatPath(path))).toEqual(paths);
  });
});

describe('warnings', () => {
  const enforced = (...policies: Entry[]) => read({ mode: 'enforce', timeZone: 'UTC', policies });
  it.each<[string, ReturnType<typeof read>, [string, RegExp][]]>([
    ['none for a good one', enforced(policy()), []],
    ['no policy', read({}), [['policies', /no policy/]]],
    ['past everywhere', enforced(policy({ due: { date: '2026-11-19T23:59' } })), [['policies[0].due', /past everywhere/]]],
    [
      'not yet past in the latest zone, but within the notice',
      enforced(policy({ due: { date: '2026-11-20T00:01' } })),
      [['policies[0].due', /nearer than the notice/]],
    ],
    ['far enough', enforced(policy({ due: { date: '2026-11-21T00:01' } })), []],
    ['under the ceiling', read({ policies: [policy({ mode: 'enforce' })] }), [['policies[0].mode', /ceiling/]]],
    ['never reached', enforced(policy(), policy({ name: 'b', match: { platform: 'iOS' } })), [['policies[1].name', /never reached: "a"/]]],
    [
      'commands alone',
      enforced(policy({ channel: 'commands', windows: [{ from: '01:00', to: '05:00' }] })),
      [['policies[0].channel', /up to OS 26 only.*passcode/]],
    ],
    [
      'a forced restart',
      enforced(policy({ commands: { forceRestart: true } })),
      [['policies[0].commands.forceRestart', /unsaved work is lost/]],
    ],
    ['deferrals without windows', enforced(policy({ commands: { userDeferrals: 3 } })), []],
    [
      'deferrals beside windows',
      enforced(policy({ commands: { userDeferrals: 3 }, windows: [{ from: '01:00', to: '05:00' }] })),
      [['policies[0].commands.userDeferrals', /Apple picks the hour/]],
    ],
    [
      'deferrals beside notifyOnly',
      enforced(policy({ commands: { userDeferrals: 3, notifyOnly: true } })),
      [['policies[0].commands.notifyOnly', /only notified until/]],
    ],
    [
      'n-1 of devices that are not supervised',
      enforced(policy({ target: 'n-1', match: { supervised: false } })),
      [['policies[0].target', /only the newest of each major version/]],
    ],
    ['a build', enforced(policy({ target: '23G83' })), [['policies[0].target', /several builds/]]],
    ['a floor of another major', enforced(policy({ target: 'latest-minor', floor: '26.5' })), [['policies[0].floor', /never reaches/]]],
    ['watches only', enforced(policy({ match: { platform: 'watchOS' } })), [['policies[0].match', /no way/]]],
    [
      'an iPad that is an iPhone',
      enforced(policy({ match: { platform: 'iPadOS', model: ['iPhone15,*', 'iPad1,1'] } })),
      [['policies[0].match', /iPhone15,\* is no iPadOS/]],
    ],
  ])('%s', (_, set, expected) => {
    const warnings = policyWarnings(set, NOW);
    expect(warnings.map(({ path }) => formatPath(path))).toEqual(expected.map(([path]) => path));
    for (const [index, [, message]] of expected.entries()) expect(warnings[index]?.message).toMatch(message);
  });
});
