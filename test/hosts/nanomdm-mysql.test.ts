import { expect, it, vi } from 'vitest';
import { openNanoMdmDatabase } from '../../src/hosts/nanomdm-database/open.ts';

interface Statement {
  sql: string;
  values: readonly string[];
}
const said: (Statement & { by: 'query' | 'execute' })[] = [];

vi.mock('mysql2/promise', () => ({
  createConnection: async () => {
    const run = (by: 'query' | 'execute') => async (statement: Statement) => {
      said.push({ ...statement, by });
      return [[]];
    };
    return { query: run('query'), execute: run('execute'), on: () => undefined, end: async () => undefined };
  },
}));

it('an id, which is what a device says, is never made part of a statement: under NO_BACKSLASH_ESCAPES it could leave its quotes', async () => {
  const records = await openNanoMdmDatabase('u:p@tcp(db)/nanomdm', { decodePlist: async () => undefined, now: () => 0 });
  await records.pageAfter("D1' UNION SELECT push_magic FROM enrollments -- ");
  await records.close();
  expect(said.map(({ by, sql, values }) => [by, sql.slice(0, 12), values.length])).toEqual([
    ['query', 'START TRANSA', 0],
    ['execute', 'SELECT e.id ', 1],
    ['query', 'ROLLBACK', 0],
  ]);
  expect(said.every(({ sql }) => !sql.includes('UNION'))).toBe(true);
});
