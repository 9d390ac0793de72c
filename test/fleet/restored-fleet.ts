import { renameSync } from 'node:fs';
import Database from 'better-sqlite3';
import type { SimDevice } from '../../src/sim/sim-device.types.ts';
import { backUpDatabase } from '../../src/store/sqlite/backup.ts';
import { MINUTE_MS } from '../../src/time/local.ts';
import { createFleet, type Fleet, type FleetOptions } from './harness.ts';

/** A fleet whose Ratchet is backed up, and later goes on from that backup as if nothing had happened since. */
export interface RestorableFleet {
  fleet: Fleet;
  backUp(): void;
  /** Goes on until the app has died, the backup was put in place (for controls as a plain copy of the database) and the app started on it. */
  restore(options?: { isPlainCopy?: boolean }): Promise<void>;
}

const DOWN_MS = 10 * MINUTE_MS;

/** `restoreAt` counts from the start. */
export async function createRestorableFleet(options: FleetOptions & { restoreAt: number }): Promise<RestorableFleet> {
  let isPlain = false;
  const fleet = await createFleet({
    ...options,
    isOnDisk: true,
    storeErrorPerMille: 0,
    kills: [{ at: options.restoreAt, how: 'now', downMs: DOWN_MS }],
    whileDown(file) {
      if (isPlain) new Database(`${file}.backup`).exec("DELETE FROM meta WHERE key = 'backup'").close();
      renameSync(`${file}.backup`, file);
    },
  });
  const { scheduler } = fleet;
  const file = String(fleet.file);
  return {
    fleet,
    backUp: () => void backUpDatabase(file, `${file}.backup`, { at: scheduler.now(), version: '0.0.0-sim' }),
    async restore({ isPlainCopy = false } = {}) {
      isPlain = isPlainCopy;
      const { lives } = fleet;
      await scheduler.runUntil(fleet.startedAt + options.restoreAt + DOWN_MS);
      // A thread of the database ends with it, which takes real time: no virtual time passes meanwhile.
      while (fleet.lives === lives) await new Promise<void>((resolve) => setImmediate(resolve));
      await scheduler.runUntil(scheduler.now() + MINUTE_MS);
    },
  };
}

export interface HeldDate {
  version: string;
  local: string;
}

/** The date the device holds now, by its own memory. */
export function heldDate({ ddm }: Pick<SimDevice, 'ddm'>): HeldDate | undefined {
  for (const { type, payload } of ddm.declarations.values()) {
    if (type === 'com.apple.configuration.softwareupdate.enforcement.specific')
      return { version: String(payload.TargetOSVersion), local: String(payload.TargetLocalDateTime) };
  }
  return undefined;
}
