import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CONTROLS } from './controls/all.ts';
import { CONTROL_SEEDS, runControl, seedInTable } from './controls/run.ts';

/** The seeds that caught them before: those before them are minutes in vain. */
const PAGE = readFileSync('docs/testing.md', 'utf8');

/** A checker that nothing can set off checks nothing: every broken rule must be caught. */
it.each(CONTROLS.map((control) => ({ title: `promise ${control.checker.promise}: a Ratchet that ${control.title}`, control })))(
  '$title is caught',
  async ({ control }) => {
    const caught = await runControl(control, seedInTable(PAGE, control));
    expect(caught?.seed ?? CONTROL_SEEDS + 1).toBeLessThanOrEqual(CONTROL_SEEDS);
  },
  300_000,
);
