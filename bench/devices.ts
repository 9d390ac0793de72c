import { clientCapabilities, hasFullReport } from '../src/sim/capabilities.ts';
import { createSimCatalogue, type SimCatalogue } from '../src/sim/catalogue.ts';
import type { DeviceSpec } from '../src/sim/device.types.ts';
import { canEnforce } from '../src/sim/device-judge.ts';
import { createSimFeed } from '../src/sim/feed.ts';
import { drawFleet } from '../src/sim/fleet.ts';
import { createPrng } from '../src/sim/prng.ts';
import type { RunningSystem } from '../src/sim/update-engine.ts';

/** The devices of the bench: drawn from one seed, so that every process of a run knows the same ones. */
export interface Fleet {
  catalogue: SimCatalogue;
  /** Body of the lookup service's answer. */
  releases: string;
  specs: DeviceSpec[];
}

/** Devices that live through enrolling; the others of a large fleet are copies of their rows under other ids. */
export const ORIGINALS_MAX = 1_000;

export function drawDevices(originals: number, start: number): Fleet {
  const prng = createPrng('bench');
  const catalogue = createSimCatalogue(prng.fork('releases'), start, 0);
  const feed = createSimFeed({ catalogue, prng: prng.fork('feed'), now: () => start });
  const specs = drawFleet({ prng: prng.fork('fleet'), devices: originals, start, catalogue });
  return { catalogue, releases: JSON.stringify(feed.build(start)), specs };
}

/** Id of the n-th copy of a device; 0 is the device itself. */
export function copyId(id: string, n: number): string {
  return n === 0 ? id : `${id}-${n}`;
}

/** Ids of a fleet of that size, originals first. */
export function idsOf(specs: readonly DeviceSpec[], devices: number): { spec: DeviceSpec; id: string }[] {
  return Array.from({ length: devices }, (_, index) => {
    const spec = specs[index % specs.length] as DeviceSpec;
    return { spec, id: copyId(spec.id, Math.floor(index / specs.length)) };
  });
}

export function systemOf(spec: DeviceSpec): RunningSystem {
  return { osVersion: spec.osVersion, build: spec.build, isRestarting: false };
}

export function capabilitiesOf(spec: DeviceSpec): unknown {
  return clientCapabilities(spec.model.family, spec.osVersion, canEnforce(spec));
}

export function hasFullReports(spec: DeviceSpec): boolean {
  return hasFullReport(spec.model.family, spec.osVersion);
}
