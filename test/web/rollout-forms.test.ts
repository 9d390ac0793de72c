import { afterEach, describe, expect, it } from 'vitest';
import { createWebBench, type WebBench, type WebOptions } from './bench.ts';
import { type Browser, byPassword, byToken, fieldsOf } from './forms.ts';
import { RINGED } from './requests.ts';

/** What people do to rollouts and to everything by the forms of the pages, without scripts. */

let bench: WebBench | undefined;
afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

async function begin(options: WebOptions = {}): Promise<{ browser: Browser; bench: WebBench }> {
  bench = await createWebBench({ ...RINGED, ...options });
  await bench.enroll('D1');
  await bench.enroll('D2');
  await bench.settle();
  return { browser: await byPassword(bench), bench };
}

const state = async () => (await bench?.store.listRollouts())?.[0]?.state;
const lastAct = async () => (await bench?.store.listAudit(1))?.[0];

/** The hidden fields of the form of that act on the page. */
function formOf(page: string, act: string): Record<string, string> {
  const form = new RegExp(`<form[^>]*action="/acts/${act}">.*?</form>`, 's').exec(page)?.[0];
  expect(form, `a form of ${act}`).toBeDefined();
  return fieldsOf(form ?? '');
}

const hasForm = (page: string, act: string) => page.includes(`action="/acts/${act}"`);
const words = (page: string) => page.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');

describe('a rollout', () => {
  it('is paused at once, holds, and is resumed after a question', async () => {
    const { browser } = await begin();
    const page = await browser.read('/rollouts');
    const paused = await browser.post('/acts/pauseRollout', { ...formOf(page, 'pauseRollout'), note: 'exams' });
    expect([paused.status, paused.headers.get('location'), await state()]).toEqual([303, '/rollouts', 'paused']);
    expect(await lastAct()).toMatchObject({ act: 'rollout pause', detail: { because: 'exams' } });
    const after = await browser.read('/rollouts');
    expect(words(after)).toContain('Paused: iOS 26.6.1 under everyone goes to nobody new.');
    expect(words(after)).toContain('Nobody new gets it; devices keep the dates they hold. By browser, just now : exams.');
    expect([hasForm(after, 'pauseRollout'), hasForm(after, 'approveRollout'), hasForm(after, 'expediteRollout')]).toEqual([
      false,
      false,
      false,
    ]);
    const question = await (await browser.post('/acts/resumeRollout', formOf(after, 'resumeRollout'))).text();
    expect([/Waiting for it in all of its rings: \d devices?\./.test(words(question)), await state()]).toEqual([true, 'paused']);
    await browser.post('/acts/resumeRollout', fieldsOf(question));
    expect(await state()).toBe('running');
  });

  it.each<[string, string, RegExp]>([
    [
      'haltRollout',
      'halted',
      /handed to nobody more\. Got it and don’t run it yet: 0 devices\..*left alone: 0 devices\..*don’t get it: 2 devices\./,
    ],
    ['skipRollout', 'skipped', /handed to nobody, now or later.*don’t get it: 2 devices/],
  ])('%s says first whom it would touch', async (act, becomes, expected) => {
    const { browser } = await begin();
    const question = await (await browser.post(`/acts/${act}`, formOf(await browser.read('/rollouts'), act))).text();
    expect(words(question)).toMatch(expected);
    expect(await state()).toBe('running');
    await browser.post(`/acts/${act}`, fieldsOf(question));
    expect(await state()).toBe(becomes);
    const after = await browser.read('/rollouts');
    expect([hasForm(after, act), hasForm(after, 'resumeRollout')]).toEqual([false, true]);
  });

  it('goes on to the next ring when a person approves it, which is named with its devices', async () => {
    const { browser, bench } = await begin();
    const question = await (await browser.post('/acts/approveRollout', formOf(await browser.read('/rollouts'), 'approveRollout'))).text();
    expect(words(question)).toContain(
      'everyone opens, whatever the numbers of the ring before it say. Waiting in it for iOS 26.6.1 under everyone: 1 device.',
    );
    expect(fieldsOf(question)).toMatchObject({ ring: 'everyone' });
    // Of a page that is older than the last ring: what it asked about is not what would happen.
    await browser.post('/acts/approveRollout', { ...fieldsOf(question), ring: 'canary' });
    expect((await bench.store.listRollouts())[0]?.approved).toEqual([]);
    expect(words(await browser.read('/rollouts'))).toContain('The ring that opens next is everyone, not canary.');
    await browser.post('/acts/approveRollout', fieldsOf(question));
    expect((await bench.store.listRollouts())[0]?.approved).toEqual(['canary']);
  });

  it('is expedited only by the plan that was shown, and that again is taken back', async () => {
    const { browser, bench } = await begin();
    const form = formOf(await browser.read('/rollouts'), 'expediteRollout');
    const given = new URLSearchParams({ ...form, due: '2026-11-24T18:00', note: 'exploited' });
    given.append('rings', 'canary');
    const question = await (await browser.post('/acts/expediteRollout', given)).text();
    expect(words(question)).toContain('by 2026-11-24 18:00 on each device’s own clock, for rings up to canary.');
    expect(words(question)).toMatch(/Newly handed an update: \d devices?\. Sooner than now: \d devices?\./);
    expect((await bench.store.listRollouts())[0]?.expedite).toBeUndefined();
    const agreed = fieldsOf(question);
    expect(agreed).toMatchObject({ preview: '', accept: expect.stringMatching(/^[0-9a-f]{12}$/), rings: 'canary' });
    // Someone else was quicker: what was shown is not what it would do now.
    expect((await browser.post('/acts/expediteRollout', { ...agreed, accept: '000000000000' })).status).toBe(303);
    expect(words(await browser.read('/rollouts'))).toContain('Nothing was changed.');
    await browser.post('/acts/expediteRollout', agreed);
    expect((await bench.store.listRollouts())[0]?.expedite).toMatchObject({
      due: '2026-11-24T18:00:00',
      rings: ['canary'],
      because: 'exploited',
    });
    const page = await browser.read('/rollouts');
    expect(words(page)).toContain('expedited Rings up to canary by 2026-11-24 18:00 on the device’s clock.');
    await browser.post('/acts/expediteRollout', { ...formOf(page, 'expediteRollout'), note: 'breaks the till' });
    expect((await bench.store.listRollouts())[0]?.expedite).toBeUndefined();
    expect(words(await browser.read('/rollouts'))).toContain('Taken back: iOS 26.6.1 under everyone has the dates of its policy again.');
  });

  it('that is expedited without a reason or a time is not, and what was typed is still there', async () => {
    const { browser } = await begin();
    const form = formOf(await browser.read('/rollouts'), 'expediteRollout');
    await browser.post('/acts/expediteRollout', { ...form, due: '2026-11-24T18:00' });
    const page = await browser.read('/rollouts');
    expect(words(page)).toMatch(/Why: .*Nothing was changed\./);
    expect(page).toContain('value="2026-11-24T18:00"');
    await browser.post('/acts/expediteRollout', { ...form, note: 'exploited' });
    expect(words(await browser.read('/rollouts'))).toContain('Nothing was changed.');
    expect((await bench?.store.listRollouts())?.[0]?.expedite).toBeUndefined();
  });

  it('has no forms for who may only read', async () => {
    const { bench } = await begin();
    const reader = await byToken(bench, 'read');
    for (const path of ['/rollouts', '/system']) expect(await reader.read(path)).not.toContain('<form class="act"');
  });
});

describe('everything', () => {
  it('is stopped from the page of the system, after it was said how many devices have a date, and goes on from there', async () => {
    const { browser, bench } = await begin();
    const page = await browser.read('/system');
    expect(page).toContain('<h1>Ratchet is running</h1>');
    expect(hasForm(page, 'resume')).toBe(false);
    const question = await (await browser.post('/acts/stop', { ...formOf(page, 'stop'), note: 'bad release' })).text();
    expect(words(question)).toContain('With a date in force now: 1 device. Known to hold one: 0 devices.');
    expect(bench.ratchet.standing.control.state).toBe('running');
    await browser.post('/acts/stop', fieldsOf(question));
    const stopped = await browser.read('/system');
    expect(stopped).toContain('<h1>Everything is stopped</h1>');
    expect(words(stopped)).toMatch(/stop just now browser bad release/);
    expect([hasForm(stopped, 'stop'), hasForm(stopped, 'pause'), hasForm(stopped, 'resume')]).toEqual([false, false, true]);
  });
});
