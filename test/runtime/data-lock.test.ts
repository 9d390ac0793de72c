import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockDataFolder } from '../../src/runtime/data-lock.ts';

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'ratchet-lock-')), 'data');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Another process that holds the lock until it is killed. */
async function holder() {
  const code = `import(${JSON.stringify(new URL('../../src/runtime/data-lock.ts', import.meta.url).href)}).then(({ lockDataFolder }) => {
    const lock = lockDataFolder(${JSON.stringify(folder)});
    process.stdout.write(lock.ok ? 'locked' : lock.message);
    setInterval(() => undefined, 1000);
  });`;
  const child = spawn(process.execPath, ['--import', 'tsx', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, said: String(said) };
}

describe('the lock of a data folder', () => {
  it('creates the folder for its owner alone, and is given back', () => {
    const first = lockDataFolder(folder);
    expect(first.ok).toBe(true);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    if (first.ok) first.release();
    const second = lockDataFolder(folder);
    expect(second.ok).toBe(true);
    if (second.ok) second.release();
  });

  it('names the process that holds it, also when that is this one', () => {
    const first = lockDataFolder(folder);
    expect(lockDataFolder(folder)).toMatchObject({
      ok: false,
      holder: { pid: process.pid },
      message: expect.stringContaining(`process ${process.pid}`),
    });
    if (first.ok) first.release();
  });

  it('is held by another process until that is killed, however it ends', async () => {
    const { child, said } = await holder();
    expect(said).toBe('locked');
    expect(lockDataFolder(folder)).toMatchObject({ ok: false, holder: { pid: child.pid } });
    child.kill('SIGKILL');
    await once(child, 'exit');
    const lock = lockDataFolder(folder);
    expect(lock.ok).toBe(true);
    if (lock.ok) lock.release();
  });

  it('does not take a pid that lives for a lock: pids are used again', () => {
    const first = lockDataFolder(folder);
    if (first.ok) first.release();
    writeFileSync(join(folder, 'ratchet.pid'), JSON.stringify({ pid: process.ppid, hostname: 'x' }));
    const second = lockDataFolder(folder);
    expect(second.ok).toBe(true);
    if (second.ok) second.release();
  });

  it('says so when it can not tell who', () => {
    const first = lockDataFolder(folder);
    writeFileSync(join(folder, 'ratchet.pid'), 'nonsense');
    expect(lockDataFolder(folder)).toEqual({
      ok: false,
      message: `the data folder ${folder} is in use by another process; one Ratchet serves one data folder`,
    });
    if (first.ok) first.release();
  });
});
