import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from '../process/ratchet-process.ts';

/** The program as `npm run build` makes it, in a folder of its own: `dist/` may belong to somebody else. */
export function compileProgram(): { program: string; dispose(): void } {
  const before = process.env.RATCHET_TEST_PROGRAM;
  if (before !== undefined) return { program: before, dispose: () => undefined };
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-compiled-'));
  for (const name of ['drizzle', 'node_modules', 'package.json']) symlinkSync(join(repository, name), join(folder, name));
  const tsc = join(repository, 'node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [tsc, '-p', join(repository, 'tsconfig.build.json'), '--outDir', join(folder, 'dist')], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return { program: join(folder, 'dist', 'main.js'), dispose: () => rmSync(folder, { recursive: true, force: true }) };
}
