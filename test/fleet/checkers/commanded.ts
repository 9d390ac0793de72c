import { productKeyOf } from '../../../src/sim/legacy-list.ts';
import type { World, WorldDevice } from '../../../src/sim/world.types.ts';
import type { Reported } from './reported.ts';

/** What a ScheduleOSUpdate names, as a version: it names one, or the key of a release on this device. Undefined for nothing of Apple's. */
export function versionCommanded(world: World, reported: Reported, { spec, osVersion }: WorldDevice, target: string): string | undefined {
  if (/^\d+(\.\d+)*$/.test(target)) return target;
  const systems = [osVersion, reported.latest(spec.id)?.version ?? osVersion, spec.osVersion].map((version) => ({
    osVersion: version,
    build: spec.build,
    isRestarting: false,
  }));
  const offered = world.catalogue.offeredTo(spec.model, Number.POSITIVE_INFINITY);
  return offered.find((release) => systems.some((system) => productKeyOf(spec, system, release) === target))?.version;
}
