import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/**
 * The arrows between the rooms (.dependency-cruiser.cjs), and whether they are checked at all: with some
 * versions of TypeScript the tool reads no module and finds no violation. So the number of modules is
 * checked, and in a copy of the sources one violation of each kind is planted, which must all be found.
 */

const MODULES_MIN = 30;

/** rule → a file that breaks it. */
const PLANTS: Record<string, { file: string; code: string }> = {
  'no-cycles': { file: 'src/mdm/planted-a.ts', code: "import { b } from './planted-b.ts';\nexport const a = (): number => b();\n" },
  resolvable: { file: 'src/mdm/planted-lost.ts', code: "export * from './nowhere.ts';\n" },
  'no-development-dependencies': { file: 'src/web/planted-dev.ts', code: "export * from 'fast-check';\n" },
  'room-os': { file: 'src/os/planted.ts', code: "export * from '../reasons/reasons.ts';\n" },
  'room-mdm': { file: 'src/mdm/planted-ddm.ts', code: "import type { planted } from '../ddm/planted.ts';\nexport type A = planted;\n" },
  'room-ddm': {
    file: 'src/ddm/planted.ts',
    code: "export type { Policy } from '../policy/policy.types.ts';\nexport type planted = string;\n",
  },
  'room-releases': { file: 'src/releases/planted.ts', code: "export * from '../mdm/messages.ts';\n" },
  'room-enrollment': { file: 'src/enrollment/planted.ts', code: "export * from '../policy/policy.types.ts';\n" },
  'room-policy': { file: 'src/policy/planted.ts', code: "export * from '../hosts/host.ts';\n" },
  'room-delivery': { file: 'src/delivery/planted.ts', code: "export * from '../policy/policy.types.ts';\n" },
  'room-decide': { file: 'src/decide/planted.ts', code: "export * from '../runtime.ts';\n" },
  'room-replay': { file: 'src/replay/planted.ts', code: "export * from '../engine/standing.ts';\n" },
  'pure-rooms-do-no-io': { file: 'src/policy/planted-io.ts', code: "export { readFileSync } from 'node:fs';\n" },
  'pure-rooms-use-no-servers': { file: 'src/ddm/planted-server.ts', code: "export { Hono } from 'hono';\n" },
  roles: { file: 'src/store/planted.ts', code: "export * from '../config/settings.types.ts';\n" },
  'only-main-and-tests-import-implementations': { file: 'src/web/planted-clock.ts', code: "export * from '../runtime/clock.ts';\n" },
  'implementations-of-ports': { file: 'src/runtime/planted.ts', code: "export * from '../policy/policy.types.ts';\n" },
  engine: { file: 'src/engine/planted.ts', code: "export * from '../config/settings.types.ts';\n" },
  cli: { file: 'src/cli/planted.ts', code: "export * from '../sim/planted.ts';\n" },
  sim: { file: 'src/sim/planted.ts', code: "export * from '../os/version.ts';\n" },
  'product-does-not-simulate': { file: 'src/engine/planted-sim.ts', code: "export * from '../sim/planted.ts';\n" },
  'product-does-not-test': { file: 'src/engine/planted-test.ts', code: "export * from '../../test/planted.ts';\n" },
};
const HELPERS: Record<string, string> = {
  'src/mdm/planted-b.ts': "import { a } from './planted-a.ts';\nexport const b = (): number => a();\n",
  'test/planted.ts': 'export const planted = 1;\n',
};

interface Cruise {
  modules: unknown[];
  summary: { violations: { rule: { name: string }; from: string; to: string }[] };
}

function cruise(folder: string): Cruise {
  const tool = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const { stdout, stderr } = spawnSync(process.execPath, [tool, 'src', '--config', '.dependency-cruiser.cjs', '--output-type', 'json'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  try {
    return JSON.parse(stdout) as Cruise;
  } catch {
    throw new Error(`dependency-cruiser gave no result: ${stderr}`);
  }
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}

const { modules, summary } = cruise('.');
const ours = modules.filter((module) => (module as { source: string }).source.startsWith('src/'));
if (ours.length < MODULES_MIN) fail(`only ${ours.length} modules were read, so nothing was checked`);
for (const { rule, from, to } of summary.violations) fail(`${rule.name}: ${from} → ${to}`);

const copy = mkdtempSync(join(tmpdir(), 'ratchet-imports-'));
try {
  for (const name of ['src', 'package.json', 'tsconfig.json', '.dependency-cruiser.cjs'])
    cpSync(name, join(copy, name), { recursive: true });
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
  const files = { ...HELPERS, ...Object.fromEntries(Object.values(PLANTS).map(({ file, code }) => [file, code])) };
  for (const [file, code] of Object.entries(files)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    writeFileSync(join(copy, file), code);
  }
  const found = cruise(copy).summary.violations;
  for (const [rule, { file }] of Object.entries(PLANTS)) {
    if (!found.some((violation) => violation.rule.name === rule && violation.from === file))
      fail(`${rule}: a planted violation (${file}) was not found`);
  }
} finally {
  rmSync(copy, { recursive: true });
}
if (process.exitCode === undefined)
  console.log(`imports: ${ours.length} modules in order; ${Object.keys(PLANTS).length} planted violations found`);
