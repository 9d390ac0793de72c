import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBurst } from '../process/burst.ts';
import { createSite, type Site } from '../process/ratchet-process.ts';

/**
 * Promise 1, the half that kill -9 can't show: before a webhook is answered 200 the kernel has said that the log it was
 * written to is on the disk. The real process runs with a small library that notes its system calls in order.
 */

interface Call {
  kind: 'request' | 'answer' | 'write' | 'flush';
  fd: string;
  thread: string;
  path: string;
}

interface Verdict {
  answers: number;
  /** Answers that no flush of the log stands before, counted from the request. */
  unflushed: number;
  /** Answers given while something written to the log was not flushed. */
  whileDirty: number;
  /** Runs of answers with no flush between them: one group commit each. */
  batches: number;
  flushes: number;
}

const ANSWERS_MIN = 400;
const isTried = process.platform === 'linux' && canCompile();
let library: string;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ratchet-flush-'));
  library = join(folder, 'flush-log.so');
  if (isTried) execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, fileURLToPath(new URL('flush-log.c', import.meta.url))]);
});
afterAll(() => rmSync(folder, { recursive: true }));

function canCompile(): boolean {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Serves a burst under the library and reads what it noted. */
async function observe(preload: readonly string[]): Promise<Call[]> {
  const log = join(folder, `calls-${preload.length}`);
  const site: Site = await createSite();
  try {
    const serving = await site.serve({ preload, env: { LD_PRELOAD: library, FLUSH_LOG: log } });
    const burst = startBurst(site.url, 'F', 16);
    while (burst.answered.length < ANSWERS_MIN) await pause(5);
    burst.stop();
    await burst.ended;
    serving.kill('SIGKILL');
    await serving.ended;
    return readFileSync(log, 'utf8').trimEnd().split('\n').map(readCall);
  } finally {
    site.dispose();
  }
}

function readCall(line: string): Call {
  const [kind, fd, thread, ...path] = line.split(' ');
  return { kind: kind as Call['kind'], fd: fd ?? '', thread: thread ?? '', path: path.join(' ') };
}

function judge(calls: readonly Call[]): Verdict {
  const verdict: Verdict = { answers: 0, unflushed: 0, whileDirty: 0, batches: 0, flushes: 0 };
  const requestedAt = new Map<string, number>();
  let flushedAt = -1;
  let writtenAt = -1;
  let isNewBatch = true;
  for (const [at, { kind, fd, path }] of calls.entries()) {
    const isLog = path.endsWith('ratchet.db-wal');
    if (kind === 'request') requestedAt.set(fd, at);
    else if (kind === 'write' && isLog) writtenAt = at;
    else if (kind === 'flush' && isLog) {
      flushedAt = at;
      verdict.flushes += 1;
      isNewBatch = true;
    } else if (kind === 'answer' && requestedAt.has(fd)) {
      verdict.answers += 1;
      if (flushedAt < (requestedAt.get(fd) ?? 0)) verdict.unflushed += 1;
      if (writtenAt > flushedAt) verdict.whileDirty += 1;
      if (isNewBatch) verdict.batches += 1;
      isNewBatch = false;
      requestedAt.delete(fd);
    }
  }
  return verdict;
}

if (!isTried) {
  describe.skip('before a webhook is answered', () => {
    it('skipped: this needs Linux and a C compiler named cc', () => undefined);
  });
} else {
  describe('before a webhook is answered', () => {
    it('the log is flushed: one flush stands before each batch of answers', async () => {
      const calls = await observe([]);
      const verdict = judge(calls);
      expect(verdict).toMatchObject({ unflushed: 0, whileDirty: 0 });
      expect(verdict.answers).toBeGreaterThanOrEqual(ANSWERS_MIN);
      // One thread does it all, so the order of the calls is the order of the work.
      expect(new Set(calls.filter(({ kind, path }) => kind === 'answer' || path.endsWith('-wal')).map(({ thread }) => thread)).size).toBe(
        1,
      );
      // Sixteen connections share their flushes: it is a group commit.
      expect(verdict.batches).toBeLessThan(verdict.answers / 2);
      expect(verdict.flushes).toBeGreaterThanOrEqual(verdict.batches);
    }, 90_000);

    it('and with a weaker setting of the database this test would fail', async () => {
      const verdict = judge(await observe([new URL('weaker-sync.mjs', import.meta.url).href]));
      expect(verdict.answers).toBeGreaterThanOrEqual(ANSWERS_MIN);
      expect(verdict.unflushed).toBeGreaterThan(verdict.answers / 2);
      expect(verdict.whileDirty).toBeGreaterThan(verdict.answers / 2);
    }, 90_000);
  });
}
