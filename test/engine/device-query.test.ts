import { describe, expect, it } from 'vitest';
import { type GivenQuery, readDeviceQuery } from '../../src/engine/show/device-query.ts';

const PLAIN = { sort: 'id', isDescending: false, limit: 100 };

describe('a query for devices', () => {
  it.each<[string, GivenQuery, object]>([
    ['nothing', {}, PLAIN],
    ['texts that are empty', { q: ' ', reason: [''], limit: '' }, PLAIN],
    ['a search', { q: "Jane's" }, { ...PLAIN, q: "Jane's" }],
    ['reasons', { reason: ['overdue', 'verified'] }, { ...PLAIN, reasons: ['overdue', 'verified'] }],
    ['one reason', { reason: 'overdue' }, { ...PLAIN, reasons: ['overdue'] }],
    ['a group', { group: 'current' }, { ...PLAIN, reasons: ['verified'] }],
    ['reasons within groups', { reason: ['overdue', 'verified'], group: ['current', 'held'] }, { ...PLAIN, reasons: ['verified'] }],
    ['a reason outside the group', { reason: 'overdue', group: 'current' }, { ...PLAIN, reasons: [] }],
    [
      'everything else',
      {
        ...{ platform: 'iPadOS', version: '26.3.1 (a)', policy: 'p', ring: 'r', tag: 't', from: '2026-12-01', until: '2026-12-01' },
        ...{ handedOut: 'true', holding: 'false', exposed: 'true', sort: 'lastSeenAt', order: 'desc', cursor: 'abc', limit: '1000' },
      },
      {
        ...{ platform: 'iPadOS', version: '26.3.1 (a)', policy: 'p', ring: 'r', tag: 't', from: '2026-12-01', until: '2026-12-01' },
        ...{ isHandedOut: true, isHolding: false, isExposed: true, sort: 'lastSeenAt', isDescending: true, cursor: 'abc', limit: 1_000 },
      },
    ],
  ])('reads %s', (_, given, query) => {
    expect(readDeviceQuery(given)).toEqual({ query });
  });

  it.each<[GivenQuery, string]>([
    [{ colour: 'red' }, 'There is no "colour"; expected one of q, reason, group, platform,'],
    [{ toString: 'x' }, 'There is no "toString"'],
    [{ reason: ['overdue', 'late'] }, 'reason is "overdue", "late"; expected a reason of docs/reasons.md.'],
    [{ reason: 'toString' }, 'reason is "toString"; expected a reason'],
    [{ group: 'gone' }, 'group is "gone"; expected one of broken, needs-person, held, on-the-way, left-alone, current.'],
    [{ platform: 'ios' }, 'platform is "ios"; expected one of iOS, iPadOS,'],
    [{ version: 'latest' }, 'version is "latest"; expected a version such as 26.1'],
    [{ from: '2026-02-30' }, 'from is "2026-02-30"; expected a date such as 2026-12-01.'],
    [{ from: '2026-12-02', until: '2026-12-01' }, 'from is "2026-12-02" and until is "2026-12-01"; expected from to be the earlier day.'],
    [{ handedOut: 'yes' }, 'handedOut is "yes"; expected true or false.'],
    [{ exposed: 'toString' }, 'exposed is "toString"; expected true or false.'],
    [{ sort: 'colour' }, 'sort is "colour"; expected one of id, serial, name,'],
    [{ order: 'up' }, 'order is "up"; expected one of asc, desc.'],
    [{ limit: '0' }, 'limit is "0"; expected a whole number from 1 to 1000.'],
    [{ limit: '1e3' }, 'limit is "1e3"; expected a whole number'],
    [{ limit: ['1', '2'] }, 'limit is "1", "2"; expected it once, a whole number'],
    [{ q: 'x'.repeat(201) }, `q is "${'x'.repeat(60)}…"; expected 1 to 200 characters.`],
  ])('says what is wrong with %j', (given, problem) => {
    expect(readDeviceQuery(given)).toEqual({ problem: expect.stringContaining(problem) });
  });
});
