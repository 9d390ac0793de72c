import { productKeyOf } from '../../../src/sim/legacy-list.ts';
import type { World, WorldDevice } from '../../../src/sim/world.types.ts';

/** The version that an update command names: as such, or by the key of a release on this device. `runs`: what it told last. */
export function commandedVersion(world: World, { spec, osVersion }: WorldDevice, target: string, runs?: string): string | undefined {
  if (/^\d+(\.\d+)*$/.test(target)) return target;
  const systems = [osVersion, runs ?? osVersion, spec.osVersion].map((version) => ({
    osVersion: version,
    build: spec.build,
    isRestarting: false,
  }));
  const offered = world.catalogue.offeredTo(spec.model, Number.POSITIVE_INFINITY);
  return offered.find((release) => systems.some((system) => productKeyOf(spec, system, release) === target))?.version;
}
