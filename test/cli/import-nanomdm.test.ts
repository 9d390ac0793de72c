import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import type { CliWorld } from '../../src/cli/world.ts';
import type { NamedEnrollment } from '../../src/enrollment/named.ts';
import { type EnrollmentRecords, RecordsError } from '../../src/hosts/enrollment-records.ts';

interface Database {
  devices?: NamedEnrollment[];
  unusable?: { at: string; reason: string }[];
  types?: [string, number][];
  fails?: RecordsError;
}

/** A database of so many devices, and a server to which those with an even number are new. */
async function run(args: string[], database: Database = {}, { env = {}, failAt = Number.POSITIVE_INFINITY } = {}) {
  const { devices = [], unusable = [], types = [['Device', devices.length]], fails } = database;
  let stdout = '';
  let stderr = '';
  const opened: string[] = [];
  let closed = 0;
  const sent: Record<string, unknown>[] = [];
  const records: EnrollmentRecords = {
    countByType: async () => new Map(types),
    async pageAfter(id) {
      const rest = devices.filter((device) => device.id > id).slice(0, 200);
      const last = rest.at(-1);
      return { named: rest, unusable: id === '' ? unusable : [], ...(last ? { lastId: last.id } : {}) };
    },
    close: async () => void closed++,
  };
  const world: CliWorld = {
    ...{ env: { USER: 'jane', ...env }, cwd: '/work', version: '1.2.3', now: () => 0 },
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    readFile: () => Promise.reject(new Error('no file is read')),
    stdin: () => Promise.reject(new Error('nothing is read')),
    fetch: async (_url, init = {}) => {
      if (sent.length >= failAt) throw new Error('connect ECONNREFUSED');
      const body = JSON.parse(String(init.body)) as { enrollments: NamedEnrollment[] };
      sent.push(body);
      const added = body.enrollments.filter(({ id }) => /[02468]$/.test(id)).length;
      const text = JSON.stringify({ schema: 'ratchet.import/1', new: added, changed: 1, known: body.enrollments.length - added - 1 });
      return { status: 200, headers: { get: () => null }, text: async () => text, arrayBuffer: async () => new ArrayBuffer() };
    },
    serve: async () => 0,
    async openRecords(dsn) {
      opened.push(dsn);
      if (fails) throw fails;
      return records;
    },
  };
  const code = await runProgram(['import', ...args, '--api=s'], world);
  return { code, stdout, stderr, sent, opened, closed };
}

const devices = (count: number): NamedEnrollment[] =>
  Array.from({ length: count }, (_, index) => ({ id: `D${String(index).padStart(4, '0')}`, type: 'Device' as const, enabled: index > 0 }));

describe('import --nanomdm', () => {
  it('names what the database has, and says the numbers', async () => {
    const database = {
      devices: devices(4),
      types: [
        ['Device', 4],
        ['User', 3],
        ['Shared iPad', 2],
      ] as [string, number][],
    };
    const { code, stdout, stderr, sent, opened, closed } = await run(['--nanomdm', 'postgres://x', '--note=first'], database);
    expect([code, stdout, stderr]).toEqual([
      0,
      '2 new, 1 changed, 1 known already, 1 of them not enrolled any more, 5 user channels left out (their devices count).\n',
      '',
    ]);
    expect([opened, closed]).toEqual([['postgres://x'], 1]);
    expect(sent).toEqual([{ enrollments: database.devices, from: 'nanomdm-database', by: 'jane', note: 'first' }]);
  });

  it('takes the address from the environment, so that no list of processes shows it', async () => {
    const { opened } = await run(['--nanomdm'], { devices: devices(2) }, { env: { RATCHET_NANOMDM_DSN: 'from-env' } });
    expect(opened).toEqual(['from-env']);
  });

  it('goes on page by page, in calls of 500, and says how far it is', async () => {
    const { sent, stderr } = await run(['--nanomdm', 'x'], { devices: devices(1_100) });
    expect(sent.map((body) => (body.enrollments as unknown[]).length)).toEqual([500, 500, 100]);
    expect(stderr).toBe('500 of 1100\n1000 of 1100\n1100 of 1100\n');
  });

  it('--dry-run asks the server to write nothing, and says so', async () => {
    const { sent, stdout } = await run(['--nanomdm', 'x', '--dry-run'], { devices: devices(2) });
    expect(sent).toMatchObject([{ dryRun: true }]);
    expect(stdout).toMatch(/^Dry run, nothing was written: 1 new/);
  });

  it('prints one object, and ends with 1 where something could not be used', async () => {
    const unusable = [{ at: 'a,b', reason: 'its id is none' }];
    const types: [string, number][] = [
      ['Device', 3],
      ['Toaster', 2],
    ];
    const { code, stdout, stderr } = await run(['--nanomdm', 'x', '--json'], { devices: devices(2), unusable, types });
    const malformed = [{ at: 'type "Toaster"', reason: '2 enrollments of a type that is not known' }, ...unusable];
    expect([code, JSON.parse(stdout)]).toEqual([
      1,
      { schema: 'ratchet.import/1', new: 1, changed: 1, known: 0, disabled: 1, userChannels: 0, malformed },
    ]);
    expect(stderr).toBe('skipped type "Toaster": 2 enrollments of a type that is not known\nskipped a,b: its id is none\n');
  });

  it.each<[string, string[], Database, number, RegExp]>([
    ['no address', ['--nanomdm'], {}, 2, /with the address in RATCHET_NANOMDM_DSN/],
    ['neither a file nor a database', [], {}, 2, /Expected one of/],
    ['both', ['ids.csv', '--nanomdm=x'], {}, 2, /Expected one of/],
    ['a database that is not reached', ['--nanomdm=x'], { fails: new RecordsError('No MySQL answers.', true) }, 3, /No MySQL answers\./],
    ['a wrong password', ['--nanomdm=x'], { fails: new RecordsError('refuses user') }, 2, /refuses user/],
  ])('%s', async (_name, args, database, expected, message) => {
    const { code, stderr, stdout, sent } = await run(args, database);
    expect([code, stdout, sent]).toEqual([expected, '', []]);
    expect(stderr).toMatch(message);
  });

  it('a server that is gone in the middle: 3, and how far it was; the database is let go', async () => {
    const { code, stderr, closed } = await run(['--nanomdm', 'x'], { devices: devices(1_100) }, { failAt: 1 });
    expect([code, closed]).toEqual([3, 1]);
    expect(stderr).toContain('500 of 1100 were imported before; importing them again does no harm.');
  });
});
