import { it } from 'vitest';
import { expectArrivalBeside } from './beside-neighbour.ts';

/** Our declarations are kept in KMFDDM, which answers devices (rule 32); the drawn runs have all other mishaps. */
it.each(['nanomdm', 'nanohub'] as const)(
  'beside %s devices arrive by what is kept in KMFDDM, whose own declarations stay',
  async (server) => {
    const downs = [
      { afterHours: 31, forHours: 2 },
      { afterHours: 96, forHours: 20 },
    ];
    await expectArrivalBeside({ seed: 'kmfddm', devices: 8, server, neighbour: { wiring: 'kmfddm', downs, losses: [] } });
  },
  180_000,
);
