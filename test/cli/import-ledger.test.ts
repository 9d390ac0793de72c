import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import type { CliWorld } from '../../src/cli/world.ts';
import type { LedgerLine } from '../../src/policy/ledger.ts';
import { openLedger } from '../../src/read-only.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { commitOf, ledgerLine } from '../store/builders.ts';
import { API_PASSWORD, createWebBench, NOW, type WebBench } from '../web/bench.ts';

/** Two installations: the database of one, and the running other. */

let folder: string;
let bench: WebBench;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ratchet-ledger-'));
  bench = await createWebBench();
});
afterEach(async () => {
  await bench.close();
  rmSync(folder, { recursive: true });
});

/** A database with these lines, as another server left it. */
async function otherServer(lines: readonly LedgerLine[]): Promise<string> {
  const file = join(folder, 'ratchet.db');
  const store = openSqliteStore({ file, clock: { turn: async () => undefined } });
  await store.commitReconciled(
    [...new Set(lines.map(({ enrollmentId }) => enrollmentId))].map((id) =>
      commitOf(id, { ledgerLines: lines.filter(({ enrollmentId }) => enrollmentId === id) }),
    ),
  );
  await store.close();
  return file;
}

async function run(args: string[]) {
  let stdout = '';
  let stderr = '';
  const world: CliWorld = {
    ...{ env: { USER: 'jane', RATCHET_API: API_PASSWORD }, cwd: folder, version: '1.2.3', now: () => NOW, openLedger },
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    readFile: () => Promise.reject(Object.assign(new Error('none'), { code: 'ENOENT' })),
    stdin: () => Promise.reject(new Error('nothing is read')),
    async fetch(url, init = {}) {
      const { pathname } = new URL(url);
      const { method = 'GET', headers = {}, body } = init;
      return bench.ask(pathname, { method, headers, ...(body === undefined ? {} : { body: body as string }) });
    },
    serve: async () => 0,
  };
  const code = await runProgram(['import', '--ledger', ...args], world);
  return { code, stdout, stderr };
}

const DUE = '2026-11-23T18:00:00';
/** Sooner than the one that is written here: this policy has 7 days. */
const line = (changes: Partial<LedgerLine> = {}) =>
  ledgerLine({ dueLocal: DUE, dueAt: Date.parse('2026-11-23T17:00:00Z'), clockStartAt: NOW - 86_400_000 * 4, ...changes });
const linesOf = async (id: string) => (await bench.store.loadForReconcile([id]))[0]?.lines ?? [];

describe('import --ledger', () => {
  it('carries deadlines over, by UDID however it is spelled; no line gets later, and again is the same', async () => {
    await bench.enroll('ABCD-1');
    await bench.enroll('D2');
    const before = await linesOf('D2');
    expect(before).toMatchObject([{ release: 'iOS 26.6.1', dueLocal: '2026-11-27T18:00:00' }]);
    const later = line({ enrollmentId: 'D2', dueLocal: '2026-12-24T18:00:00', dueAt: Date.parse('2026-12-24T17:00:00Z') });
    const file = await otherServer([line({ enrollmentId: 'abcd-1' }), later, line({ enrollmentId: 'D2', release: 'iOS 26.6' })]);

    const dry = await run([file, '--dry-run']);
    expect([dry.code, dry.stdout]).toEqual([
      0,
      'Dry run, nothing was written: 1 deadline new, 1 sooner than here, 0 the same, 1 later than here: those here stay.\n',
    ]);
    expect(await linesOf('ABCD-1')).toMatchObject([{ dueLocal: '2026-11-27T18:00:00' }]);

    const first = await run([file]);
    expect([first.code, first.stdout, first.stderr]).toEqual([0, dry.stdout.replace('Dry run, nothing was written: ', ''), '']);
    await bench.settle();
    expect(await linesOf('ABCD-1')).toMatchObject([{ enrollmentId: 'ABCD-1', dueLocal: DUE, dueSpec: '7 days at 18:00' }]);
    expect((await linesOf('D2')).find(({ release }) => release === 'iOS 26.6.1')).toEqual(before[0]);
    const why = (await (await bench.api('/why/ABCD-1')).json()) as { deadline: unknown; timeline: { text: string }[] };
    expect(JSON.stringify(why)).toContain('carried over from another server, sooner than 2026-11-27T18:00:00 here');
    expect(await bench.store.listAudit(1)).toMatchObject([
      { by: 'jane', act: 'import-ledger', detail: { written: 1, sooner: 1, kept: 1 } },
    ]);

    const second = await run([file, '--json']);
    expect([second.code, JSON.parse(second.stdout)]).toEqual([
      0,
      {
        ...{ schema: 'ratchet.import-ledger/1', written: 0, sooner: 0, same: 2, kept: 1, broughtForward: 0, limit: 50 },
        ...{ notEnrolled: { devices: 0, ids: [] }, unknownPolicies: [] },
      },
    ]);
  });

  it('takes what was imported a moment before for enrolled: nobody has to wait in between', async () => {
    const file = await otherServer([line({ enrollmentId: 'D7' })]);
    const body = JSON.stringify({ enrollments: [{ id: 'D7' }] });
    expect((await bench.api('/enrollments', { method: 'POST', body }, { 'Content-Type': 'application/json' })).status).toBe(200);
    const { code, stdout } = await run([file]);
    expect([code, stdout]).toEqual([0, '1 deadline new, 0 sooner than here, 0 the same.\n']);
    await bench.settle();
    expect(await linesOf('D7')).toMatchObject([{ dueLocal: DUE }]);
  });

  it('names what it left out, keeps nothing of it, and ends with 1', async () => {
    await bench.enroll('D1');
    const file = await otherServer([line({ policy: 'kiosks' }), line({ enrollmentId: 'D9' })]);
    const { code, stdout } = await run([file]);
    expect([code, stdout]).toEqual([
      1,
      '0 deadlines new, 0 sooner than here, 0 the same.\nLeft out: 1 device not enrolled here (D9). Enroll or import them, then run this again.\nLeft out: 1 deadline of policy "kiosks", which is not in force here.\n',
    ]);
    expect(await linesOf('D9')).toEqual([]);
  });

  it('waits for a person where many devices get a sooner deadline (rule 22)', async () => {
    const ids = Array.from({ length: 51 }, (_, index) => `D${index}`);
    for (const id of ids) await bench.enroll(id);
    const file = await otherServer(ids.map((enrollmentId) => line({ enrollmentId })));
    const held = await run([file]);
    expect([held.code, held.stdout]).toEqual([1, '']);
    expect(held.stderr).toContain('Held: 51 devices would get a sooner deadline, more than 50.');
    expect(await linesOf('D7')).toMatchObject([{ dueLocal: '2026-11-27T18:00:00' }]);
    const accepted = await run([file, '--accept-sooner']);
    expect([accepted.code, accepted.stdout]).toEqual([0, '0 deadlines new, 51 sooner than here, 0 the same.\n']);
    expect(await linesOf('D7')).toMatchObject([{ dueLocal: DUE }]);
  });

  it('is held by the server as well, whoever calls it', async () => {
    const ids = Array.from({ length: 51 }, (_, index) => `D${index}`);
    for (const id of ids) await bench.enroll(id);
    const body = JSON.stringify({ lines: ids.map((enrollmentId) => line({ enrollmentId })) });
    const answer = await bench.api('/ledger', { method: 'POST', body }, { 'Content-Type': 'application/json' });
    expect([answer.status, await answer.text()]).toEqual([409, expect.stringContaining('Nothing was written')]);
  });

  it.each([
    ['no file', 'nowhere.db', /There is no file .*nowhere\.db\. Nothing was imported/],
    ['a folder without a database', '.', /no database of Ratchet/],
    ['something else', 'package.json', /can't read the database/],
  ])('%s: 2', async (_name, file, message) => {
    const path = file === 'package.json' ? join(process.cwd(), file) : join(folder, file);
    const { code, stderr, stdout } = await run([path]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  it('an empty ledger is nothing', async () => {
    expect(await run([await otherServer([])])).toMatchObject({ code: 0, stdout: '0 deadlines new, 0 sooner than here, 0 the same.\n' });
  });
});
