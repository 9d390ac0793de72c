import type { Ring } from '../policy/policy.types.ts';
import { type HealthByRing, openCount } from './move.ts';
import type { Rollout } from './rollout.types.ts';

/** No more than so many times the devices of a ring are chosen for it, however many need a person. */
const CHOSEN_TIMES = 3;

export interface Places {
  /** Name of a ring of so many devices. */
  ring: string;
  /** How many more are to be chosen for it; over 0. */
  places: number;
}

/**
 * Rings of so many devices are filled until the next one opens: at the first start not all devices are known yet, and some
 * turn out to need a person.
 */
export function openPlaces(rollout: Rollout, rings: readonly Ring[], health: HealthByRing): Places[] {
  if (rollout.state !== 'running') return [];
  const open = openCount(rollout, rings);
  return rings.flatMap(({ name, who }, index) => {
    if (who.kind !== 'devices' || index < open - 1) return [];
    const most = Math.min(who.count + (health.get(name)?.excused ?? 0), CHOSEN_TIMES * who.count);
    const places = most - (rollout.chosen[name]?.length ?? 0);
    return places > 0 ? [{ ring: name, places }] : [];
  });
}

/** `candidates`: ids in the order they are to be chosen. The same rollout when none of them is new. */
export function fillPlaces(rollout: Rollout, places: readonly Places[], candidates: readonly string[]): Rollout {
  const taken = new Set(Object.values(rollout.chosen).flat());
  const chosen = { ...rollout.chosen };
  for (const { ring, places: missing } of places) {
    const more = candidates.filter((id) => !taken.has(id)).slice(0, missing);
    for (const id of more) taken.add(id);
    if (more.length > 0) chosen[ring] = [...(chosen[ring] ?? []), ...more];
  }
  return taken.size > Object.values(rollout.chosen).flat().length ? { ...rollout, chosen } : rollout;
}
