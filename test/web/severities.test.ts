import { afterEach, describe, expect, it } from 'vitest';
import { SeveritiesActAnswer, SeveritiesAnswer } from '../../src/engine/answers.ts';
import type { SofaFeed } from '../../src/feeds/sofa.ts';
import { createWebBench, NOW, type WebBench } from './bench.ts';
import { byPassword, byToken, fieldsOf } from './forms.ts';

/** Rule 22 for SOFA's word, through the whole app and its restarts. */

let bench: WebBench;
afterEach(() => bench.close());

const POLICIES = {
  policies: [
    {
      name: 'everyone',
      match: {},
      target: { kind: 'latest' as const },
      due: { kind: 'days' as const, days: 14, at: '18:00', severity: { exploited: 4 } },
      mode: 'enforce' as const,
      paused: false,
    },
  ],
};
const FEED = JSON.stringify({ OSVersions: [{ SecurityReleases: [{ ProductVersion: '26.6.1', CVEs: { 'CVE-2026-0001': true } }] }] });
const sofa: SofaFeed[] = [
  { platform: 'iOS', feed: { name: 'sofa', read: async () => ({ kind: 'answer', body: FEED, etag: '"1"', at: NOW }) } },
];

/** A new process on the same store. */
async function restart(life: number): Promise<void> {
  const { store } = bench;
  await bench.ratchet.stop();
  bench = await createWebBench({ policies: POLICIES, openStore: () => store, sofa, life });
  while (bench.ratchet.standing.severitiesTold === undefined) await new Promise((resolve) => setImmediate(resolve));
  await bench.settle();
}
const dates = async () => [
  ...new Set((await bench.store.listEnrollments('', 100)).map(({ decision }) => decision.isHandedOut && decision.enforcement?.local)),
];
const shown = async () => SeveritiesAnswer.parse(await (await bench.api('/severities')).json()).held;
const accept = (body: object) =>
  bench.api('/severities/accept', { method: 'POST', body: JSON.stringify(body) }, { 'Content-Type': 'application/json' });

describe('a severity that is held', () => {
  it('is shown with what it would do, outlives restarts, and counts with a yes', async () => {
    bench = await createWebBench({ policies: POLICIES });
    for (let n = 0; n < 51; n++) await bench.enroll(`D${n}`);
    await bench.settle();
    expect([await dates(), await shown()]).toEqual([['2026-12-04T18:00:00'], []]);
    expect((await accept({ plan: '000000000000' })).status).toBe(409);

    for (const life of [1, 2]) {
      await restart(life);
      expect(await shown()).toMatchObject([
        {
          ...{ platform: 'iOS', since: NOW, releases: [{ version: '26.6.1', from: 'standard', to: 'exploited' }] },
          difference: { broughtForward: 51, handedOut: 0, guard: { limit: 50, isHeld: true } },
        },
      ]);
      expect(await dates()).toEqual(['2026-12-04T18:00:00']);
    }

    const plan = (await shown())[0]?.difference.guard?.plan;
    expect((await accept({ plan: '' })).status).toBe(400);
    const answer = SeveritiesActAnswer.parse(await (await accept({ plan, by: 'jane', note: 'ticket' })).json());
    expect(answer).toMatchObject({ result: 'accepted', platform: 'iOS', difference: { broughtForward: 51 } });
    await bench.settle();
    expect([await dates(), await shown()]).toEqual([['2026-11-24T18:00:00'], []]);
    expect(await bench.store.listAudit(1)).toMatchObject([
      { by: 'jane', act: 'severity-accepted', detail: { platform: 'iOS', releases: ['26.6.1 exploited'], plan, note: 'ticket' } },
    ]);
  });

  it('is shown on a page with what it would do, and counts with a yes from there', async () => {
    bench = await createWebBench({ policies: POLICIES });
    for (let n = 0; n < 51; n++) await bench.enroll(`D${n}`);
    await bench.settle();
    const words = (page: string) => page.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');
    const PAGE = '/releases/severities';
    expect(words(await (await byPassword(bench)).read(PAGE))).toContain('No severity waits for a yes');

    await restart(1);
    const browser = await byPassword(bench);
    expect(await browser.read('/releases')).toContain(`href="${PAGE}"`);
    const page = await browser.read(PAGE);
    expect(words(page)).toContain('26.6.1: exploited standard is in force');
    expect(words(page)).toContain(
      'It would bring the date of 51 devices forward, and hand an update to 0 devices more; 0 devices stay as they are. Without a yes 50 of 51 may be touched.',
    );
    expect(words(page)).toContain('2026-11-24 0 51');
    expect(await (await byToken(bench, 'read')).read(PAGE)).not.toContain('/acts/');

    const fields = fieldsOf(page);
    await browser.post('/acts/acceptSeverities', { ...fields, plan: '000000000000' });
    expect(await browser.read(PAGE)).toContain('role="alert"');
    expect(await shown()).toHaveLength(1);
    await browser.post('/acts/acceptSeverities', { ...fields, note: 'ticket' });
    expect(words(await browser.read(PAGE))).toContain(
      'Accepted: iOS 26.6.1 exploited. Sooner than before: 51 devices. Newly handed an update: 0 devices.',
    );
    await bench.settle();
    expect([await dates(), await shown()]).toEqual([['2026-11-24T18:00:00'], []]);
    expect(await bench.store.listAudit(1)).toMatchObject([{ by: 'browser', act: 'severity-accepted', detail: { note: 'ticket' } }]);
  });
});
