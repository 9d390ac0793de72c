import { isOurs } from '../ddm/declarations.ts';
import type { DeclarationStatus, StatusReport } from '../ddm/status-report.types.ts';
import type { DeviceInformation, MdmMessage, SecurityInfo } from '../mdm/messages.ts';
import { parseVersion } from '../os/version.ts';
import { type Instant, MINUTE_MS } from '../time/local.ts';
import type { EnrollmentEvent, ServerRecords } from './event.ts';
import { type FactSource, mergeFact } from './fact.ts';
import { LATE_MAX_MS } from './observed-at.ts';
import {
  DECLARATIONS_KEPT_MAX,
  type EnrollmentState,
  type FactName,
  type Facts,
  FETCHED_KEPT_MAX,
  FOREIGN_ACTIVE_KEPT_MAX,
  FOREIGN_UPDATES_KEPT_MAX,
  type HeldForeignUpdate,
} from './state.ts';

const FOREIGN_KEPT_MAX = 20;
/** A device is through its enrollment within this: its Authenticate came that long before the first TokenUpdate at most. */
const ENROLLING_MS = 5 * MINUTE_MS;

/**
 * Folds one event into a copy of the state. Pure; commutes and repeats harmlessly (property test over
 * permutations with duplicates). Knows nothing of commands: those are advanced by the delivery room.
 */
export function foldEvent(state: EnrollmentState, event: EnrollmentEvent): EnrollmentState {
  const next: EnrollmentState = {
    ...state,
    facts: { ...state.facts },
    declarations: { ...state.declarations },
    fetched: { ...state.fetched },
    refused: { ...state.refused },
  };
  const at = event.observedAt;
  const body = event.body;
  const isCheckOut = body.kind === 'message' && body.message.kind === 'CheckOut';
  if (!isCheckOut && body.kind !== 'push-gone' && body.kind !== 'named') next.lastSeenAt = Math.max(next.lastSeenAt, at);
  next.firstSeenAt = next.firstSeenAt === 0 ? at : Math.min(next.firstSeenAt, at);
  if (body.kind !== 'user-channel') learn(next, 'urlTags', event.urlTags, at, 'url');
  switch (body.kind) {
    case 'message':
      foldMessage(next, event, body.message, body.tokenUpdateTally);
      break;
    case 'status-report':
      foldStatusReport(next, body.report, at);
      break;
    case 'ddm-answer':
      if (body.endpoint === 'declaration') noteFetched(next, body.identifier, at);
      else learn(next, body.endpoint === 'tokens' ? 'tokensAnswered' : 'itemsAnswered', body.token, at, 'ddm-answer');
      break;
    case 'ddm-refused':
      noteRefused(next, body.identifier, at);
      break;
    case 'ddm-uninvited':
      if (at >= next.generation) next.uninvitedAt = Math.max(next.uninvitedAt, at);
      break;
    case 'foreign-update':
      noteForeignUpdate(next, { ...body.update, server: body.server }, at);
      break;
    case 'user-channel':
    case 'ddm-contact':
      break;
    case 'named':
      learn(next, 'serialNumber', body.serialNumber, UNDATED, 'device-list');
      if (body.records) foldRecords(next, body.records, at);
      break;
    case 'push-gone':
      next.pushGoneAt = Math.max(next.pushGoneAt, at);
      break;
  }
  return next;
}

/** When something on record was observed nobody knows: whatever is heard of a device is newer, and so is any Authenticate. */
const UNDATED: Instant = 1;

/** Fills in what was not heard; no Authenticate of records begins anything anew. */
function foldRecords(next: EnrollmentState, records: ServerRecords, at: Instant): void {
  const { enrolledAt, lastSeenAt = 0, leftAt = 0 } = records;
  for (const name of ['productName', 'model', 'modelName', 'deviceName'] as const) learn(next, name, records[name], UNDATED, 'device-list');
  // The server holds it now.
  learn(next, 'bootstrapToken', records.bootstrapToken, at, 'device-list');
  if (enrolledAt !== undefined) next.firstSeenAt = Math.min(next.firstSeenAt, enrolledAt);
  next.lastSeenAt = Math.max(next.lastSeenAt, lastSeenAt);
  next.checkOutAt = Math.max(next.checkOutAt, leftAt);
}

/** Folds several events, in the order given. */
export function foldEvents(state: EnrollmentState, events: readonly EnrollmentEvent[]): EnrollmentState {
  return events.reduce(foldEvent, state);
}

function foldMessage(next: EnrollmentState, { observedAt: at, receivedAt }: EnrollmentEvent, message: MdmMessage, tally?: number): void {
  switch (message.kind) {
    case 'Authenticate':
      beginGeneration(next, at);
      learn(next, 'serialNumber', message.serialNumber, at, 'authenticate');
      learn(next, 'deviceName', message.deviceName, at, 'authenticate');
      learn(next, 'productName', message.productName, at, 'authenticate');
      learn(next, 'model', message.model, at, 'authenticate');
      learn(next, 'modelName', message.modelName, at, 'authenticate');
      learn(next, 'osVersion', readable(message.osVersion), at, 'authenticate');
      learn(next, 'buildVersion', message.buildVersion, at, 'authenticate');
      break;
    case 'TokenUpdate':
      next.tokenUpdateAt = Math.max(next.tokenUpdateAt, at);
      if (tally === 1) {
        next.enrolledAt = Math.max(next.enrolledAt, at);
        // The webhook of the Authenticate before it may have been lost; a later one still finds its place. Without a stamp it
        // may be late itself, and long after an Authenticate that was heard: what was sent in between is still under way.
        beginGeneration(next, at - ENROLLING_MS - (at === receivedAt ? LATE_MAX_MS : 0));
      }
      learn(next, 'awaitingConfiguration', message.awaitingConfiguration, at, 'token-update');
      break;
    case 'CheckOut':
      next.checkOutAt = Math.max(next.checkOutAt, at);
      break;
    case 'SetBootstrapToken':
      learn(next, 'bootstrapToken', message.escrowed ? 'escrowed' : 'removed', at, 'bootstrap-token');
      break;
    case 'CommandReport':
      if (message.deviceInformation) foldDeviceInformation(next, message.deviceInformation, at);
      if (message.securityInfo) foldSecurityInfo(next, message.securityInfo, at);
      learn(next, 'availableUpdates', message.availableUpdates, at, 'update-command');
      learn(next, 'updateStatuses', message.updateStatuses, at, 'update-command');
      learn(next, 'updateResults', message.updateResults, at, 'update-command');
      learn(next, 'deferral', message.deferral, at, 'update-command');
      learn(next, 'updateProfiles', message.updateProfiles, at, 'update-command');
      learn(next, 'updateAnswered', answeredIn(message), at, 'update-command');
      break;
    case 'UserAuthenticate':
    case 'GetBootstrapToken':
    case 'GetToken':
    case 'DeclarativeManagement':
      break;
  }
}

function answeredIn({ commandUuid, updateResults }: MdmMessage & { kind: 'CommandReport' }): Facts['updateAnswered'] | undefined {
  const [first] = updateResults ?? [];
  return commandUuid === undefined || first === undefined ? undefined : { commandUuid, action: first.installAction, status: first.status };
}

/** A version that can't be read ("Unknown") observes nothing: what was known stays, instead of a device that can take nothing. */
function readable(version: string | undefined): string | undefined {
  return version !== undefined && parseVersion(version) !== undefined ? version : undefined;
}

function foldDeviceInformation(next: EnrollmentState, info: DeviceInformation, at: Instant): void {
  const source: FactSource = 'device-information';
  learn(next, 'serialNumber', info.serialNumber, at, source);
  learn(next, 'deviceName', info.deviceName, at, source);
  learn(next, 'productName', info.productName, at, source);
  learn(next, 'model', info.model, at, source);
  learn(next, 'modelName', info.modelName, at, source);
  learn(next, 'softwareUpdateDeviceId', info.softwareUpdateDeviceId, at, source);
  learn(next, 'osVersion', readable(info.osVersion), at, source);
  // An answer with a version but without an extra comes from a device that has none.
  learn(next, 'osVersionExtra', info.supplementalOsVersionExtra ?? (info.osVersion === undefined ? undefined : ''), at, source);
  learn(next, 'buildVersion', info.buildVersion, at, source);
  learn(next, 'supplementalBuildVersion', info.supplementalBuildVersion, at, source);
  learn(next, 'isSupervised', info.isSupervised, at, source);
  learn(next, 'isAppleSilicon', info.isAppleSilicon, at, source);
  learn(next, 'isMultiUser', info.isMultiUser, at, source);
  learn(next, 'awaitingConfiguration', info.awaitingConfiguration, at, source);
  learn(next, 'isMdmLostModeEnabled', info.isMdmLostModeEnabled, at, source);
  learn(next, 'timeZone', info.timeZone, at, source);
  learn(next, 'batteryLevel', info.batteryLevel, at, source);
  learn(next, 'availableDeviceCapacity', info.availableDeviceCapacity, at, source);
}

function foldSecurityInfo(next: EnrollmentState, info: SecurityInfo, at: Instant): void {
  const source: FactSource = 'security-info';
  learn(next, 'passcodePresent', info.passcodePresent, at, source);
  learn(next, 'bootstrapTokenAllowedForAuthentication', info.bootstrapTokenAllowedForAuthentication, at, source);
  learn(next, 'bootstrapTokenRequiredForSoftwareUpdate', info.bootstrapTokenRequiredForSoftwareUpdate, at, source);
  learn(next, 'userApprovedEnrollment', info.userApprovedEnrollment, at, source);
  learn(next, 'enrolledViaDep', info.enrolledViaDep, at, source);
}

function foldStatusReport(next: EnrollmentState, report: StatusReport, at: Instant): void {
  const source: FactSource = 'status-report';
  learn(next, 'osVersion', readable(report.osVersion), at, source);
  // Only a full report that tells the version and no extra says that there is none.
  learn(
    next,
    'osVersionExtra',
    report.supplementalExtraVersion ?? (report.fullReport && report.osVersion !== undefined ? '' : undefined),
    at,
    source,
  );
  learn(next, 'buildVersion', report.buildVersion, at, source);
  learn(next, 'supplementalBuildVersion', report.supplementalBuildVersion, at, source);
  learn(next, 'productName', report.modelIdentifier, at, source);
  learn(next, 'serialNumber', report.serialNumber, at, source);
  learn(next, 'softwareUpdateDeviceId', report.softwareUpdateDeviceId, at, source);
  learn(next, 'installState', report.installState, at, source);
  learn(next, 'installReason', report.installReason, at, source);
  learn(next, 'failureReason', report.failureReason, at, source);
  learn(next, 'pendingVersion', report.pendingVersion, at, source);
  learn(next, 'betaEnrollment', report.betaEnrollment, at, source);
  learn(next, 'enrollmentType', report.enrollmentType, at, source);
  if (report.enrollmentType === 'supervised' || report.enrollmentType === 'device') {
    learn(next, 'isSupervised', report.enrollmentType === 'supervised', at, source);
  }
  learn(next, 'awaitingConfiguration', report.isAwaitingConfiguration, at, source);
  learn(next, 'clientCapabilities', report.clientCapabilities, at, source);
  if (report.declarations) foldDeclarations(next, report.declarations, report.fullReport, at);
}

/**
 * Reports may list all declarations or only the changed ones (Apple doesn't say), so entries merge by
 * identifier and only a full report takes away what it doesn't list.
 */
function foldDeclarations(next: EnrollmentState, reported: readonly DeclarationStatus[], isFull: boolean, at: Instant): void {
  if (at < next.generation) return;
  if (isFull && at > next.fullReportAt) next.fullReportAt = at;
  for (const status of reported) {
    if (!isOurs(status.identifier)) continue;
    next.declarations[status.identifier] = mergeFact(next.declarations[status.identifier], {
      value: status,
      observedAt: at,
      source: 'status-report',
    });
  }
  pruneDeclarations(next);
  const foreign = reported.filter((d) => !isOurs(d.identifier)).map((d) => d.identifier);
  if (foreign.length > 0 || isFull)
    learn(next, 'foreignDeclarations', [...new Set(foreign)].sort().slice(0, FOREIGN_KEPT_MAX), at, 'status-report');
  if (!isFull) return;
  const active = reported.filter((status) => status.active && !isOurs(status.identifier)).map(({ identifier }) => identifier);
  learn(next, 'foreignActive', [...new Set(active)].sort().slice(0, FOREIGN_ACTIVE_KEPT_MAX), at, 'status-report');
}

/** Whether it still holds it, is for who reads the state to say: what a report listed before this was heard is kept apart. */
function noteForeignUpdate(next: EnrollmentState, update: HeldForeignUpdate, at: Instant): void {
  if (at < next.generation) return;
  const held = next.foreignUpdates ?? {};
  const before = Object.hasOwn(held, update.identifier) ? held[update.identifier] : undefined;
  const merged = mergeFact(before, { value: update, observedAt: at, source: 'ddm-answer' });
  const entries = Object.entries({ ...held, [update.identifier]: merged });
  entries.sort(([a, x], [b, y]) => y.observedAt - x.observedAt || (a < b ? -1 : 1));
  next.foreignUpdates = Object.fromEntries(entries.slice(0, FOREIGN_UPDATES_KEPT_MAX));
}

function pruneDeclarations(next: EnrollmentState): void {
  const entries = Object.entries(next.declarations).filter(
    ([, fact]) => fact.observedAt >= next.fullReportAt && fact.observedAt >= next.generation,
  );
  entries.sort(([a, x], [b, y]) => y.observedAt - x.observedAt || (a < b ? -1 : 1));
  next.declarations = Object.fromEntries(entries.slice(0, DECLARATIONS_KEPT_MAX));
}

function noteFetched(next: EnrollmentState, identifier: string, at: Instant): void {
  if (at < next.generation) return;
  next.fetched[identifier] = Math.max(next.fetched[identifier] ?? 0, at);
  next.fetched = newest(next.fetched);
}

function noteRefused(next: EnrollmentState, identifier: string, at: Instant): void {
  if (at < next.generation) return;
  next.refused[identifier] = Math.max(next.refused[identifier] ?? 0, at);
  next.refused = newest(next.refused);
}

function newest(times: Record<string, Instant>): Record<string, Instant> {
  const entries = Object.entries(times);
  if (entries.length <= FETCHED_KEPT_MAX) return times;
  entries.sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return Object.fromEntries(entries.slice(0, FETCHED_KEPT_MAX));
}

/** A newer Authenticate, told or inferred, voids what was observed before it: the device began anew. */
function beginGeneration(next: EnrollmentState, at: Instant): void {
  if (at <= next.generation) return;
  next.generation = at;
  for (const name of Object.keys(next.facts) as FactName[]) {
    if ((next.facts[name]?.observedAt ?? 0) < at) delete next.facts[name];
  }
  next.declarations = Object.fromEntries(Object.entries(next.declarations).filter(([, fact]) => fact.observedAt >= at));
  if (next.foreignUpdates) {
    const since = Object.entries(next.foreignUpdates).filter(([, fact]) => fact.observedAt >= at);
    if (since.length > 0) next.foreignUpdates = Object.fromEntries(since);
    else delete next.foreignUpdates;
  }
  next.fetched = Object.fromEntries(Object.entries(next.fetched).filter(([, when]) => when >= at));
  next.refused = Object.fromEntries(Object.entries(next.refused).filter(([, when]) => when >= at));
  if (next.uninvitedAt < at) next.uninvitedAt = 0;
  if (next.fullReportAt < at) next.fullReportAt = 0;
}

function learn<K extends FactName>(next: EnrollmentState, name: K, value: Facts[K] | undefined, at: Instant, source: FactSource): void {
  if (value === undefined || at < next.generation) return;
  const facts = next.facts as Record<string, unknown>;
  facts[name] = mergeFact(next.facts[name] as never, { value, observedAt: at, source } as never);
}
