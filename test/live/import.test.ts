import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'plist';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NamedEnrollment } from '../../src/enrollment/named.ts';
import { openNanoMdmDatabase } from '../../src/hosts/nanomdm-database/open.ts';
import { parsePlist } from '../../src/runtime/parse-plist.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { createWebBench, type WebBench } from '../web/bench.ts';
import { type LiveDatabase, openForWriting } from './database.ts';

/**
 * The databases of NanoMDM, real ones: RATCHET_LIVE_PGSQL and RATCHET_LIVE_MYSQL name some with its schema.sql loaded, by a
 * user that may write: rows of this test are put in, and taken out again.
 */

const DATABASES = [
  {
    name: 'PostgreSQL',
    variable: 'RATCHET_LIVE_PGSQL',
    hex: (text: string) => `decode('${Buffer.from(text).toString('hex')}', 'hex')`,
    ago: (seconds: number) => `LOCALTIMESTAMP - INTERVAL '${seconds} seconds'`,
    yes: 'TRUE',
    no: 'FALSE',
    elsewhere: 'postgres',
  },
  {
    name: 'MySQL',
    variable: 'RATCHET_LIVE_MYSQL',
    hex: (text: string) => `X'${Buffer.from(text).toString('hex')}'`,
    ago: (seconds: number) => `CURRENT_TIMESTAMP - INTERVAL ${seconds} SECOND`,
    yes: '1',
    no: '0',
    elsewhere: 'information_schema',
  },
];
const SECRETS = ['push-magic-secret', 'push-token-secret', 'unlock-token-secret', 'bootstrap-token-secret', 'jane.doe'];
const DEVICES = 450;

describe.each(DATABASES)('NanoMDM in $name', ({ variable, hex, ago, yes, no, elsewhere }) => {
  const dsn = process.env[variable];
  let write: LiveDatabase;
  let bench: WebBench;
  let folder: string;

  beforeEach(async () => {
    if (dsn === undefined) return;
    write = await openForWriting(dsn);
    await fill();
    folder = mkdtempSync(join(tmpdir(), 'ratchet-import-'));
    bench = await createWebBench({ openStore: (clock) => openSqliteStore({ file: join(folder, 'ratchet.db'), clock }) });
  });
  afterEach(async () => {
    if (dsn === undefined) return;
    await empty();
    await write.end();
    await bench.close();
    rmSync(folder, { recursive: true });
  });

  /** Only its own rows: other suites use the same database. What hangs on a device goes with it. */
  async function empty(): Promise<void> {
    await write.run("DELETE FROM devices WHERE id LIKE 'LIVE-%'");
  }

  /** Every column that can hold a secret holds one. */
  async function fill(): Promise<void> {
    await empty();
    const [magic, token, unlock, bootstrap] = SECRETS as [string, string, string, string];
    const tokenUpdate = build({
      MessageType: 'TokenUpdate',
      PushMagic: magic,
      Token: Buffer.from(token),
      UnlockToken: Buffer.from(unlock),
    });
    for (let index = 0; index < DEVICES; index += 1) {
      const id = `LIVE-${String(index).padStart(4, '0')}`;
      const authenticate = build({
        MessageType: 'Authenticate',
        UDID: id,
        ProductName: 'iPhone15,2',
        OSVersion: '26.1',
        BuildVersion: '23B85',
      });
      const escrowed = index % 2 === 0 ? [`'${Buffer.from(bootstrap).toString('base64')}'`, ago(60)] : ['NULL', 'NULL'];
      await write.run(
        `INSERT INTO devices (id, serial_number, unlock_token, unlock_token_at, authenticate, authenticate_at, token_update, token_update_at, bootstrap_token_b64, bootstrap_token_at)
         VALUES ('${id}', 'S${index}', ${hex(unlock)}, ${ago(60)}, '${authenticate}', ${ago(864_000)}, '${tokenUpdate}', ${ago(60)}, ${escrowed.join(', ')})`,
      );
      await enroll(id, 'NULL', 'Device', index === 1 ? no : yes);
    }
    await write.run(
      `INSERT INTO users (id, device_id, user_short_name, token_update) VALUES ('LIVE-0000:U1', 'LIVE-0000', 'jane.doe', '${tokenUpdate}')`,
    );
    await enroll('LIVE-0000:U1', "'LIVE-0000:U1'", 'User', yes);
  }

  async function enroll(id: string, user: string, type: string, enabled: string): Promise<void> {
    const [magic, token] = SECRETS as [string, string];
    await write.run(
      `INSERT INTO enrollments (id, device_id, user_id, type, topic, push_magic, token_hex, enabled, last_seen_at)
       VALUES ('${id}', '${id.split(':')[0]}', ${user}, '${type}', 'com.apple.mgmt', '${magic}', '${Buffer.from(token).toString('hex')}', ${enabled}, ${ago(3_600)})`,
    );
  }

  /** What the verb does, in calls of 500. */
  async function importAll() {
    const records = await openNanoMdmDatabase(dsn as string, { decodePlist: async (bytes) => parsePlist(bytes), now: bench.ratchet.now });
    const sum = { new: 0, changed: 0, known: 0 };
    const all: NamedEnrollment[] = [];
    try {
      for (let after: string | undefined = ''; after !== undefined; ) {
        const page = await records.pageAfter(after);
        after = page.lastId;
        all.push(...page.named.filter(({ id }) => id.startsWith('LIVE-')));
      }
      const body = JSON.stringify({ enrollments: all, from: 'nanomdm-database' });
      const answer = await bench.api('/enrollments', { method: 'POST', body }, { 'Content-Type': 'application/json' });
      const counts = (await answer.json()) as typeof sum;
      for (const key of ['new', 'changed', 'known'] as const) sum[key] += counts[key];
      return { sum, all, types: await records.countByType() };
    } finally {
      await records.close();
    }
  }

  it.skipIf(dsn === undefined)(
    `is read twice with the same result, and no secret is in the store (${variable})`,
    { timeout: 60_000 },
    async () => {
      const first = await importAll();
      expect(first.sum).toEqual({ new: DEVICES, changed: 0, known: 0 });
      expect(first.types.get('Device')).toBeGreaterThanOrEqual(DEVICES);
      expect(first.types.get('User')).toBeGreaterThanOrEqual(1);
      expect(first.all[0]).toMatchObject({
        id: 'LIVE-0000',
        serial: 'S0',
        productName: 'iPhone15,2',
        bootstrapToken: 'escrowed',
        enabled: true,
      });
      expect(first.all[0]?.lastSeenAt).toBeGreaterThan(bench.ratchet.now() - 3_700_000);
      await bench.settle();
      const ids = first.all.map(({ id }) => id);
      const before = await bench.store.loadForReconcile(ids);

      const second = await importAll();
      expect(second.sum).toEqual({ new: 0, changed: 0, known: DEVICES });
      await bench.settle();
      expect(await bench.store.loadForReconcile(ids)).toEqual(before);
      expect(before[1]?.decision?.reason).toBe('unenrolled');
      expect(before[0]?.state?.facts.bootstrapToken?.value).toBe('escrowed');
      expect(before[3]?.state?.facts.bootstrapToken).toBeUndefined();

      const bytes = Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
      expect(bytes.includes('LIVE-0000')).toBe(true);
      for (const secret of SECRETS)
        for (const form of [secret, Buffer.from(secret).toString('base64'), Buffer.from(secret).toString('hex')])
          expect([form, bytes.includes(form)]).toEqual([form, false]);
    },
  );

  it.skipIf(dsn === undefined)(`says what is wrong, and never the password (${variable})`, { timeout: 60_000 }, async () => {
    const open = (text: string) => openNanoMdmDatabase(text, { decodePlist: async (bytes) => parsePlist(bytes), now: () => 0 });
    const wrong = (dsn as string).replace(/:([^:@]+)@/, ':wrong-password@');
    await expect(open(wrong)).rejects.toThrow(/wrong user or password/);
    await expect(open((dsn as string).replace(/:\d{4,5}(?=[/)])/, ':1'))).rejects.toMatchObject({ isUnreached: true });
    const records = await open((dsn as string).replace(/\/[^/?]*(?=\?|$)/, `/${elsewhere}`));
    await expect(records.countByType()).rejects.toThrow(/not those of NanoMDM/);
    await records.close();
  });
});
