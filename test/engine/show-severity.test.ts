import { describe, expect, it } from 'vitest';
import { whyText } from '../../src/cli/why.ts';
import { releasesAnswer } from '../../src/engine/show/releases.ts';
import { createShow } from '../../src/engine/show/show.ts';
import { inForce, raisedIn } from '../../src/releases/held-severity.ts';
import type { Severities, ToldRelease } from '../../src/releases/severity.types.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { catalogue, DEVICE, NOW, release, withPolicy } from '../decide/builders.ts';
import { createHouse } from './house.ts';

/** What people are told of severity, by `why`, `plan` and `releases show`. */

function told(version: string, changes: Partial<ToldRelease> = {}): ToldRelease {
  const at = NOW - 2 * DAY_MS;
  return { version, builds: [], cves: 9, exploited: 0, critical: 0, firstToldAt: at, severeSince: at, isTold: true, ...changes };
}

const SEVERITIES: Severities = {
  schema: 1,
  platforms: [
    { platform: 'iOS', releases: [told('40.7'), told('40.6', { exploited: 2, releaseDate: '2040-09-08' })], goodAt: NOW },
    {
      platform: 'tvOS',
      releases: [told('40.6', { critical: 1 })],
      goodAt: NOW,
      doubt: { kind: 'empty', detail: 'Nothing.', since: NOW, digest: '' },
    },
  ],
};

describe('a device whose date is nearer', () => {
  it('is told why, in why and in plan', async () => {
    const house = createHouse({ policies: withPolicy({ due: { kind: 'days', days: 14, at: '18:00', severity: { exploited: 3 } } }) });
    house.standing.severities = SEVERITIES;
    await house.enroll();
    const show = createShow(house.store, house.standing, house.clock);
    const because = '3 days at 18:00 (exploited), because it fixes an exploited CVE (SOFA)';
    const why = await show.why(DEVICE);
    expect(why && whyText(why)).toContain(`${because}: due 2040-09-13T18:00:00`);
    const { devices } = await show.plan();
    expect(devices).toMatchObject([{ severity: 'exploited', next: expect.stringContaining(`; iOS 40.6: ${because}`) }]);
  });
});

describe('the list of releases', () => {
  it('has what SOFA told of the platforms of each release, and what only SOFA names', () => {
    const answer = releasesAnswer(
      catalogue([release('40.6', { devices: ['iPhone90,1', 'AppleTV90,1', 'Watch90,1'] })]),
      'apple',
      SEVERITIES,
    );
    const toldAt = NOW - 2 * DAY_MS;
    expect(answer.releases[0]?.sofa).toEqual([
      { platform: 'iOS', version: '40.6', toldAt, releaseDate: '2040-09-08', cves: 9, exploited: 2, critical: 0 },
      { platform: 'tvOS', version: '40.6', toldAt, cves: 9, exploited: 0, critical: 1 },
    ]);
    expect(answer.sofa).toEqual({
      feeds: [
        { platform: 'iOS', goodAt: NOW },
        { platform: 'tvOS', goodAt: NOW, doubt: 'Nothing.' },
      ],
      newer: [{ platform: 'iOS', version: '40.7', toldAt, cves: 9, exploited: 0, critical: 0 }],
    });
  });

  it('says what of it is not in force yet', () => {
    const severe = told('40.6', { exploited: 2 });
    const held = raisedIn({ platform: 'iOS', releases: [told('40.7'), severe], goodAt: NOW }, undefined);
    const mark = { plan: 'p', plannedAt: NOW, since: NOW, handedOut: 0, broughtForward: 51, limit: 50, releases: held };
    const severities: Severities = { schema: 1, platforms: [{ platform: 'iOS', releases: [severe], goodAt: NOW, held: mark }] };
    const answer = releasesAnswer(catalogue(), 'apple', severities);
    expect(answer.sofa?.feeds).toEqual([{ platform: 'iOS', goodAt: NOW, held: ['40.6 exploited'] }]);
    expect(inForce(severities).platforms).toEqual([{ platform: 'iOS', releases: [{ ...severe, exploited: 0 }], goodAt: NOW }]);
  });

  it('says nothing of SOFA where it told nothing', () => {
    const answer = releasesAnswer(catalogue(), 'apple', undefined);
    expect([answer.sofa, answer.releases.some(({ sofa }) => sofa)]).toEqual([undefined, false]);
  });
});
