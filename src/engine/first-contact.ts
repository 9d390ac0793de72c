import type { Logger } from '../logger.ts';
import type { Clock } from '../runtime.ts';
import type { Store } from '../store/store.ts';
import type { Alerts } from './alerts.ts';
import type { Standing } from './standing.ts';

/** What the first contacts of a site tell about its wiring (rule 30). */
export interface FirstContact {
  /** A request has reached our -dm listener: declarative management may be tried with everyone. */
  reached(): Promise<void>;
  /** A device reports declarations of ours that this store never listed for it. */
  unknownOurs(enrollmentId: string): void;
  /** Says at the start that it is held, when it is. */
  tellHeld(): Promise<void>;
}

export interface FirstContactOptions {
  store: Store;
  standing: Standing;
  clock: Pick<Clock, 'now'>;
  alerts: Alerts;
  log: Logger;
  /** Rechecks are due now. */
  kick(): void;
}

export function createFirstContact({ store, standing, clock, alerts, log, kick }: FirstContactOptions): FirstContact {
  async function hold(because: string): Promise<void> {
    await store.saveSite({ control: standing.control });
    await store.audit({ at: clock.now(), by: 'ratchet', act: 'hold', detail: { because } });
    await raiseHeld(because);
    await store.makeDue(clock.now());
    kick();
  }

  function raiseHeld(because: string): Promise<void> {
    return alerts.raise('held', 'Ratchet is held: nothing is handed out until ratchet resume.', { because });
  }

  return {
    async tellHeld() {
      if (standing.control.held !== undefined) await raiseHeld(standing.control.held);
    },
    async reached() {
      if (standing.site.dmReached) return;
      // Nobody is tried alone any more; what else is known of the wiring stays.
      const { first: _first, ...site } = standing.site;
      standing.site = { ...site, dmReached: true };
      await store.saveSite({ site: standing.site });
      await alerts.clear('dm-not-wired');
      log.info({}, 'the server has reached our -dm listener');
      await store.makeDue(clock.now(), 'awaiting-first-device');
      kick();
    },
    unknownOurs(enrollmentId) {
      if (standing.control.held !== undefined) return;
      // Whoever runs a lost or new data folder beside devices that know us looks at the plan first.
      const because = `${enrollmentId} reports declarations of Ratchet that this data folder does not know: it is new, or not the one they came from`;
      standing.control = { ...standing.control, held: because };
      hold(because).catch((error: unknown) => log.error({ err: error }, 'the hold could not be written'));
    },
  };
}
