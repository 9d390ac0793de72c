import { afterEach, describe, expect, it } from 'vitest';
import { ReleaseDevicesAnswer, type ReleaseRow, type ReleasesAnswer } from '../../src/engine/answers.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { releasesPage } from '../../src/web/pages/releases.tsx';
import { API_PASSWORD, basic, createWebBench, NOW, type WebBench } from './bench.ts';
import { VIEWER } from './viewers.ts';

/** The page of the releases, as a browser gets it; and of lists that take a bad day at Apple's, as it is written. */

function row(changes: Partial<ReleaseRow> = {}): ReleaseRow {
  return {
    ...{ release: 'iOS 26.6.1', platform: 'iOS', version: '26.6.1', builds: ['23G80'], isListed: true, isImprovement: false },
    ...{ models: 40, publicModels: 40, managedModels: 40, withdrawnModels: 0, firstSeenAt: NOW - 3 * DAY_MS },
    ...{ postingDate: '2026-11-17', expirationDate: '2027-02-18', expirationRolls: true },
    ...changes,
  };
}

function html(answer: Partial<ReleasesAnswer>, counts: ReleaseDevicesAnswer['releases'] = []): string {
  return releasesPage({
    releases: { schema: 'ratchet.releases/1', source: 'apple', checkedAt: NOW - 60_000, releases: [], ...answer },
    counts: { schema: 'ratchet.release-devices/1', releases: counts },
    now: NOW,
    viewer: VIEWER,
  });
}

const wordsOf = (text: string) => text.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');
const words = (...given: Parameters<typeof html>) => wordsOf(html(...given));

describe('the page of the releases', () => {
  let bench: WebBench;
  afterEach(() => bench.close());
  const init = { headers: { authorization: basic('ratchet', API_PASSWORD) } };

  it('counts which of ours could take a release, and leads to exactly these', async () => {
    bench = await createWebBench();
    for (const id of ['D1', 'D2']) await bench.enroll(id);
    const page = await (await bench.ask('/releases', init)).text();
    expect(page).toContain('<a href="/releases" aria-current="page">');
    expect(wordsOf(page)).toContain('iOS 26.6.1 23G80 1 model');
    const [, link = '', count] = /href="(\/devices\?couldTake=[^"]+)">(\d+)</.exec(page) ?? [];
    expect(count).toBe('2');
    expect(await (await bench.ask(link, init)).text()).toContain('2 devices</h1>');
    expect(await (await bench.ask(`${link}&platform=macOS`, init)).text()).toContain('No device is meant by that');
    expect(await (await bench.ask('/devices?couldTake=iOS+99', init)).text()).toContain('No device is meant by that');
    expect(ReleaseDevicesAnswer.parse(await (await bench.api('/releases/devices')).json()).releases).toEqual([
      { release: 'iOS 26.6.1', couldTake: 2, run: 0 },
    ]);
  });
});

describe('a release', () => {
  it('says to what it is offered, until when, how severe it is and who said so', () => {
    const sofa = [{ platform: 'iOS', version: '26.6.1', toldAt: NOW, cves: 31, exploited: 2, critical: 1 }];
    const text = words({ releases: [row({ sofa, criticalBy: ['staff'], publicModels: 38 })] }, [
      { release: 'iOS 26.6.1', couldTake: 1_204, run: 7 },
    ]);
    expect(text).toContain('40 models, 2 of them supervised only');
    expect(text).toContain('3 days ago posted 2026-11-17');
    expect(text).toContain('2027-02-18, moving on');
    expect(text).toContain('2 exploited 1 critical 31 CVEs, says SOFA (iOS) critical says the policy staff');
    expect(text).toContain('1,204 7');
  });

  it.each<[string, Partial<ReleaseRow>, string]>([
    ['that nobody rated', {}, 'not told'],
    ['without a date', { expirationDate: undefined as never }, 'not told'],
    ['for supervised devices', { publicModels: 0, models: 1 }, '1 model, supervised only'],
    ['whose date stands', { expirationRolls: false }, '2027-02-18 '],
    ['that Apple took back', { withdrawnModels: 3 }, 'withdrawn from 3 models'],
    ['that is an improvement', { isImprovement: true }, 'improvement'],
  ])('%s says so', (_, changes, expected) => expect(words({ releases: [row(changes)] })).toContain(expected));

  it('that is offered no more stands apart', () => {
    const text = words({ releases: [row(), row({ release: 'iOS 26.6', isListed: false, models: 0 })] });
    expect(text).toContain('1 release that Apple offers');
    expect(text).toMatch(/No longer offered 1 release that Apple listed once.*iOS 26\.6 23G80 none now/);
  });
});

describe('what is not believed', () => {
  it('is said first, with what that means', () => {
    const text = words({
      doubt: { kind: 'shrunk', detail: 'half of it is gone.', since: NOW - DAY_MS },
      sofa: {
        feeds: [{ platform: 'macOS', goodAt: NOW - DAY_MS, doubt: 'it is empty', held: ['26.6.1 exploited'] }],
        newer: [{ platform: 'iOS', version: '26.7', toldAt: NOW, cves: 1, exploited: 1, critical: 0 }],
      },
    });
    expect(text).toContain('in doubt since 1 day ago : half of it is gone. Nothing new is handed out on it.');
    expect(text).toContain('SOFA’s answer for macOS is in doubt: it is empty');
    expect(text).toContain('wait for a yes, because they would touch many devices: 26.6.1 exploited.');
    expect(text).toContain('not in Apple’s list iOS 26.7, 1 exploited');
  });

  it('is nothing in good times', () => {
    expect(words({ releases: [row()] })).not.toContain('doubt');
  });
});

describe('no list', () => {
  it('says what to do, whether a source is read or not', () => {
    expect(words({})).toContain('ratchet releases refresh tries again now');
    expect(words({ source: undefined as never })).toContain('ratchet releases import releases.json');
  });
});

it('whatever a feed says is text', () => {
  const name = '"><img src=x>';
  const page = html(
    {
      source: name,
      doubt: { kind: name, detail: name, since: NOW },
      releases: [
        row({ release: name, platform: name, version: name, builds: [name], postingDate: name, expirationDate: name, criticalBy: [name] }),
      ],
      sofa: { feeds: [{ platform: name, goodAt: NOW, doubt: name, held: [name] }], newer: [] },
    },
    [{ release: name, couldTake: 1, run: 0 }],
  );
  expect(page).not.toContain('<img');
  expect(page).toContain('href="/devices?couldTake=%22%3E%3Cimg+src%3Dx%3E"');
});
