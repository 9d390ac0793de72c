import type { DeviceSpec, DeviceWorld } from './device.types.ts';
import { createLegacyCommands, type LegacyCommands } from './legacy-commands.ts';
import { createLegacyJob, type LegacyPhase } from './legacy-job.ts';
import type { Presence } from './presence.ts';
import type { RunningSystem, UpdateEngine } from './update-engine.ts';

/** All of a device that update commands reach. */
export interface LegacyUpdates extends LegacyCommands {
  readonly phase: LegacyPhase;
  /** What the owner of a Mac does by himself is told when it happens. */
  start(): void;
  /** The device has restarted, or was erased: nothing is left. */
  reset(): void;
}

export interface LegacyUpdatesOptions {
  spec: DeviceSpec;
  world: DeviceWorld;
  presence: Presence;
  system: RunningSystem;
  updates: UpdateEngine;
}

/** In a world without update commands it answers none of them. */
export function createLegacyUpdates({ updates, ...device }: LegacyUpdatesOptions): LegacyUpdates {
  const { spec, world } = device;
  const job = createLegacyJob({ ...device, begin: updates.install });
  const commands = createLegacyCommands({
    ...device,
    job,
    isEnforcing: () => updates.isEnforcing,
    isInstalling: () => updates.installState === 'installing',
  });
  return {
    get phase() {
      return job.phase;
    },
    answer: (command, commandUuid) => (spec.legacy === undefined ? undefined : commands.answer(command, commandUuid)),
    takesRepeat: commands.takesRepeat,
    start() {
      const wedgedUntil = spec.legacy?.quirks.wedgedUntil ?? 0;
      if (wedgedUntil > 0) world.scheduler.schedule(wedgedUntil, () => world.record({ kind: 'legacy', what: 'restarted by owner' }));
    },
    reset: job.reset,
  };
}
