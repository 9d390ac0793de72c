import { decodeStatusReport } from '../../ddm/decode-status-report.ts';
import type { DeclarationChannel, KeptReport } from '../../hosts/declaration-channel.ts';
import { ENROLLMENT_ID, REASON } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import type { Clock } from '../../runtime.ts';
import type { InboxItem, Store } from '../../store/store.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import type { Standing } from '../standing.ts';
import type { Placer } from './placer.ts';
import type { Reach } from './reach.ts';

/** Enrollments asked for with each look, at most: 3,600 an hour. */
const ASKED_MAX = 300;
/** Reports of one enrollment that came since, read back at most; a full one comes daily. */
const READ_BACK_MAX = 10;

export interface ReadReportsOptions {
  channel: Pick<DeclarationChannel, 'readReport'>;
  reach: Reach;
  placer: Pick<Placer, 'change'>;
  store: Pick<Store, 'listPlaced' | 'append'>;
  reconciler: Pick<Reconciler, 'wakeSoon'>;
  standing: Pick<Standing, 'clockSuspect'>;
  clock: Pick<Clock, 'now'>;
  log: Logger;
}

/**
 * Where the MDM server's webhook tells nothing of declarative management (MicroMDM), status reports are read where the
 * declaration server keeps them: a portion of the devices with each call, one after the other.
 */
export function createReadReports(options: ReadReportsOptions): () => Promise<void> {
  const { channel, reach, placer, store, reconciler, standing, clock, log } = options;
  let after = '';

  return async function readReports() {
    // What is heard meanwhile would have no time.
    if (standing.clockSuspect !== undefined) return;
    const rows = await store.listPlaced(after, ASKED_MAX);
    if (rows.length < ASKED_MAX) after = '';
    for (const { enrollmentId, placement } of rows) {
      const reports = await newReports(enrollmentId, placement.reportId);
      if (reports === undefined) return;
      if (rows.length === ASKED_MAX) after = enrollmentId;
      const [newest] = reports;
      if (newest === undefined) continue;
      const items = reports.reverse().flatMap((report) => itemOf(enrollmentId, report));
      if (items.length > 0) await store.append(items);
      await placer.change(enrollmentId, (noted) => ({ ...noted, reportId: newest.id }));
      reconciler.wakeSoon([enrollmentId], 'something');
    }
  };

  /** Newest first; undefined when the server is not reached. */
  async function newReports(enrollmentId: string, known: string | undefined): Promise<KeptReport[] | undefined> {
    const reports: KeptReport[] = [];
    for (let index = 0; index < READ_BACK_MAX; index += 1) {
      const answer = await channel.readReport(enrollmentId, index);
      if (!(await reach.heard(answer))) return undefined;
      if (answer.kind !== 'done' || answer.report === undefined || answer.report.id === known) break;
      reports.push(answer.report);
    }
    return reports;
  }

  function itemOf(id: string, { ageMs = 0, body }: KeptReport): InboxItem[] {
    const decoded = decodeStatusReport(body);
    if (!decoded.ok) {
      log.warn({ [ENROLLMENT_ID]: id, [REASON]: decoded.detail }, 'a status report in the declaration server is not understood');
      return [];
    }
    const receivedAt = clock.now();
    const observedAt = receivedAt - ageMs;
    return [{ subject: { id, type: 'Device' }, event: { observedAt, receivedAt, body: { kind: 'status-report', report: decoded.value } } }];
  }
}
