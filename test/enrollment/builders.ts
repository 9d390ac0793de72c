import fc from 'fast-check';
import type { DeclarationStatus, StatusReport } from '../../src/ddm/status-report.types.ts';
import type { EnrollmentEvent, EventBody } from '../../src/enrollment/event.ts';
import type { DeviceInformation, MdmMessage } from '../../src/mdm/messages.ts';

/** Moments of a made-up day: few enough that observations of the same millisecond happen. */
export const T0 = Date.parse('2040-09-10T08:00:00Z');

export function event(body: EventBody, at = T0): EnrollmentEvent {
  return { observedAt: at, receivedAt: at, body };
}

export function message(value: MdmMessage, at = T0, tokenUpdateTally?: number): EnrollmentEvent {
  return event({ kind: 'message', message: value, ...(tokenUpdateTally === undefined ? {} : { tokenUpdateTally }) }, at);
}

export function authenticate(at: number, osVersion = '40.5'): EnrollmentEvent {
  return message({ kind: 'Authenticate', osVersion, buildVersion: '40F50', productName: 'iPhone90,1', serialNumber: 'S1' }, at);
}

export function told(deviceInformation: DeviceInformation, at = T0): EnrollmentEvent {
  return message({ kind: 'CommandReport', status: 'Acknowledged', commandUuid: 'c1', deviceInformation }, at);
}

export function status(report: Partial<StatusReport>, at = T0): EnrollmentEvent {
  return event({ kind: 'status-report', report: { fullReport: false, refusedStatusItems: [], ...report } }, at);
}

export function declared(identifier: string, changes: Partial<DeclarationStatus> = {}): DeclarationStatus {
  return { identifier, serverToken: 't', active: true, valid: 'valid', reasons: [], ...changes };
}

export function fetched(identifier: string, at = T0): EnrollmentEvent {
  return event({ kind: 'ddm-answer', endpoint: 'declaration', identifier }, at);
}

const at = fc
  .oneof(
    fc.integer({ min: 0, max: 12 }),
    fc.integer({ min: 1, max: 12 }).map((minutes) => minutes * 60_000),
  )
  .map((n) => T0 + n);
const version = fc.constantFrom('40.4', '40.5', '40.6', 'soon');
const identifiers = fc.integer({ min: 0, max: 45 }).map((n) => `ratchet.enforcement.${n}`);
const declarationStatus = fc
  .tuple(fc.oneof(identifiers, fc.constantFrom('theirs.1', 'theirs.2')), fc.boolean(), fc.constantFrom('valid', 'invalid', 'unknown'))
  .map(([identifier, active, valid]) => declared(identifier, { active, valid }));

const report: fc.Arbitrary<StatusReport> = fc.record(
  {
    fullReport: fc.boolean(),
    refusedStatusItems: fc.constant([]),
    osVersion: version,
    supplementalExtraVersion: fc.constantFrom('', '(a)'),
    buildVersion: fc.constantFrom('40F50', '40G60'),
    installState: fc.constantFrom('none', 'downloading', 'prepared', 'installing', 'failed'),
    failureReason: fc.record({ count: fc.integer({ min: 0, max: 2 }), reason: fc.constantFrom('network', 'disk space') }),
    enrollmentType: fc.constantFrom('supervised', 'device', 'user', 'none'),
    clientCapabilities: fc.constant({ declarations: ['a'], statusItems: ['b'] }),
    declarations: fc.array(declarationStatus, { maxLength: 6 }),
  },
  { requiredKeys: ['fullReport', 'refusedStatusItems'] },
);

const information: fc.Arbitrary<DeviceInformation> = fc.record(
  {
    osVersion: version,
    supplementalOsVersionExtra: fc.constantFrom('(a)', '(b)'),
    isSupervised: fc.boolean(),
    timeZone: fc.constantFrom('Europe/Berlin', 'Asia/Tokyo', 'nowhere'),
    awaitingConfiguration: fc.boolean(),
    batteryLevel: fc.constantFrom(0.1, 0.9),
    deviceName: fc.constantFrom('Lab 7', 'Jane’s iPad'),
  },
  { requiredKeys: [] },
);

/** Everything that is ever heard of an enrollment. */
export const bodies: fc.Arbitrary<EventBody> = fc.oneof(
  fc.constantFrom<EventBody>(
    { kind: 'message', message: { kind: 'CheckOut' } },
    { kind: 'message', message: { kind: 'TokenUpdate', awaitingConfiguration: true }, tokenUpdateTally: 1 },
    { kind: 'message', message: { kind: 'TokenUpdate' }, tokenUpdateTally: 2 },
    { kind: 'message', message: { kind: 'SetBootstrapToken', escrowed: true } },
    { kind: 'message', message: { kind: 'SetBootstrapToken', escrowed: false } },
    { kind: 'message', message: { kind: 'DeclarativeManagement', endpoint: 'tokens' } },
    { kind: 'message', message: { kind: 'CommandReport', status: 'Idle' } },
    {
      kind: 'message',
      message: { kind: 'CommandReport', status: 'Acknowledged', commandUuid: 'c', securityInfo: { userApprovedEnrollment: true } },
    },
    { kind: 'ddm-contact' },
    { kind: 'user-channel' },
    { kind: 'push-gone' },
    { kind: 'named' },
    { kind: 'named', serialNumber: 'NAMED' },
    { kind: 'named', records: { productName: 'iPhone91,1', deviceName: 'Lab 8', enrolledAt: T0 - 9_000, lastSeenAt: T0 + 5 } },
    { kind: 'named', records: { productName: 'iPhone92,1', bootstrapToken: 'escrowed', leftAt: T0 + 6 } },
    { kind: 'ddm-uninvited', endpoint: 'tokens' },
    { kind: 'ddm-answer', endpoint: 'tokens', token: 'a' },
    { kind: 'ddm-answer', endpoint: 'declaration-items', token: 'a' },
    { kind: 'ddm-answer', endpoint: 'declaration-items', token: 'b' },
  ),
  version.map((osVersion): EventBody => ({ kind: 'message', message: { kind: 'Authenticate', osVersion, productName: 'iPhone90,1' } })),
  information.map(
    (deviceInformation): EventBody => ({ kind: 'message', message: { kind: 'CommandReport', status: 'Acknowledged', deviceInformation } }),
  ),
  report.map((each): EventBody => ({ kind: 'status-report', report: each })),
  identifiers.map((identifier): EventBody => ({ kind: 'ddm-answer', endpoint: 'declaration', identifier })),
  identifiers.map((identifier): EventBody => ({ kind: 'ddm-refused', identifier })),
  fc.tuple(fc.constantFrom('theirs.1', 'theirs.2', '__proto__'), fc.constantFrom('40.5', '40.6', '41.0'), fc.constantFrom('a', 'b')).map(
    ([identifier, version, serverToken]): EventBody => ({
      kind: 'foreign-update',
      update: { kind: 'enforcement', identifier, serverToken, version, local: '2040-09-12T09:00:00' },
      server: 'http://kmfddm:9002/',
    }),
  ),
  fc.constantFrom('u1', 'u2').map(
    (commandUuid): EventBody => ({
      kind: 'message',
      message: {
        kind: 'CommandReport',
        status: 'Acknowledged',
        commandUuid,
        updateResults: [{ productKey: '', installAction: 'InstallASAP', status: 'Idle' }],
        deferral: { isForced: commandUuid === 'u1', profiles: ['com.example.restrictions'] },
      },
    }),
  ),
);

export const events: fc.Arbitrary<EnrollmentEvent[]> = fc.array(
  fc.tuple(bodies, at).map(([body, when]) => event(body, when)),
  { maxLength: 60 },
);
