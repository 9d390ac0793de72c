import { createRatchet } from '../../src/app.ts';
import type { SimDevice } from '../../src/sim/device.ts';
import { createPrng } from '../../src/sim/prng.ts';
import { backUpDatabase } from '../../src/store/sqlite/backup.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { Store } from '../../src/store/store.ts';
import { createFleet, type Fleet, type FleetOptions, type FleetParts } from './harness.ts';
import { recordStore } from './recorder.ts';
import { wiringOf } from './wiring.ts';

/** A fleet whose Ratchet can be backed up, and later go on from that backup as if nothing had happened since. */
export interface RestorableFleet {
  fleet: Fleet;
  /** The store in use now. */
  store(): Store;
  backUp(): void;
  /** Stops the app, puts the backup in its place and starts a new one on it; for controls as a plain copy of the database. */
  restore(options?: { isPlainCopy?: boolean }): Promise<void>;
  close(): Promise<void>;
}

export async function createRestorableFleet(options: FleetOptions): Promise<RestorableFleet> {
  let parts: FleetParts | undefined;
  const fleet = await createFleet({
    ...options,
    isOnDisk: true,
    storeErrorPerMille: 0,
    breakRule: (given) => {
      parts = given;
    },
  });
  const { scheduler, world } = fleet;
  const backup = `${fleet.file}.backup`;
  let restored: Store | undefined;

  async function untilOver(call: Promise<unknown>): Promise<void> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    call.then(over, over);
    await scheduler.settle();
    while (!isOver && (await scheduler.step()));
    await call;
  }

  return {
    fleet,
    store: () => restored ?? fleet.store,
    backUp: () => void backUpDatabase(String(fleet.file), backup, { at: scheduler.now(), version: '0.0.0-sim' }),
    async restore({ isPlainCopy = false } = {}) {
      const { settings, feed, decodePlist, log } = parts as FleetParts;
      await untilOver(fleet.ratchet.stop());
      const clock = { now: scheduler.now, at: scheduler.at, cancel: scheduler.cancel, turn: scheduler.turn };
      const bare = openSqliteStore({ file: backup, clock });
      if (isPlainCopy) await bare.saveSite({ backup: undefined });
      const tell = [...fleet.notes];
      restored = recordStore(bare, {
        onStored: (ids) => {
          for (const notes of tell) notes.onStored?.(ids);
        },
        onCommit: (commit) => {
          for (const notes of tell) notes.onCommit?.(commit);
        },
      });
      const fetch: typeof world.fetch = (url, init) => scheduler.track(world.fetch(url, init));
      const { host, wire } = wiringOf(options.server ?? 'nanomdm', fetch);
      // Other UUIDs than the run that is gone gave.
      const prng = createPrng(`restored ${options.seed}`);
      const ports = {
        clock,
        ids: { uuid: () => prng.uuid() },
        random: { next: () => prng.next() },
        fetch,
        decodePlist,
        store: restored,
        host,
        wire,
        feed,
        log,
      };
      const making = createRatchet(ports, settings);
      await untilOver(making);
      // The world goes on talking to the same address.
      Object.assign(fleet.ratchet, await making);
      await untilOver(fleet.ratchet.start());
    },
    async close() {
      await fleet.close();
      await restored?.close();
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
