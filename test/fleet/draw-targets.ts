import type { Prng } from '../../src/sim/prng.ts';
import type { FleetPolicy } from './harness.ts';
import type { RunSpec } from './run-spec.ts';

/** Of the runs without older systems: these list what they can install by rules of their own. */
const SHARE = 0.6;

type Wanted = Pick<FleetPolicy, 'target' | 'floor' | 'cap'>;

/** The run with targets, floors and caps in some: in its policy, in what it is edited to, or in both. */
export function withTargets(spec: RunSpec, prng: Prng): RunSpec {
  if (spec.legacy || !prng.chance(SHARE)) return spec;
  let wanted: Wanted = spec.edits !== undefined && prng.chance(0.2) ? {} : drawWanted(prng);
  const policy = { ...spec.policy, ...wanted };
  const edits = spec.edits?.map((edit) => {
    if (prng.chance(0.4)) wanted = prng.chance(0.25) ? {} : drawWanted(prng);
    return { ...edit, policy: { ...edit.policy, ...wanted } };
  });
  return { ...spec, policy, ...(edits ? { edits } : {}) };
}

/** As `ratchet check` would let it pass: no floor above the cap or the target, no cap below it. */
function drawWanted(prng: Prng): Wanted {
  const target = prng.weighted<string>([
    [4, 'n-1'],
    [2, 'n-2'],
    [3, 'latest-minor'],
    [3, prng.pick(['18', '26', '26', '27'])],
    [3, prng.pick(['18.7.8', '26.6', '26.6.1', '26.7', '27.0'])],
    [3, 'latest'],
  ]);
  if (target === 'latest') return prng.chance(0.5) ? { cap: drawCap(prng) } : { floor: prng.pick(['18.6', '26.4', '26.6', '27']) };
  // What is named needs no cap.
  if (/^\d/.test(target))
    return { target, ...(target.startsWith('26') && prng.chance(0.3) ? { floor: prng.pick(['18.6', '26.4', '26.6']) } : {}) };
  return {
    target,
    ...(prng.chance(0.35) ? { cap: drawCap(prng) } : {}),
    ...(prng.chance(0.15) ? { floor: prng.pick(['18.6', '26.4']) } : {}),
  };
}

function drawCap(prng: Prng): string {
  return prng.pick(['26', '26', '26.6', '26.5']);
}
