import type { DdmClient } from './ddm-client.ts';
import type { DeviceSpec } from './device.types.ts';
import type { LegacyPhase } from './legacy-job.ts';
import type { Presence } from './presence.ts';
import type { InstallState } from './update-engine.ts';

/** A device of the simulated world: it enrolls, polls, syncs, updates and sleeps, and speaks to the host only by the wire. */
export interface SimDevice {
  readonly spec: DeviceSpec;
  readonly osVersion: string;
  readonly build: string;
  readonly installState: InstallState;
  /** Where an update by commands is. */
  readonly legacyPhase: LegacyPhase;
  readonly ddm: DdmClient;
  readonly presence: Presence;
  readonly isEnrolled: boolean;
  /** What it shows its server. */
  readonly certificate: string;
  /** Schedules the first sign of life. */
  start(): void;
  /** Apple's push service took a push for it. */
  push(): void;
  /** A person enrolls it anew within some hours, because its server doesn't know it any more. */
  enrollAgain(): void;
}
