import { randomUUID } from 'node:crypto';
import { plant } from '../src/sim/ddm-wire.ts';
import type { DeviceSpec } from '../src/sim/device.types.ts';
import { answerCommand } from '../src/sim/device-answers.ts';
import { tokenUpdateOf } from '../src/sim/device-messages.ts';
import { statusItemsOf } from '../src/sim/device-status.ts';
import { webhookRequest } from '../src/sim/nanomdm-webhook.ts';
import { type PlistDict, writePlist } from '../src/sim/plist.ts';
import { createPrng, type Prng } from '../src/sim/prng.ts';
import { bytesOf } from '../src/sim/wire.ts';
import { capabilitiesOf, hasFullReports, systemOf } from './devices.ts';
import { KEYS } from './settings.ts';

/** One signed webhook call, as NanoMDM (HEAD) makes it. */
export interface SignedBody {
  body: Uint8Array;
  signature: string;
}

/** Everything the answer of a DeviceInformation of ours holds. */
const QUERIES = [
  'SerialNumber',
  'DeviceName',
  'OSVersion',
  'SupplementalOSVersionExtra',
  'BuildVersion',
  'SupplementalBuildVersion',
  'ProductName',
  'Model',
  'ModelName',
  'SoftwareUpdateDeviceID',
  'IsSupervised',
  'IsAppleSilicon',
  'IsMultiUser',
  'AwaitingConfiguration',
  'IsMDMLostModeEnabled',
  'TimeZone',
  'BatteryLevel',
  'AvailableDeviceCapacity',
];

/**
 * What devices say in an ordinary hour. A device that connects says several things in a row: it polls, acknowledges what
 * was queued until nothing is left, or syncs its declarations. Most of it is no business of ours.
 */
const CONTACTS: readonly (readonly [number, (device: BenchDevice, prng: Prng) => Message[]])[] = [
  [30, () => [idle()]],
  [
    25,
    () => [
      idle(),
      report({ Status: 'Acknowledged', CommandUUID: randomUUID() }),
      report({ Status: 'Acknowledged', CommandUUID: randomUUID() }),
    ],
  ],
  [5, () => [idle(), report({ Status: 'NotNow', CommandUUID: randomUUID() })]],
  [
    10,
    ({ spec }) => [
      idle(),
      answer(spec, { RequestType: 'DeviceInformation', Queries: QUERIES }),
      answer(spec, { RequestType: 'SecurityInfo' }),
    ],
  ],
  [5, ({ spec }) => [{ topic: 'mdm.TokenUpdate', message: tokenUpdateOf(spec, {}, 1), tally: 2 }, idle()]],
  [10, (device, prng) => [idle(), report({ Status: 'Acknowledged', CommandUUID: randomUUID() }), ...sync(device, prng)]],
  [15, (device, prng) => sync(device, prng).slice(-1)],
];

/** Other devices that talk between two things one device says: it waits for its server's answer each time. */
const AT_ONCE = 256;

/** A device as the load knows it. */
export interface BenchDevice {
  id: string;
  spec: DeviceSpec;
  /** What its manifest lists; empty when it does not take part in declarative management. */
  items: readonly HeldItem[];
}

export interface HeldItem {
  identifier: string;
  serverToken: string;
  kind: string;
}

interface Message {
  topic: string;
  message: PlistDict;
  tally?: number;
}

function report(message: PlistDict): Message {
  return { topic: 'mdm.Connect', message };
}

function idle(): Message {
  return report({ Status: 'Idle' });
}

function answer(spec: DeviceSpec, command: PlistDict): Message {
  return report({ CommandUUID: randomUUID(), ...answerCommand(spec, systemOf(spec), command, false) });
}

/** Its last check-in is the status report; of a device that takes no part nothing comes but another poll. */
function sync(device: BenchDevice, prng: Prng): Message[] {
  if (device.items.length === 0) return [idle()];
  const data = bytesOf(JSON.stringify(statusReport(device, prng)));
  return [checkIn({ Endpoint: 'tokens' }), checkIn({ Endpoint: 'declaration-items' }), checkIn({ Endpoint: 'status', Data: data })];
}

function checkIn(message: PlistDict): Message {
  return { topic: 'mdm.DeclarativeManagement', message: { MessageType: 'DeclarativeManagement', ...message } };
}

/** Four in five tell only what changed; one is the daily full one. */
export function statusReport({ spec, items }: BenchDevice, prng: Prng): unknown {
  const values = statusItemsOf(spec, systemOf(spec), {
    'softwareupdate.install-state': prng.pick(['none', 'downloading', 'prepared']),
    'softwareupdate.pending-version': { 'os-version': '27.1', 'build-version': '24B83', 'target-local-date-time': '2027-01-08T18:00:00' },
    'softwareupdate.install-reason': {
      reason: ['declaration'],
      'declaration-id': items.find(({ identifier }) => identifier.startsWith('ratchet.enforcement.'))?.identifier ?? '',
    },
    'softwareupdate.failure-reason': { count: 0 },
  });
  const isFull = prng.chance(0.2);
  const tree: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) if (isFull || name.startsWith('softwareupdate.')) plant(tree, name, value);
  if (isFull) plant(tree, 'management.client-capabilities', capabilitiesOf(spec));
  const held = (kind: HeldItem['kind']) =>
    items
      .filter((item) => item.kind === kind)
      .map(({ identifier, serverToken }) => ({ active: true, identifier, 'server-token': serverToken, valid: 'valid' }));
  plant(tree, 'management.declarations', {
    activations: held('activation'),
    configurations: held('configuration'),
    assets: [],
    management: [],
  });
  return { StatusItems: tree, Errors: [], ...(hasFullReports(spec) ? { FullReport: isFull } : {}) };
}

/** Signs one message of a device. */
export function signedBody(spec: DeviceSpec, id: string, { topic, message, tally }: Message, now = Date.now()): SignedBody {
  const own = { ...message, ...(spec.isUserEnrollment ? { EnrollmentID: id } : { UDID: id }) };
  const { init } = webhookRequest(
    {
      now: () => now,
      random: Math.random,
      webhookUrl: 'http://127.0.0.1/webhook',
      webhookHmacKey: KEYS.webhook,
      fetch: () => Promise.reject(),
    },
    {
      topic,
      ids: { id, type: spec.isUserEnrollment ? 'User Enrollment (Device)' : 'Device' },
      message: own,
      raw: bytesOf(writePlist(own)),
      ...(topic === 'mdm.Connect' ? {} : { tokenUpdateTally: tally ?? 0 }),
      eventId: randomUUID(),
    },
  );
  return { body: init.body as Uint8Array, signature: init.headers?.['X-Hmac-Signature'] as string };
}

/** `count` calls of a fleet: the contacts of its devices one after the other, each device once as long as there are others. */
export function webhookBodies(devices: readonly BenchDevice[], count: number): SignedBody[] {
  const prng = createPrng('bodies');
  const shuffled = prng.shuffle(devices);
  const bodies: SignedBody[] = [];
  for (let first = 0; bodies.length < count; first += AT_ONCE) {
    const contacts = Array.from({ length: AT_ONCE }, (_, index) => {
      const device = shuffled[(first + index) % shuffled.length] as BenchDevice;
      return { device, messages: prng.weighted(CONTACTS)(device, prng) };
    });
    for (let said = 0; contacts.some(({ messages }) => said < messages.length); said += 1) {
      for (const { device, messages } of contacts) {
        const message = messages[said];
        if (message) bodies.push(signedBody(device.spec, device.id, message));
      }
    }
  }
  return bodies.slice(0, count);
}
