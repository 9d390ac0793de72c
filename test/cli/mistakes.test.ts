import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CheckAnswer } from '../../src/cli/check.ts';
import { runProgram } from '../../src/cli/program.ts';
import type { CliWorld } from '../../src/cli/world.ts';
import { MISTAKES } from './mistakes.ts';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-mistakes-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function check(yaml: string | Uint8Array, ...flags: string[]): Promise<{ code: number; stdout: string }> {
  writeFileSync(join(folder, 'ratchet.yaml'), yaml);
  let stdout = '';
  const world = {
    env: {},
    cwd: folder,
    version: '1.2.3',
    now: () => Date.parse('2026-11-20T12:00:00Z'),
    stdout: (text: string) => {
      stdout += text;
    },
    stderr: () => undefined,
  } as unknown as CliWorld;
  const code = await runProgram(['check', '--policies-only', ...flags], world);
  return { code, stdout };
}

describe('a mistake in ratchet.yaml is answered with file, line, a sentence and a fix', () => {
  it('of more than forty kinds', () => {
    expect(new Set(MISTAKES.map(({ kind }) => kind)).size).toBe(MISTAKES.length);
    expect(MISTAKES.length).toBeGreaterThan(40);
  });

  it.each(MISTAKES.map((mistake) => [mistake.kind, mistake] as const))('%s', async (_, { yaml, line, says, fix, isWarning = false }) => {
    const { code, stdout } = await check(yaml);
    const lines = stdout.trimEnd().split('\n');
    const said = lines.slice(0, -1).filter((each) => !each.startsWith('overlap: '));
    for (const each of said) expect(each).toMatch(/^(warning: )?ratchet\.yaml:\d+:\d+ {2}.{10,}; expected .{3,}; fix: .{5,}$/u);
    expect(lines.at(-1)).toMatch(/^ratchet\.yaml: .*\d+ problems?, \d+ warnings?$/);
    expect(code).toBe(isWarning ? 0 : 2);

    const answer = CheckAnswer.parse(JSON.parse((await check(yaml, '--json')).stdout));
    expect(answer.problems.length + answer.warnings.length).toBe(said.length);
    const found = (isWarning ? answer.warnings : answer.problems).filter((finding) => finding.line === line);
    const told = found.map(({ message, expected, fix: how }) => `${message}; expected ${expected}; fix: ${how}`);
    expect(told.filter((each) => says.test(each) && fix.test(each.slice(each.indexOf('; fix: ') + 7)))).toHaveLength(1);
    // One mistake, one thing to read; the same one in two keys is told at both.
    expect(said.length).toBeLessThanOrEqual(2);
  });

  it('no word of the file reaches a terminal with its control characters', async () => {
    const { stdout } = await check('mode: "\\e[31menforce"\n');
    expect(stdout).not.toContain('\u001b');
  });
});
