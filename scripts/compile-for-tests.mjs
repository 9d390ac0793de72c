// The program as `npm run build` makes it, for the tests that start it as an operator does: from the sources a start takes
// four times as long. In a folder of its own: dist/ may belong to somebody else.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const folder = join(root, '.tmp', 'program');
mkdirSync(folder, { recursive: true });
for (const name of ['drizzle', 'package.json']) {
  const link = join(folder, name);
  if (!existsSync(link)) symlinkSync(join(root, name), link);
}
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const out = ['--outDir', join(folder, 'dist'), '--incremental', '--tsBuildInfoFile', join(folder, 'tsbuildinfo')];
const { status } = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json'), ...out], { stdio: 'inherit' });
process.exit(status ?? 1);
