import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDatabase, type Sqlite } from '../../src/store/sqlite/database.ts';
import { storeOver } from '../../src/store/sqlite/store.ts';
import { checkIn, createWebBench, type WebBench } from './bench.ts';

/** The whole app over a disk that is full: who asks is told, the operator is told once, and with room it goes on. */

let db: Sqlite;
let bench: WebBench;

beforeEach(async () => {
  bench = await createWebBench({
    openStore: (clock) => {
      db = openDatabase(':memory:');
      return storeOver(db, clock);
    },
  });
});
afterEach(() => bench.close());

const authenticate = (udid: string) =>
  bench.webhook(checkIn('Authenticate', { UDID: udid, ProductName: 'iPhone15,2', OSVersion: '26.5', SerialNumber: udid.repeat(400) }));

it('without room webhooks get 503, devices 500, health 503; with room all are served, and nothing answered is lost', async () => {
  await bench.enroll('FIRST');
  db.pragma(`max_page_count = ${db.pragma('page_count', { simple: true })}`);
  const taken: string[] = [];
  for (let tries = 0; tries < 300; tries += 1) {
    const answer = await authenticate(`D${tries}`);
    if (answer.status === 503) break;
    taken.push(`D${tries}`);
  }
  const refused = await authenticate('X');
  expect(refused.status).toBe(503);
  expect(await refused.json()).toEqual({ error: 'the store is not writable' });
  expect((await bench.dm('/ddm/tokens', { 'X-Enrollment-ID': 'OTHER', 'X-Enrollment-Type': 'Device' })).status).toBe(500);
  expect(
    bench.errors.filter((message) => message.startsWith('nothing can be stored')),
    'said once, not with every webhook',
  ).toHaveLength(1);

  db.pragma('max_page_count = 1000000');
  expect((await authenticate('Y')).status).toBe(200);
  expect((await bench.ratchet.fetch(new Request('http://ratchet:9006/healthz'))).status).toBe(200);
  await bench.settle();
  const known = (await bench.store.listEnrollments('', 1_000)).map(({ id }) => id);
  expect(known).toEqual(expect.arrayContaining([...taken, 'Y']));
  expect(known).not.toContain('X');
  expect(await bench.store.listAudit(5)).toContainEqual(expect.objectContaining({ by: 'ratchet', act: 'store-unwritable' }));
});
