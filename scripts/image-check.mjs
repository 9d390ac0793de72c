/**
 * What the image must be able to do, run after image:build and image:prune: the compiled program starts, the
 * native module loads, and nothing of it needs a development dependency. Plain JavaScript, as tsx is gone by then.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import Database from 'better-sqlite3';

const { version, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));

function ratchet(...args) {
  return execFileSync(process.execPath, ['dist/main.js', ...args], { encoding: 'utf8' });
}

function expect(isTrue, message) {
  if (!isTrue) {
    console.error(`image-check: ${message}`);
    process.exit(1);
  }
}

expect(ratchet('version') === `ratchet ${version}\n`, 'ratchet version does not print the version');
const check = JSON.parse(ratchet('check', '--policies-only', '--json', '--config', 'examples/nanomdm/ratchet.yaml'));
expect(check.ok && check.policies.length > 0, 'ratchet check does not accept examples/nanomdm/ratchet.yaml');
const one = new Database(':memory:').prepare('SELECT 1 AS one').get();
expect(one.one === 1, 'SQLite does not answer');
expect(existsSync('drizzle/meta/_journal.json'), 'the database migrations are missing');
const left = Object.keys(devDependencies).filter((name) => !name.startsWith('@types/') && existsSync(`node_modules/${name}`));
expect(left.length === 0, `development dependencies are still there: ${left.join(', ')}`);
console.log(`image-check: ratchet ${version} runs compiled, without development dependencies`);
