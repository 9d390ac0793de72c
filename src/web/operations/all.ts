import type { Alerting } from '../../engine/alerting/alerting.ts';
import type { CarryLedger } from '../../engine/operate/carry-ledger.ts';
import type { Leave } from '../../engine/operate/leave.ts';
import type { NameEnrollments } from '../../engine/operate/name-enrollments.ts';
import type { Operate } from '../../engine/operate/operate.ts';
import type { OperateReleases } from '../../engine/operate/releases.ts';
import type { OperateTags } from '../../engine/operate/tags.ts';
import type { Tokens } from '../../engine/operate/tokens.ts';
import type { Rollouts } from '../../engine/rollout/rollouts.ts';
import type { SeverityKeeper } from '../../engine/schedule/severity-keeper.ts';
import type { Show } from '../../engine/show/show.ts';
import type { ShowSystem } from '../../engine/show/system.ts';
import type { Operation } from '../operation.ts';
import { alertsOperations } from './alerts.ts';
import { controlOperations } from './control.ts';
import { devicesOperations } from './devices.ts';
import { enrollmentsOperations } from './enrollments.ts';
import { fleetOperations } from './fleet.ts';
import { historyOperations } from './history.ts';
import { leaveOperations } from './leave.ts';
import { ledgerOperations } from './ledger.ts';
import { type PoliciesOperationsOptions, policiesOperations } from './policies.ts';
import { releasesOperations } from './releases.ts';
import { rolloutsOperations } from './rollouts.ts';
import { severitiesOperations } from './severities.ts';
import { shownOperations } from './shown.ts';
import { systemOperations } from './system.ts';
import { tagsOperations } from './tags.ts';
import { tokensOperations } from './tokens.ts';

/** The use cases that the API calls. */
export interface UseCases extends PoliciesOperationsOptions {
  operate: Operate;
  show: Show;
  system: ShowSystem;
  operateReleases: OperateReleases;
  nameEnrollments: NameEnrollments;
  carryLedger: CarryLedger;
  leave: Leave;
  operateTags: OperateTags;
  severities: Pick<SeverityKeeper, 'held' | 'accept'>;
  rollouts: Pick<Rollouts, 'act' | 'expedite'>;
  alerting: Pick<Alerting, 'list' | 'test'>;
  tokens: Pick<Tokens, 'create' | 'list' | 'revoke'>;
}

/** Every operation of /api/v1, with who may call it. What is not in this list is not there. */
export function allOperations(cases: UseCases): Operation[] {
  return [
    ...shownOperations(cases.show),
    ...fleetOperations(cases.show, cases.now),
    ...devicesOperations(cases.operate),
    ...historyOperations(cases.show),
    ...controlOperations(cases.operate),
    ...leaveOperations(cases.leave),
    ...policiesOperations(cases),
    ...rolloutsOperations(cases.rollouts, cases.show),
    ...tagsOperations(cases.operateTags, cases.show),
    ...enrollmentsOperations(cases.nameEnrollments),
    ...ledgerOperations(cases.carryLedger),
    ...releasesOperations(cases.operateReleases, cases.show),
    ...severitiesOperations(cases.severities),
    ...systemOperations(cases.system),
    ...alertsOperations(cases.alerting),
    ...tokensOperations(cases.tokens),
  ];
}
