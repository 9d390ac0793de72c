import { build } from 'plist';
import { describe, expect, it } from 'vitest';
import { RecordsError } from '../../src/hosts/enrollment-records.ts';
import { parseDsn } from '../../src/hosts/nanomdm-database/dsn.ts';
import { createRecords, type Query } from '../../src/hosts/nanomdm-database/records.ts';
import { troubleOf } from '../../src/hosts/nanomdm-database/trouble.ts';
import { parsePlist } from '../../src/runtime/parse-plist.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
/** As they stand in the columns of NanoMDM that hold secrets, and in its plists. */
const SECRETS = /push_magic|token_hex|token_update|unlock_token|bootstrap_token_b64|identity_cert|user_/;

describe('the address of a database', () => {
  it.each([
    [
      'postgres://nano:pw@db:5433/nanomdm?sslmode=disable',
      { kind: 'pgsql', host: 'db', port: 5433, user: 'nano', password: 'pw', database: 'nanomdm', tls: 'off' },
    ],
    ['postgresql://nano@db/nanomdm', { kind: 'pgsql', host: 'db', port: 5432, password: '', tls: 'encrypted' }],
    [
      'postgres://nano:p%40w%2F@[::1]/nanomdm?sslmode=verify-full&sslrootcert=/ca.pem',
      { host: '::1', password: 'p@w/', tls: 'verified', rootCertificate: '/ca.pem' },
    ],
    ['postgres://nano:pw@/nanomdm?host=/var/run/postgresql', { socketPath: '/var/run/postgresql', tls: 'off' }],
    [
      'mysql://nano:pw@db/nanomdm',
      { kind: 'mysql', host: 'db', port: 3306, user: 'nano', password: 'pw', database: 'nanomdm', tls: 'off' },
    ],
    ['mysql://nano:pw@db/nanomdm?tls=true', { tls: 'verified' }],
    [
      'nano:p@s/s:w(rd@tcp(db:3307)/nanomdm?parseTime=true&tls=skip-verify',
      { kind: 'mysql', host: 'db', port: 3307, user: 'nano', password: 'p@s/s:w(rd', database: 'nanomdm', tls: 'encrypted' },
    ],
    ['nano@tcp([::1])/nanomdm', { host: '::1', port: 3306, password: '' }],
    ['nano:pw@unix(/run/mysqld/mysqld.sock)/nanomdm', { socketPath: '/run/mysqld/mysqld.sock', user: 'nano', password: 'pw' }],
  ])('%s', (text, expected) => expect(parseDsn(text)).toMatchObject(expected));

  it.each([
    '',
    'nanomdm',
    'sqlite:/x.db',
    'postgres://nano:secret-pw@db',
    'postgres://nano:secret-pw@db/x?sslmode=maybe',
    'mysql://nano:secret-pw@db/x?tls=maybe',
    'nano:secret-pw@tcp(db)/',
    'postgres://nano:secret-pw@db:x/y',
  ])('%j is none: says what is expected, and not what was given', (text) => {
    expect(() => parseDsn(text)).toThrow(RecordsError);
    expect(() => parseDsn(text)).toThrow(/expected/i);
    expect(() => parseDsn(text)).not.toThrow(/secret-pw/);
  });
});

const authenticate = build({
  MessageType: 'Authenticate',
  UDID: 'D1',
  ProductName: 'iPhone15,2',
  OSVersion: '26.1',
  SerialNumber: 'OLD',
  Challenge: Buffer.from('challenge-secret'),
});
const ROW = {
  ...{ id: 'D1', type: 'Device', enabled: true, seen_age: '3600.5', serial_number: 'C02LAB0001', authenticate_age: '864000' },
  ...{ has_bootstrap_token: true, authenticate },
};

function records(kind: 'pgsql' | 'mysql', rows: Record<string, unknown>[] | Record<string, unknown>[][]) {
  const asked: { sql: string; values: readonly string[] }[] = [];
  const query: Query = async (sql, values) => {
    asked.push({ sql, values });
    return (Array.isArray(rows[0]) ? rows[asked.length - 1] : rows) as Record<string, unknown>[];
  };
  const decodePlist = async (bytes: Uint8Array) => parsePlist(bytes);
  return { asked, ...createRecords({ kind, query, decodePlist, now: () => NOW, close: async () => undefined }) };
}

describe.each(['pgsql', 'mysql'] as const)('the records in %s', (kind) => {
  it('are read without a column that holds a secret, page by page after a key', async () => {
    const { asked, pageAfter, countByType } = records(kind, []);
    await countByType();
    await pageAfter('D7');
    for (const { sql } of asked) {
      expect(sql).toMatch(/^SELECT /);
      expect(sql).not.toMatch(SECRETS);
      expect(sql).not.toMatch(/\*(?! *\))|;|INSERT|UPDATE|DELETE/);
    }
    expect(asked[1]).toMatchObject({ values: ['D7'], sql: expect.stringMatching(/e\.id > .*ORDER BY e\.id LIMIT 200$/s) });
  });

  it('are what NanoMDM knows: moments by our clock, the Authenticate by the allow-list', async () => {
    const { named, lastId, unusable } = await records(kind, [ROW]).pageAfter('');
    expect([lastId, unusable]).toEqual(['D1', []]);
    expect(named).toEqual([
      {
        ...{ id: 'D1', type: 'Device', serial: 'C02LAB0001', productName: 'iPhone15,2', osVersion: '26.1', enabled: true },
        ...{ enrolledAt: NOW - 864_000_000, lastSeenAt: NOW - 3_600_500, bootstrapToken: 'escrowed' },
      },
    ]);
    expect(JSON.stringify(named)).not.toContain(Buffer.from('challenge-secret').toString('base64'));
  });

  it('come as drivers give them: numbers for booleans, bytes for texts, nothing for NULL', async () => {
    const row = {
      ...ROW,
      id: Buffer.from('D2'),
      enabled: 0,
      has_bootstrap_token: 0,
      seen_age: -5,
      serial_number: null,
      authenticate_age: null,
      authenticate: Buffer.from(authenticate),
    };
    expect((await records(kind, [row]).pageAfter('')).named).toEqual([
      { id: 'D2', type: 'Device', serial: 'OLD', productName: 'iPhone15,2', osVersion: '26.1', enabled: false, lastSeenAt: NOW },
    ]);
  });

  it.each([null, '', 'rubbish', '<plist><array/></plist>', build({ MessageType: 'TokenUpdate', PushMagic: 'x' })])(
    'an Authenticate of %j is left aside',
    async (stored) => {
      expect((await records(kind, [{ ...ROW, authenticate: stored }]).pageAfter('')).named).toMatchObject([{ id: 'D1', enabled: true }]);
    },
  );

  it('an id that is none is named and left out', async () => {
    const { named, unusable, lastId } = await records(kind, [{ ...ROW, id: 'a,b' }, ROW]).pageAfter('');
    expect([named.length, lastId, unusable]).toEqual([1, 'D1', [{ at: 'a,b', reason: expect.stringContaining('expected the UDID') }]]);
  });

  it('counts by type', async () => {
    const counts = await records(kind, [
      { type: 'Device', count: '3' },
      { type: 'Shared iPad', count: 2 },
    ]).countByType();
    expect([...counts]).toEqual([
      ['Device', 3],
      ['Shared iPad', 2],
    ]);
  });
});

describe('what goes wrong', () => {
  const dsn = parseDsn('postgres://nano:secret-pw@db:5432/nanomdm');
  it.each<[unknown, RegExp, boolean]>([
    [{ code: 'ECONNREFUSED' }, /No PostgreSQL answers at db:5432 \(ECONNREFUSED\)/, true],
    [new AggregateError([{ code: 'ECONNREFUSED' }]), /No PostgreSQL answers/, true],
    [new Error('timeout expired'), /it took too long/, true],
    [{ code: '28P01' }, /refuses user "nano": wrong user or password/, false],
    [{ code: 'ER_ACCESS_DENIED_ERROR' }, /refuses user "nano"/, false],
    [{ code: '3D000' }, /no database "nanomdm"/, false],
    [{ code: '42P01' }, /not those of NanoMDM/, false],
    [{ code: 'ER_BAD_FIELD_ERROR' }, /not those of NanoMDM/, false],
    [{ code: '42501' }, /may not read it.*needs SELECT on enrollments/, false],
    [{ code: 'ER_COLUMNACCESS_DENIED_ERROR' }, /may not read it/, false],
    [new Error('The server does not support SSL connections'), /sslmode=disable/, false],
    [{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, /certificate .* can't be verified/, false],
    [{ code: 'XX000', message: 'password secret-pw' }, /can't be read \(XX000\)/, false],
    [undefined, /can't be read/, false],
  ])('%j', (error, message, isUnreached) => {
    const told = troubleOf(error, dsn);
    expect([told.message, told.isUnreached]).toEqual([expect.stringMatching(message), isUnreached]);
    expect(told.message).not.toContain('secret-pw');
  });
});
