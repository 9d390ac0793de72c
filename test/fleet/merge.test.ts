import { it } from 'vitest';
import { expectArrivalBeside } from './beside-neighbour.ts';

/** In front of KMFDDM (rule 31); the drawn runs have all other mishaps. */
it('devices arrive in front of KMFDDM, whose declarations and reports go their way', async () => {
  const downs = [
    { afterHours: 31, forHours: 2 },
    { afterHours: 96, forHours: 48 },
  ];
  await expectArrivalBeside({ seed: 'merge', devices: 10, neighbour: { downs, losses: [{ afterHours: 200, forHours: 20 }] } });
});
