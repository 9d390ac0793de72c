import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { readFleet } from '../../src/read-only.ts';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-fleet-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('a data folder tells its devices as policies look at them', async () => {
  const fixtures = fileURLToPath(new URL('../store/fixtures/', import.meta.url));
  copyFileSync(join(fixtures, String(readdirSync(fixtures).sort().at(-1))), join(folder, 'ratchet.db'));
  const fleet = await readFleet(folder);
  expect(fleet?.subjects.length).toBeGreaterThan(0);
  for (const subject of fleet?.subjects ?? [])
    expect(subject).toMatchObject({ id: expect.any(String), tags: expect.any(Array), now: expect.any(Number) });
});

it('a folder without a database tells nothing', async () => {
  expect(await readFleet(join(folder, 'none'))).toBeUndefined();
});
