import { afterEach, describe, expect, it } from 'vitest';
import { lookupAnswer } from '../e2e/releases.ts';
import { createWebBench, NOW, type WebBench } from './bench.ts';
import { byPassword, byToken, fieldsOf } from './forms.ts';

/** What people do with Apple's list by the forms of its page, without scripts. */

let bench: WebBench;
afterEach(() => bench.close());

const LIST = JSON.stringify(lookupAnswer([{ version: '26.6.1', build: '23G80', devices: ['iPhone15,2'] }], NOW));
const EMPTY = JSON.stringify({ PublicAssetSets: {}, AssetSets: {}, PublicRapidSecurityResponses: {} });

/** The hidden fields of the form of that act. */
function formOf(page: string, act: string): Record<string, string> {
  const form = new RegExp(`<form[^>]*action="/acts/${act}">.*?</form>`, 's').exec(page)?.[0];
  expect(form, `a form of ${act}`).toBeDefined();
  return fieldsOf(form ?? '');
}

const words = (page: string) => page.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');

describe('Apple’s list, by its page', () => {
  it('is read now, and a doubtful answer is believed after a question', async () => {
    let answer = LIST;
    bench = await createWebBench({ lookup: () => answer });
    const browser = await byPassword(bench);
    const page = await browser.read('/releases');
    expect(page).not.toContain('/acts/acceptReleases');
    const read = formOf(page, 'refreshReleases');
    await browser.post('/acts/refreshReleases', read);
    expect(words(await browser.read('/releases'))).toContain('Read: nothing has changed.');

    answer = EMPTY;
    await browser.post('/acts/refreshReleases', read);
    const doubtful = await browser.read('/releases');
    expect(words(doubtful)).toContain('Read: the answer is in doubt, and nothing new is handed out on it.');
    const question = await (await browser.post('/acts/acceptReleases', formOf(doubtful, 'acceptReleases'))).text();
    expect(words(question)).toContain('What is wrong with it: The answer lists nothing at all.');
    expect(bench.ratchet.standing.catalogue?.doubt).toBeDefined();
    await browser.post('/acts/acceptReleases', fieldsOf(question));
    const after = await browser.read('/releases');
    expect(words(after)).toContain('Accepted: what Apple’s last answer offers is handed out from now on.');
    expect(after).not.toContain('/acts/acceptReleases');
    expect(bench.ratchet.standing.catalogue?.doubt).toBeUndefined();
    expect(await bench.store.listAudit(2)).toMatchObject([
      { by: 'browser', act: 'releases-accept' },
      { by: 'browser', act: 'releases-refresh' },
    ]);
  });

  it('is only looked at with a token of role read', async () => {
    bench = await createWebBench();
    expect(await (await byToken(bench, 'read')).read('/releases')).not.toContain('/acts/');
  });
});
