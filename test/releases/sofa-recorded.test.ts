import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptySeverities, foldSofa } from '../../src/releases/severity.ts';
import type { Severities, SeverityChange, SofaPlatform } from '../../src/releases/severity.types.ts';
import { readSofa } from '../../src/releases/sofa.ts';

/** Every feed of SOFA recorded from 2024-04 to 2026-03, folded one after the other. */

const folder = join(import.meta.dirname, '../../../shared/data/sofa/history');
const isThere = existsSync(folder) && spawnSync('xz', ['--version']).status === 0;
if (!isThere) console.warn('Recorded feeds of SOFA are not folded: ../shared/data/sofa or xz is absent.');

function fold(name: string, platform: SofaPlatform) {
  const { stdout } = spawnSync('xz', ['-dc', join(folder, `${name}.history.jsonl.xz`)], { encoding: 'utf8', maxBuffer: 2 ** 29 });
  let severities: Severities = emptySeverities();
  const changes: (SeverityChange & { at: string })[] = [];
  for (const text of stdout.split('\n').filter(Boolean)) {
    const { recorded_at: at, data } = JSON.parse(text) as { recorded_at: string; data: unknown };
    const folded = foldSofa(severities, readSofa(data, platform), Date.parse(at));
    severities = folded.severities;
    for (const change of folded.changes) changes.push({ ...change, at });
  }
  return { held: severities.platforms[0], changes };
}

describe.skipIf(!isThere)('the recorded feeds', () => {
  it.each<[string, SofaPlatform, string[]]>([
    ['v1-ios', 'iOS', ['26.0', '26.0', '26.1', '18.7.2']],
    ['v1-macos', 'macOS', ['15.0', '14.7', '15.6', '15.7', '14.8.4']],
    ['v2-ios', 'iOS', []],
    ['v2-macos', 'macOS', []],
    ['v2-tvos', 'tvOS', []],
    ['v2-visionos', 'visionOS', []],
  ])('%s is read to its end; what it took back for more than three days is all that is taken back', (name, platform, takenBack) => {
    const { held, changes } = fold(name, platform);
    const severity = changes.filter((change) => change.kind === 'severity');
    const doubts = changes.filter(({ kind }) => kind === 'doubtful').length;
    console.info(`${name}: ${held?.releases.length} releases, ${severity.length} changes of severity, doubted ${doubts} times.`);
    expect(held?.releases.filter(({ exploited }) => exploited > 0).length).toBeGreaterThan(0);
    expect(severity.filter(({ to }) => to === 'standard').map(({ version }) => version)).toEqual(takenBack);
    expect(held?.doubt).toBeUndefined();
  });
});
