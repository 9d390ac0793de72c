import { describe, expect, it } from 'vitest';
import { SpoolKeyError } from '../../src/engine/forward/spool.ts';
import { sign } from '../../src/hosts/body-signature.ts';
import { StoreError } from '../../src/store/store.ts';
import { MINUTE_MS } from '../../src/time/local.ts';
import { createForwardSite, KEY, target } from './forward-site.ts';

/** What waits for targets outlives a restart when it may be kept encrypted, and is lost by one when it may not. */

const numbered = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => `{"secret":${from + n}}`);
const spooled = async (site: Awaited<ReturnType<typeof createForwardSite>>) => site.store.listSpool(0, 1_000);

describe('with an encrypted spool', () => {
  it('what a killed process left is sent first, in order, with every byte and header', async () => {
    const site = await createForwardSite({ spoolKey: KEY });
    site.answers.set('one', () => 503);
    const odd = Buffer.from([0xff, 0x00, 0x7b, 0x20]);
    for (const body of [...numbered(1, 300), odd])
      await site.hear(body, { headers: { 'X-Hmac-Signature': sign(Buffer.from(body), 'key') } });
    await site.pass(MINUTE_MS);
    site.kill();
    site.answers.clear();
    const before = site.got.length;
    await site.restart();
    await site.hear('new');
    await site.settle();
    const got = site.got.slice(before).filter((each) => each.target === 'one');
    expect(got.map(({ body }) => new TextDecoder().decode(body)).slice(0, 300)).toEqual(numbered(1, 300));
    expect(Buffer.from(got[300]?.body ?? []).equals(odd)).toBe(true);
    expect(got[300]?.headers['X-Hmac-Signature']).toBe(sign(odd, 'key'));
    expect(site.taken('one').at(-1)).toBe('new');
    // Who had taken them gets them no second time, and nothing stays behind.
    expect(site.taken('two')).toHaveLength(302);
    expect(await spooled(site)).toEqual([]);
  });

  it('nothing of it can be read in the store, and the same event never looks the same', async () => {
    const site = await createForwardSite({ spoolKey: KEY });
    for (const name of ['one', 'two']) site.answers.set(name, () => 503);
    for (const body of ['{"secret":1}', '{"secret":1}']) await site.hear(body, { headers: { 'X-Hmac-Signature': 'signature' } });
    const rows = await spooled(site);
    expect(rows).toHaveLength(2);
    for (const { sealed } of rows) expect(Buffer.from(sealed).toString('latin1')).not.toMatch(/secret|signature|mdm\.Connect|json/);
    expect(Buffer.from(rows[0]?.sealed ?? []).equals(Buffer.from(rows[1]?.sealed ?? []))).toBe(false);
    expect(rows.map(({ targets }) => targets)).toEqual([
      ['one', 'two'],
      ['one', 'two'],
    ]);
  });

  it('a webhook is not answered before it is on disk there', async () => {
    const site = await createForwardSite({ spoolKey: KEY });
    let finish: () => void = () => undefined;
    site.breakStore((store) => ({
      ...store,
      addToSpool: async (...given) => {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        return store.addToSpool(...given);
      },
    }));
    await site.restart();
    let isAnswered = false;
    const answered = site.hear('{}').then(() => {
      isAnswered = true;
    });
    await site.settle();
    expect(isAnswered).toBe(false);
    finish();
    await answered;
    await site.settle();
    expect(site.taken('one')).toEqual(['{}']);
  });

  it('a spool that can’t be written changes nothing of the answer: it is sent from memory', async () => {
    const site = await createForwardSite({ spoolKey: KEY });
    site.breakStore((store) => ({ ...store, addToSpool: () => Promise.reject(new StoreError('disk full')) }));
    await site.restart();
    expect(await site.hear('{}')).toEqual({ kind: 'committed', topic: 'mdm.Connect' });
    await site.settle();
    expect(site.taken('one')).toEqual(['{}']);
    expect(site.lines.filter(({ level }) => level === 'error')).toMatchObject([{ message: expect.stringContaining('memory alone') }]);
  });

  it('what could not be taken off it is sent again by a restart: at least once, never lost', async () => {
    const site = await createForwardSite({ spoolKey: KEY });
    site.breakStore((store) => ({ ...store, removeFromSpool: () => Promise.reject(new StoreError('disk full')) }));
    await site.restart();
    await site.hear('{}');
    await site.settle();
    site.breakStore((store) => store);
    await site.restart();
    expect(site.taken('one')).toEqual(['{}', '{}']);
    expect(await spooled(site)).toEqual([]);
  });

  it('what was dropped, refused, or is for a target of former settings does not come back', async () => {
    const limits = { events: 2, bytes: 10_000_000, ageMs: 60 * MINUTE_MS };
    const site = await createForwardSite({ spoolKey: KEY, targets: [target('one', { limits }), target('two')] });
    site.answers.set('one', () => 503);
    site.answers.set('two', () => 503);
    for (const body of numbered(1, 5)) await site.hear(body);
    await site.pass(10_000);
    expect((await spooled(site)).map(({ targets }) => targets.join())).toEqual(['two', 'two', 'two', 'one,two', 'one,two']);
    site.answers.clear();
    await site.restart({ spoolKey: KEY, targets: [target('one', { limits })] });
    expect(site.taken('one')).toEqual(numbered(4, 5));
    expect(site.taken('two')).toEqual([]);
    expect(await spooled(site)).toEqual([]);
  });

  it('after a stop the rest waits for the next start', async () => {
    const site = await createForwardSite({ spoolKey: KEY });
    site.answers.set('one', () => 'never');
    for (const body of numbered(1, 3)) await site.hear(body);
    await site.settle();
    const stopped = site.forwarding.stop();
    await site.pass(3_000);
    await stopped;
    expect(site.lines.at(-1)).toMatchObject({ level: 'info', fields: { count: 3 } });
    site.answers.clear();
    await site.restart();
    expect(site.taken('one')).toEqual(numbered(1, 3));
  });

  it('of another key it starts with an error that says what to do, and loses nothing', async () => {
    const site = await createForwardSite({ spoolKey: KEY });
    site.answers.set('one', () => 503);
    await site.hear('{}');
    await site.settle();
    const other = new Uint8Array(32).fill(8);
    const refused = await site.restart({ spoolKey: other }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(SpoolKeyError);
    expect(String(refused)).toMatch(/--forward-spool-key does not open them\. Set the key .* start once without "spool: encrypted"/);
    expect(await spooled(site)).toHaveLength(1);
    site.answers.clear();
    await site.restart({ spoolKey: KEY });
    expect(site.taken('one')).toEqual(['{}']);
    // Empty, it takes any key.
    await site.restart({ spoolKey: other });
  });

  it('that was changed by somebody is not opened', async () => {
    const site = await createForwardSite({ spoolKey: KEY });
    site.answers.set('one', () => 503);
    await site.hear('{}');
    const [row] = await spooled(site);
    const sealed = Uint8Array.from(row?.sealed ?? []);
    sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;
    await site.store.emptySpool();
    await site.store.addToSpool(sealed, ['one']);
    await expect(site.restart()).rejects.toThrow(SpoolKeyError);
  });
});

describe('without a spool', () => {
  it('nothing is kept on disk, and a restart loses what waits', async () => {
    const site = await createForwardSite();
    site.answers.set('one', () => 503);
    for (const body of numbered(1, 3)) await site.hear(body);
    await site.settle();
    expect(await spooled(site)).toEqual([]);
    site.answers.clear();
    await site.restart();
    expect(site.taken('one')).toEqual([]);
    expect(site.taken('two')).toEqual(numbered(1, 3));
  });

  it('what one left that had a spool is thrown away, and that is said', async () => {
    const site = await createForwardSite({ spoolKey: KEY });
    site.answers.set('one', () => 503);
    await site.hear('{}');
    await site.settle();
    await site.restart({});
    expect(await spooled(site)).toEqual([]);
    expect(site.lines.filter(({ level }) => level === 'warn').at(-1)).toMatchObject({ fields: { count: 1 } });
  });
});
