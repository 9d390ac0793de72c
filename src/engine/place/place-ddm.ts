import type { DeclarationChannel } from '../../hosts/declaration-channel.ts';
import { ENROLLMENT_ID, PATH } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import type { Clock } from '../../runtime.ts';
import type { Store } from '../../store/store.ts';
import type { Alerts } from '../alerts.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import type { AnswerDdm } from '../serve-ddm/answer-ddm.types.ts';
import type { Standing } from '../standing.ts';
import { createPlacementAudit } from './placement-audit.ts';
import { createPlacer } from './placer.ts';
import { createReach } from './reach.ts';
import { createReadReports } from './read-reports.ts';

export interface PlaceDdmOptions {
  channel: DeclarationChannel;
  store: Store;
  standing: Standing;
  /** Of the MDM server; else reports are read in the declaration server. */
  webhookCarriesDdm: boolean;
  reconciler: Pick<Reconciler, 'wakeSoon' | 'wake'>;
  clock: Clock;
  alerts: Alerts;
  log: Logger;
}

/**
 * Another server answers devices, and our declarations are kept there (rule 32). Nobody is to ask us: who does is refused,
 * so that it keeps what it has of that server.
 */
export function createPlaceDdm(options: PlaceDdmOptions): AnswerDdm {
  const { channel, standing, clock, alerts, log } = options;
  const reach = createReach({ name: channel.name, standing, clock, alerts, log });
  // Rule 30 is about our own listener: here the first answer of that server's API shows the way.
  standing.site = { ...standing.site, dmReached: true, mergesDdm: false };
  const placer = createPlacer({ ...options, reach });
  const onLook = options.webhookCarriesDdm ? undefined : createReadReports({ ...options, reach, placer });
  const audit = createPlacementAudit({ ...options, reach, placer, ...(onLook ? { onLook } : {}) });

  return {
    async answer({ enrollmentId, endpoint }) {
      log.warn(
        { [ENROLLMENT_ID]: enrollmentId, [PATH]: endpoint.kind },
        'declarative management request refused with 500: -dm must lead to the declaration server, not here',
      );
      return { status: 500, body: '' };
    },
    changed: (manifests) => placer.note(manifests),
    heard: () => audit.lookSoon(),
    waiting: () => placer.waiting().length,
    async start() {
      await placer.start();
      audit.start();
    },
    async idle() {
      await audit.idle();
      await placer.idle();
    },
    async stop() {
      await audit.stop();
      await placer.stop();
    },
  };
}
