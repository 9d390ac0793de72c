import type { Prng } from '../../src/sim/prng.ts';
import type { RunSpec } from './run-spec.ts';

type NeighbourSpec = NonNullable<RunSpec['neighbour']>;

/** Another declaration server: down now and then, its store lost once in a while, and a person changes what it has. */
export function drawNeighbour(prng: Prng, pace: number): NeighbourSpec {
  const after = (days: number) => Math.round(prng.int(2, days * 24) * pace);
  // Longer than the last whole union counts, now and then.
  const downs = Array.from({ length: prng.int(0, 4) }, () => ({ afterHours: after(16), forHours: prng.pick([1, 2, 8, 30, 90]) }));
  const losses = prng.chance(0.4) ? [{ afterHours: after(12), forHours: prng.int(1, 48) }] : [];
  return { downs, losses, changes: drawChanges(prng, after) };
}

/**
 * A third of them kept in KMFDDM. NanoHUB, now and then, has its own: then the neighbour is inside it. It loses no store
 * where it answers devices: put back to one from before a stop it hands out at once what was taken back, and nobody can
 * be faster.
 */
export function withWiring(spec: RunSpec, prng: Prng): RunSpec {
  const isInKmfddm = prng.fork('wiring').chance(1 / 3);
  const server = prng.fork('nanohub').chance(1 / 12) ? 'nanohub' : spec.server;
  const { neighbour } = spec;
  return placedIn({ ...spec, server, ...(neighbour && isInKmfddm ? { neighbour: { ...neighbour, wiring: 'kmfddm', losses: [] } } : {}) });
}

/** What is inside NanoHUB is not beside it: with it, it is down. */
export function placedIn(spec: RunSpec): RunSpec {
  if (spec.server !== 'nanohub' || spec.neighbour === undefined) return spec;
  return { ...spec, neighbour: { ...spec.neighbour, wiring: 'kmfddm', downs: [], losses: [] } };
}

function drawChanges(prng: Prng, after: (days: number) => number): NeighbourSpec['changes'] {
  const changes = Array.from({ length: prng.int(0, 6) }, () => {
    const afterHours = after(16);
    const act = prng.pick(['add', 'change', 'remove', 'empty'] as const);
    if (act === 'empty') return { afterHours, act, device: prng.int(0, 4_999) };
    // Mail stays: nothing at all for anybody would be a lost store.
    return { afterHours, act, name: prng.pick(act === 'add' ? ['vpn', 'fonts'] : act === 'remove' ? ['wifi'] : ['wifi', 'mail']) };
  });
  return changes.sort((a, b) => a.afterHours - b.afterHours);
}
