import { countItems } from '../../ddm/union.ts';
import { ENROLLMENT_ID, PATH } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import type { Store } from '../../store/store.ts';
import type { Alerts } from '../alerts.ts';
import type { Standing } from '../standing.ts';
import { channelOf, type DdmAnswer, type DdmRequest } from './serve-ddm.ts';

export interface AfterMergeOptions {
  store: Pick<Store, 'findUpstream'>;
  standing: Pick<Standing, 'policies'>;
  alerts: Pick<Alerts, 'raise' | 'clear'>;
  log: Logger;
  serve(request: DdmRequest): Promise<DdmAnswer>;
}

/**
 * Alone where another server stood behind us: a device that has declarations of that one gets an error, never ours alone,
 * which would take them from it. Its address may just be missing from the settings of this start; `dm.adopt` says that it is
 * meant (rule 30).
 */
export function createAfterMerge({ store, standing, alerts, log, serve }: AfterMergeOptions): (request: DdmRequest) => Promise<DdmAnswer> {
  return async function answer(request) {
    if (request.endpoint.kind === 'status') return serve(request);
    if (standing.policies.dmAdopt) {
      await alerts.clear('upstream-missing');
      return serve(request);
    }
    if (!(await wouldLose(request))) return serve(request);
    const { enrollmentId, endpoint } = request;
    log.info(
      { [ENROLLMENT_ID]: enrollmentId, [PATH]: endpoint.kind },
      'refused with 500: it has declarations of the server that was behind us',
    );
    await alerts.raise(
      'upstream-missing',
      'Devices have declarations of a server that Ratchet stood in front of, and its address is not set.',
    );
    return { status: 500, body: '' };
  };

  /** Of a user channel nothing was noted: it was passed on. */
  async function wouldLose({ enrollmentId, type, parentId }: DdmRequest): Promise<boolean> {
    const own = await store.findUpstream(enrollmentId);
    if (own !== undefined) return countItems(own.lists) > 0;
    const colon = enrollmentId.indexOf(':');
    const device =
      parentId ?? (channelOf({ ...(type ? { type } : {}) }) === 'unknown' && colon > 0 ? enrollmentId.slice(0, colon) : undefined);
    return device !== undefined && (await store.findUpstream(device)) !== undefined;
  }
}
