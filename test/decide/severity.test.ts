import { describe, expect, it } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import type { SeverityDays } from '../../src/policy/policy.types.ts';
import type { Severities, ToldRelease } from '../../src/releases/severity.types.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { catalogue, input, line, MAC_FACTS, NOW, PHONE_FACTS, release, withPolicy } from './builders.ts';
import { createStory } from './story.ts';

/** Rules 7 and 10: severity brings a ledger line nearer, and only what SOFA takes back puts it off again. */

/** What SOFA told of a release; first seen two days ago like 40.6 itself. */
function told(version: string, changes: Partial<ToldRelease> = {}): ToldRelease {
  const at = NOW - 2 * DAY_MS;
  return { version, builds: [], cves: 10, exploited: 0, critical: 0, firstToldAt: at, severeSince: at, isTold: true, ...changes };
}

function severities(...releases: ToldRelease[]): Severities {
  return { schema: 1, platforms: [{ platform: 'iOS', releases, goodAt: NOW }] };
}

function severe(severity: SeverityDays, days = 14) {
  return withPolicy({ due: { kind: 'days', days, at: '18:00', severity } });
}

const DAYS = { exploited: 3, critical: 7, major: 60 };
const EXPLOITED = severities(told('40.6', { exploited: 1 }));

describe('a new line', () => {
  it.each<[string, SeverityDays, Severities | undefined, string, string]>([
    ['of a release that fixes an exploited CVE', DAYS, EXPLOITED, '2040-09-11', '3 days at 18:00 (exploited)'],
    ['of one that fixes a critical CVE', DAYS, severities(told('40.6', { critical: 2 })), '2040-09-15', '7 days at 18:00 (critical)'],
    ['of one that fixes both', DAYS, severities(told('40.6', { critical: 2, exploited: 1 })), '2040-09-11', '3 days at 18:00 (exploited)'],
    ['of an exploited one, where only critical has days', { critical: 7 }, EXPLOITED, '2040-09-15', '7 days at 18:00 (critical)'],
    [
      'of a critical one, where only exploited has days',
      { exploited: 3 },
      severities(told('40.6', { critical: 1 })),
      '2040-09-22',
      '14 days at 18:00',
    ],
    ['of one the policy names', { critical: 7, criticalVersions: ['40.6'] }, undefined, '2040-09-15', '7 days at 18:00 (named)'],
    ['of one with fixes of no note', DAYS, severities(told('40.6')), '2040-09-22', '14 days at 18:00'],
    ['of one SOFA does not tell of', DAYS, severities(told('40.7', { exploited: 1 })), '2040-09-22', '14 days at 18:00'],
    ['while SOFA has told nothing', DAYS, undefined, '2040-09-22', '14 days at 18:00'],
    ['under a policy without severity', {}, EXPLOITED, '2040-09-22', '14 days at 18:00'],
    // 3 days from the news, not from first seen: they would be over.
    [
      'of one told exploited today',
      DAYS,
      severities(told('40.6', { exploited: 1, severeSince: NOW })),
      '2040-09-13',
      '3 days at 18:00 (exploited)',
    ],
    [
      'of one told exploited too late to be nearer',
      DAYS,
      severities(told('40.6', { exploited: 1, severeSince: NOW + 30 * DAY_MS })),
      '2040-09-22',
      '14 days at 18:00',
    ],
  ])('%s', (_, days, known, date, spec) => {
    const { ledgerLines } = decide(input({ policies: severe(days), severities: known }));
    expect(ledgerLines).toMatchObject([{ release: 'iOS 40.6', dueLocal: `${date}T18:00:00`, dueSpec: spec }]);
  });

  it('knows an exploited CVE of tvOS from one of iOS, though both stand under one platform key', () => {
    const known: Severities = { schema: 1, platforms: [{ platform: 'tvOS', releases: [told('40.6', { exploited: 1 })], goodAt: NOW }] };
    const { ledgerLines } = decide(input({ policies: severe(DAYS), severities: known }));
    expect(ledgerLines).toMatchObject([{ dueSpec: '14 days at 18:00' }]);
  });

  it.each<[string, SeverityDays, string]>([
    ['has the days of major', DAYS, '60 days at 18:00 (major)'],
    ['counts as any other where major has none', { exploited: 3 }, '3 days at 18:00 (exploited)'],
  ])('of another major version %s, whatever it fixes', (_, days, spec) => {
    const { ledgerLines } = decide(
      input({
        policies: severe(days),
        catalogue: catalogue([release('41.0')]),
        severities: severities(told('41.0', { exploited: 1 }), told('40.7', { exploited: 1 })),
      }),
    );
    expect(ledgerLines.filter(({ release: name }) => name === 'iOS 41.0')).toMatchObject([{ dueSpec: spec }]);
    expect(ledgerLines.some(({ release: name }) => name === 'iOS 40.7')).toBe(days.major === undefined && false);
  });
});

describe('what a device misses below its target', () => {
  const known = severities(
    told('40.5.3', { exploited: 1 }),
    told('40.5.2', { exploited: 2 }),
    told('40.5', { exploited: 1 }),
    told('39.9', { exploited: 1 }),
  );

  it('binds it when it is severe: the newest of those due first, and no line for the rest', () => {
    const { ledgerLines, deadline } = decide(input({ policies: severe(DAYS), severities: known }));
    expect(ledgerLines.map((one) => [one.release, one.dueSpec])).toEqual([
      ['iOS 40.6', '14 days at 18:00'],
      ['iOS 40.5.3', '3 days at 18:00 (exploited)'],
    ]);
    expect(deadline).toMatchObject({ release: 'iOS 40.5.3', dueLocal: '2040-09-11T18:00:00' });
  });

  it('binds it no more once it is installed', () => {
    const story = createStory({ policies: severe(DAYS) });
    story.severities(known);
    expect(story.decision.deadline?.release).toBe('iOS 40.5.3');
    story.tells({ osVersion: '40.5.3' }, NOW + HOUR_MS);
    expect(story.decision.deadline).toMatchObject({ release: 'iOS 40.6', dueLocal: '2040-09-22T18:00:00' });
  });

  it('does not hurry a Mac by what an iPhone misses', () => {
    const { ledgerLines } = decide(input({ enrollment: { facts: MAC_FACTS }, policies: severe(DAYS), severities: known }));
    expect(ledgerLines).toMatchObject([{ release: 'macOS 40.6', dueSpec: '14 days at 18:00' }]);
  });
});

describe('a written line', () => {
  const STANDARD = line({ dueLocal: '2040-09-22T18:00:00', dueAt: Date.parse('2040-09-22T16:00:00Z'), dueSpec: '14 days at 18:00' });
  const HURRIED = line({
    dueLocal: '2040-09-11T18:00:00',
    dueAt: Date.parse('2040-09-11T16:00:00Z'),
    dueSpec: '3 days at 18:00 (exploited)',
  });
  const MAJOR = line({
    ...STANDARD,
    dueLocal: '2040-11-07T18:00:00',
    dueAt: Date.parse('2040-11-07T17:00:00Z'),
    dueSpec: '60 days at 18:00 (major)',
  });

  it.each<[string, typeof STANDARD, Severities | undefined, SeverityDays, string | undefined]>([
    ['moves nearer when its release turns out to be exploited', STANDARD, EXPLOITED, DAYS, '2040-09-11T18:00:00'],
    ['stays when nothing is told', STANDARD, undefined, DAYS, undefined],
    [
      'stays when the news comes too late to bring it nearer',
      STANDARD,
      severities(told('40.6', { exploited: 1, severeSince: NOW + 30 * DAY_MS })),
      DAYS,
      undefined,
    ],
    ['stays where it is while SOFA tells nothing of its release', HURRIED, severities(told('40.7')), DAYS, undefined],
    ['stays where it is when SOFA is lost', HURRIED, undefined, DAYS, undefined],
    ['stays while it is as severe', HURRIED, EXPLOITED, DAYS, undefined],
    ['goes back when SOFA took it back', HURRIED, severities(told('40.6')), DAYS, '2040-09-22T18:00:00'],
    ['goes back to critical when that is what is left', HURRIED, severities(told('40.6', { critical: 1 })), DAYS, '2040-09-15T18:00:00'],
    ['moves when the operator edits the days of its severity', HURRIED, EXPLOITED, { exploited: 5 }, '2040-09-13T18:00:00'],
    ['moves when the operator takes severity out', HURRIED, EXPLOITED, {}, '2040-09-22T18:00:00'],
    ['stays when the days of another severity are edited', HURRIED, EXPLOITED, { ...DAYS, critical: 9 }, undefined],
    ['moves when the operator names its version', STANDARD, undefined, { critical: 7, criticalVersions: ['40.6'] }, '2040-09-15T18:00:00'],
    ['moves nearer when its major version was reached otherwise', MAJOR, undefined, DAYS, '2040-09-22T18:00:00'],
  ])('%s', (_, written, known, days, expected) => {
    const { ledgerLines } = decide(input({ policies: severe(days), severities: known, lines: [written] }));
    expect(ledgerLines.map(({ dueLocal }) => dueLocal)).toEqual(expected === undefined ? [] : [expected]);
  });

  it('of a version that is named no more goes back: the name was the operator’s', () => {
    const named = line({ dueSpec: '7 days at 18:00 (named)' });
    const { ledgerLines } = decide(input({ policies: severe({ critical: 7, criticalVersions: ['40.5'] }), lines: [named] }));
    expect(ledgerLines).toMatchObject([{ dueLocal: '2040-09-22T18:00:00', dueSpec: '14 days at 18:00' }]);
  });

  it('brought nearer keeps its clock start, and what is handed out keeps its notice', () => {
    const story = createStory({ policies: severe(DAYS) });
    story.syncs(NOW + HOUR_MS);
    expect(story.handedOut()?.local).toBe('2040-09-22T18:00:00');
    const at = NOW + 3 * DAY_MS;
    story.at(at);
    story.severities(severities(told('40.6', { exploited: 1 })));
    expect(story.lines).toMatchObject([{ dueLocal: '2040-09-11T18:00:00', clockStartAt: NOW - 2 * DAY_MS }]);
    expect(story.handedOut()).toMatchObject({ local: '2040-09-14T18:00:00', adjustments: [{ by: 'notice' }] });
  });

  it('moves nearer and back without ever moving past where it began', () => {
    const story = createStory({ policies: severe(DAYS) });
    const dates: string[] = [];
    for (const known of [severities(told('40.6')), EXPLOITED, severities(told('40.6')), EXPLOITED, severities()]) {
      story.severities(known);
      dates.push(story.lines[0]?.dueLocal.slice(0, 10) ?? '');
    }
    expect(dates).toEqual(['2040-09-22', '2040-09-11', '2040-09-22', '2040-09-11', '2040-09-11']);
  });
});

describe('a device misses the fix of something exploited', () => {
  const of = (changes: Parameters<typeof input>[0]) => decide(input(changes)).missesExploitedFix;
  const both = catalogue([release('40.6'), release('41.0')]);

  it.each<[string, Parameters<typeof input>[0], boolean | undefined]>([
    ['that its release would bring', { severities: EXPLOITED }, true],
    ['of another major version it is offered', { severities: severities(told('41.0', { exploited: 1 })), catalogue: both }, true],
    ['unless it is offered nothing that has it', { severities: severities(told('41.0', { exploited: 1 })) }, false],
    ['that a newer release than the one told of brings too', { severities: severities(told('40.5.1', { exploited: 1 })) }, true],
    ['unless it runs it already', { severities: severities(told('40.5', { exploited: 1 })) }, false],
    ['unless it is only critical', { severities: severities(told('40.6', { critical: 1 })) }, false],
    ['whatever its policy wants', { severities: EXPLOITED, policies: withPolicy({ mode: 'observe' }) }, true],
    ['also under no policy', { severities: EXPLOITED, policies: withPolicy({ match: { platform: ['macOS'] } }) }, true],
    ['unless Apple took it back', { severities: EXPLOITED, catalogue: catalogue([release('40.6', { withdrawnAt: NOW })]) }, false],
    ['which nobody can tell while SOFA has told nothing', { severities: undefined }, undefined],
    ['which nobody can tell of its platform', { severities: { schema: 1, platforms: [] } }, undefined],
    ['which nobody can tell without a list of releases', { severities: EXPLOITED, catalogue: undefined }, undefined],
    ['which nobody can tell of one that left', { severities: EXPLOITED, enrollment: { checkOutAt: NOW } }, undefined],
    [
      'which nobody can tell of one that has not told its version',
      { severities: EXPLOITED, enrollment: { facts: { ...PHONE_FACTS, osVersion: undefined } } },
      undefined,
    ],
  ])('%s', (_, changes, expected) => {
    expect(of(changes)).toBe(expected);
  });
});
