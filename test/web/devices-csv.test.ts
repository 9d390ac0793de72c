import { parse } from 'csv-parse/sync';
import { afterEach, describe, expect, it } from 'vitest';
import type { DeviceAnswer } from '../../src/engine/answers.ts';
import { allDevicesOf } from '../../src/engine/show/devices.ts';
import { DEVICES_PER_PAGE_MAX, type DevicePage, type DeviceQuery } from '../../src/store/store.ts';
import { devicesCsv } from '../../src/web/devices-csv.ts';
import { API_PASSWORD, basic, createWebBench, NOW, type WebBench } from './bench.ts';

/** Lists of devices as files. */

const DEVICE: DeviceAnswer = {
  ...{ id: 'D1', platform: 'iOS', tags: [], reason: 'verified', group: 'current', next: '', lastSeenAt: 0 },
  ...{ isHandedOut: false, isHolding: false },
};

async function* pagesOf(...pages: Partial<DeviceAnswer>[][]): AsyncGenerator<DeviceAnswer[], void, void> {
  for (const page of pages) yield page.map((device) => ({ ...DEVICE, ...device }));
}

async function rowsOf(pages: Partial<DeviceAnswer>[][], isForPeople = false): Promise<Record<string, string>[]> {
  const { body } = await devicesCsv(pagesOf(...pages), { now: NOW, isForPeople });
  return parse(await new Response(body).text(), { columns: true });
}

describe('a file of devices', () => {
  it('has a row for each device of each page, under one heading', async () => {
    const rows = await rowsOf([[{ id: 'D1' }, { id: 'D2' }], [{ id: 'D3', tags: ['lab', 'pilot'], isExposed: true, lastSeenAt: NOW }], []]);
    expect(rows.map(({ id }) => id)).toEqual(['D1', 'D2', 'D3']);
    expect(rows[0]).toMatchObject({ serial: '', reason: 'verified', group: 'current', exposed: '', last_seen: '', date_in_force: 'no' });
    expect(rows[2]).toMatchObject({ tags: 'lab, pilot', exposed: 'yes', last_seen: '2026-11-20T12:00:00Z' });
  });

  it.each([
    '=HYPERLINK("https://evil.example","click")',
    "+1+cmd|' /C calc'!A0",
    '-2+3',
    '@SUM(1+1)',
    '\t=1+1',
    '\r=1+1',
    '＝1+1',
    '＋1',
    '－1',
    '＠1',
  ])('lets no spreadsheet run %j', async (name) => {
    const [row] = await rowsOf([[{ name, serial: name, policy: name, ring: name, tags: [name, 'x'] }]]);
    for (const cell of ['name', 'serial', 'policy', 'ring', 'tags']) expect([cell, row?.[cell]?.startsWith("'")]).toEqual([cell, true]);
    expect(row?.name).toBe(`'${name}`);
  });

  it.each(['a "quoted" one', 'comma, comma', 'two\nlines', 'two\r\nlines', 'Jörg’s iPad 🍏', '"'])('keeps %j in its cell', async (name) => {
    expect(await rowsOf([[{ name }, { id: 'D2' }]])).toMatchObject([{ id: 'D1', name }, { id: 'D2' }]);
  });

  it('begins with a byte order mark for people only', async () => {
    for (const isForPeople of [true, false]) {
      const { body } = await devicesCsv(pagesOf([{}]), { now: NOW, isForPeople });
      const bytes = new Uint8Array(await new Response(body).arrayBuffer());
      expect(Buffer.from(bytes.subarray(0, 3)).equals(Buffer.from([0xef, 0xbb, 0xbf]))).toBe(isForPeople);
    }
  });

  it('is read page by page as its receiver takes it, and no further once the receiver is gone', async () => {
    let asked = 0;
    const store = {
      async listDevices({ limit, cursor }: DeviceQuery): Promise<DevicePage> {
        asked += 1;
        expect([limit, cursor]).toEqual([DEVICES_PER_PAGE_MAX, asked === 1 ? undefined : String(asked - 1)]);
        return { devices: [], total: 9_000, next: String(asked) };
      },
    };
    const query = { sort: 'id' as const, isDescending: false, limit: 1, cursor: 'of a page' };
    let isOver = false;
    async function* pages() {
      try {
        for await (const page of allDevicesOf(store, { turn: async () => undefined }, query, undefined)) yield [...page, DEVICE];
      } finally {
        isOver = true;
      }
    }
    const reader = (await devicesCsv(pages(), { now: NOW, isForPeople: false })).body.getReader();
    await reader.read();
    expect(asked).toBe(1);
    for (let piece = 0; piece < 3; piece++) await reader.read();
    expect(asked).toBe(3);
    await reader.cancel();
    expect([asked, isOver]).toEqual([3, true]);
  });

  it('breaks off when a page can not be read: half a file must not look whole', async () => {
    async function* pages() {
      yield [DEVICE];
      throw new Error('the disk is gone');
    }
    const { body } = await devicesCsv(pages(), { now: NOW, isForPeople: false });
    await expect(new Response(body).text()).rejects.toThrow('the disk is gone');
  });
});

describe('served', () => {
  let bench: WebBench;
  afterEach(() => bench.close());
  const page = (path: string) => bench.ask(path, { headers: { authorization: basic('ratchet', API_PASSWORD) } });

  it('has what the page shows, all of it, in its order, under a name with the day', async () => {
    bench = await createWebBench();
    for (const id of ['D1', 'D2', 'D3']) await bench.enroll(id);
    const shown = await (await page('/devices?platform=iOS&sort=serial&order=desc&limit=1')).text();
    const link = /href="(\/devices\.csv[^"]*)"/.exec(shown)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(link).toBe('/devices.csv?platform=iOS&sort=serial&order=desc');
    const answer = await page(link);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="ratchet-devices-2026-11-20.csv"',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    const rows: Record<string, string>[] = parse(await answer.text(), { columns: true, bom: true });
    expect(rows.map(({ serial }) => serial)).toEqual(['SD3', 'SD2', 'SD1']);
    const one: Record<string, string>[] = parse(await (await bench.api('/devices.csv?q=SD2')).text(), { columns: true });
    expect(one.map(({ id }) => id)).toEqual(['D2']);
  });

  it('says what was expected, on the page and to programs', async () => {
    bench = await createWebBench();
    const refused = await page('/devices.csv?sort=age');
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('sort is &quot;age&quot;; expected one of id,')]);
    for (const [path, expected] of [
      ['/devices.csv?version=new', 'version is "new"; expected a version'],
      ['/devices.csv?limit=5', 'limit: there is no such field'],
      ['/devices.csv?cursor=x', 'cursor: there is no such field'],
    ] as const) {
      const answer = await bench.api(path);
      expect([answer.status, ((await answer.json()) as { detail: string }).detail]).toEqual([400, expect.stringContaining(expected)]);
    }
  });

  it('without a session leads to the sign-in', async () => {
    bench = await createWebBench();
    const answer = await bench.ask('/devices.csv');
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/sign-in?to=%2Fdevices.csv']);
  });
});
