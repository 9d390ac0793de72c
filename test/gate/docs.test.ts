import { expect, it } from 'vitest';
import { GATE_OUTCOMES, type GateOutcomeSpec } from '../../src/gate/outcomes.ts';
import { textOf } from '../tidy/files.ts';

it('docs/gate.md has every outcome, in these words', () => {
  const rows = textOf('docs/gate.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const outcomes = Object.entries(GATE_OUTCOMES) as [string, GateOutcomeSpec][];
  expect(rows).toEqual(outcomes.map(([name, { sentence, remedy = '' }]) => `| \`${name}\` | ${sentence}. | ${remedy} |`));
});

it('docs/gate.md shows the policy of its lab, and the minimum stands in it', () => {
  const shown = /```yaml\n([\s\S]*?)```/.exec(textOf('docs/gate.md'))?.[1] ?? '';
  expect(shown).toContain('enrollmentMinimum');
  expect(textOf('examples/gate/ratchet.yaml')).toContain(shown);
});
