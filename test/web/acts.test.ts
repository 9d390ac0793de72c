import { afterEach, describe, expect, it } from 'vitest';
import { DAY_MS } from '../../src/time/local.ts';
import { createWebBench, NOW, type WebBench } from './bench.ts';
import { type Browser, byPassword, byToken, fieldsOf } from './forms.ts';

/** What a person does to one device by the forms of its page. NOW is 2026-11-20; its date would be 2026-11-27. */

let bench: WebBench;
afterEach(() => bench.close());

async function open(): Promise<Browser> {
  bench = await createWebBench();
  await bench.enroll('D1');
  return byPassword(bench);
}

const PAGE = '/devices/D1';
const ACTS: [string, string, Record<string, string>][] = [
  ['recheckDevice', 'device-recheck', {}],
  ['askDevice', 'device-ask', {}],
  ['pauseDevice', 'device-pause', { note: 'in repair' }],
  ['resumeDevice', 'device-resume', {}],
  ['exemptDevice', 'device-exempt', { until: '2026-12-01', note: 'trade fair' }],
  ['giveDeviceTime', 'device-more-time', { until: '2026-12-24', note: 'its owner is away' }],
];
const audits = async () => (await bench.store.listAudit(50)).filter(({ act }) => act.startsWith('device-'));
const reason = async () => (await bench.ratchet.show.why('D1'))?.reason;

/** The fields that the form of that act has on its page, with what is typed. */
async function send(browser: Browser, act: string, typed: Record<string, string> = {}, more: Record<string, string> = {}) {
  const page = await browser.read(PAGE);
  const form = new RegExp(`<form class="act" method="post" action="/acts/${act}">(.*?)</form>`).exec(page)?.[1] ?? '';
  return browser.post(`/acts/${act}`, { ...fieldsOf(form), ...typed, ...more });
}

describe.each(ACTS)('%s', (act, audited, typed) => {
  it('is done, said once, audited with who and why, and told in the history of the device', async () => {
    const browser = await open();
    if (act === 'resumeDevice') await send(browser, 'pauseDevice');
    const answer = await send(browser, act, typed);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, PAGE]);
    const [entry] = await audits();
    expect(entry).toMatchObject({ at: NOW, by: 'browser', act: audited, detail: { device: 'D1', serial: 'SD1', ...typed } });
    const page = await browser.read(PAGE);
    expect(page).toMatch(/<p class="notice tone-current" role="status">/);
    expect(page).toMatch(/<\/time>[^<]*, by browser/);
    expect(await browser.read(PAGE)).not.toContain('class="notice tone-current" role="status"');
  });

  it('is refused without the secret of the session, with another, and from another site', async () => {
    const browser = await open();
    if (act === 'resumeDevice') await send(browser, 'pauseDevice');
    const before = await audits();
    expect((await send(browser, act, typed, { csrf: '' })).status).toBe(403);
    expect((await send(browser, act, typed, { csrf: 'x'.repeat(64) })).status).toBe(403);
    const fields = { device: 'D1', csrf: browser.csrf, ...typed };
    expect((await browser.post(`/acts/${act}`, fields, { 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403);
    expect(await audits()).toEqual(before);
  });

  it('has no form for who may only read, and is refused to them', async () => {
    await open();
    const reader = await byToken(bench, 'read');
    expect(await reader.read(PAGE)).not.toContain('<form class="act"');
    expect((await reader.post(`/acts/${act}`, { device: 'D1', csrf: reader.csrf, ...typed })).status).toBe(403);
    expect(await audits()).toEqual([]);
  });

  it('of a device that is not there says so', async () => {
    const browser = await open();
    await browser.post(`/acts/${act}`, { device: 'D9', back: PAGE, csrf: browser.csrf, ...typed });
    expect(await browser.read(PAGE)).toContain('role="alert">No device has the id or serial number &quot;D9&quot;.');
    expect(await audits()).toEqual([]);
  });
});

describe('a day', () => {
  it.each([
    ['no date', 'exemptDevice', 'soon', 'expected a day such as'],
    ['one that does not exist', 'exemptDevice', '2026-11-31', 'expected a day such as'],
    ['yesterday', 'exemptDevice', '2026-11-19', 'from 2026-11-20 to 2027-11-21'],
    ['too far ahead', 'exemptDevice', '2027-11-22', 'from 2026-11-20 to 2027-11-21'],
    ['the day of its date', 'giveDeviceTime', '2026-11-27', 'expected a day after 2026-11-27, on which its date is now'],
    ['none', 'giveDeviceTime', '', 'Day: '],
  ])('that is %s is refused in words, and what was typed is still there', async (_what, act, until, words) => {
    const browser = await open();
    await send(browser, act, { until, note: 'trade “fair”' });
    const page = await browser.read(PAGE);
    expect(page).toMatch(/role="alert">Day: [^<]*Nothing was changed/);
    expect(page).toContain(words);
    expect(page).toMatch(/<details class="fold" open="">/);
    expect(page).toContain(`id="${act}-note" name="note" maxlength="2000" required="" value="trade “fair”"`);
    expect(await audits()).toEqual([]);
  });

  it('without a reason is refused', async () => {
    const browser = await open();
    await send(browser, 'exemptDevice', { until: '2026-12-01', note: ' ' });
    expect(await browser.read(PAGE)).toMatch(/role="alert">Why: /);
    expect(await audits()).toEqual([]);
  });
});

describe('from act to act', () => {
  it('an exempt device says so, to when and by whom, until somebody resumes it', async () => {
    const operator = (await open()) && (await byToken(bench, 'operate'));
    const before = await reason();
    await send(operator, 'exemptDevice', { until: '2026-12-01', note: 'trade <fair>' });
    expect(await reason()).toBe('exempt');
    const page = await operator.read(PAGE);
    expect(page).toContain('<strong>Exempt to the end of 2026-12-01</strong>, by token:jane operate');
    expect(page).toContain('trade &lt;fair&gt;');
    expect(await (await bench.api('/devices?reason=exempt')).json()).toMatchObject({ total: 1 });
    await send(operator, 'resumeDevice');
    expect(await reason()).toBe(before);
    expect((await audits())[0]).toMatchObject({ act: 'device-resume', detail: { before: [{ kind: 'exempt', until: '2026-12-01' }] } });
    expect(await operator.read(PAGE)).not.toContain('>Resume</button>');
  });

  it('an exemption is over after its last day', async () => {
    const browser = await open();
    await send(browser, 'exemptDevice', { until: '2026-12-01', note: 'trade fair' });
    bench.setNow(NOW + 13 * DAY_MS);
    await send(browser, 'recheckDevice');
    expect(await reason()).not.toBe('exempt');
    expect(await browser.read(PAGE)).not.toContain('Exempt to the end');
  });

  it('more time moves the date, and its page says why', async () => {
    const browser = await open();
    expect(await browser.read(PAGE)).toContain('2026-11-27 18:00');
    await send(browser, 'giveDeviceTime', { until: '2026-12-24', note: 'its owner is away' });
    const page = await browser.read(PAGE);
    expect(page).toContain('date 2026-12-24 18:00 device time');
    expect(page).toContain('because of more time that a person gave it');
  });

  it('asking sends the question again', async () => {
    const browser = await open();
    const asked = () => bench.enqueued.filter((sent) => sent === 'D1 DeviceInformation').length;
    expect(asked()).toBe(1);
    await send(browser, 'askDevice');
    await bench.settle();
    // The first one is still with the server: it is not asked twice, only pushed.
    expect(asked()).toBe(1);
    expect(await browser.read(PAGE)).toContain('Asked what it runs, by browser');
  });

  it('a device is found by its serial number too', async () => {
    const browser = await open();
    await browser.post('/acts/pauseDevice', { device: 'SD1', csrf: browser.csrf });
    expect([await reason(), (await audits())[0]?.detail.device]).toEqual(['paused', 'D1']);
  });
});
