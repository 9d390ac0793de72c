import { HOUR_MS } from '../time/local.ts';
import type { PolicySet } from './policy.types.ts';

/** Rule 14: of a release that a person expedited (rule 23). */
const EXPEDITED_NOTICE_MS = 4 * HOUR_MS;

/**
 * The least time between a device fetching a date and that date, for one release under one policy. The only place that says
 * so: whoever fixes, keeps or answers a date asks here.
 */
export function noticeOf({ noticeMs }: Pick<PolicySet, 'noticeMs'>, { isExpedited }: { isExpedited?: boolean | undefined }): number {
  return isExpedited === true ? Math.min(noticeMs, EXPEDITED_NOTICE_MS) : noticeMs;
}
