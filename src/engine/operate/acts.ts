import { createReceiveCheckin, type ReceiveCheckinOptions } from '../receive/receive-checkin.ts';
import { type CarryLedgerOptions, createCarryLedger } from './carry-ledger.ts';
import { createLeave } from './leave.ts';
import { createNameEnrollments, type NameEnrollmentsOptions } from './name-enrollments.ts';
import { createOperate, type OperateOptions } from './operate.ts';
import { createOperatePolicies, type OperatePoliciesOptions } from './policies.ts';
import { createOperateReleases, type OperateReleasesOptions } from './releases.ts';
import { createOperateTags, type OperateTagsOptions } from './tags.ts';
import { createTokens, type TokensOptions } from './tokens.ts';

export type ActsOptions = OperateOptions &
  OperatePoliciesOptions &
  OperateReleasesOptions &
  OperateTagsOptions &
  NameEnrollmentsOptions &
  TokensOptions &
  CarryLedgerOptions &
  Omit<ReceiveCheckinOptions, 'nameEnrollments'>;

/** What people do, whichever way they say it: command line, API, pages. */
export async function createActs(options: ActsOptions) {
  const tokens = createTokens(options);
  await tokens.start();
  const nameEnrollments = createNameEnrollments(options);
  return {
    operate: createOperate(options),
    leave: createLeave(options),
    operatePolicies: createOperatePolicies(options),
    operateReleases: createOperateReleases(options),
    operateTags: createOperateTags(options),
    nameEnrollments,
    carryLedger: createCarryLedger(options),
    receiveCheckin: createReceiveCheckin({ ...options, nameEnrollments }),
    tokens,
  };
}
