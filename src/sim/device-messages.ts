import type { HeldDeclaration } from './ddm-client.ts';
import type { DeviceSpec } from './device.types.ts';
import type { PlistDict } from './plist.ts';
import type { Scheduler } from './scheduler.ts';
import type { RunningSystem } from './update-engine.ts';
import { bytesOf, textOf } from './wire.ts';

/** What a device says of itself in every message. */
export function identityOf(spec: DeviceSpec): PlistDict {
  return spec.isUserEnrollment ? { EnrollmentID: spec.id } : { UDID: spec.id };
}

/** What the user channel adds; nothing when there is none. */
export function userOf(spec: DeviceSpec): PlistDict {
  return spec.userId === undefined ? {} : { UserID: spec.userId, UserShortName: 'user', UserLongName: 'A User' };
}

export const TOPIC = 'com.apple.mgmt.External.00000000-0000-4000-8000-000000000000';

export function authenticate(spec: DeviceSpec, system: RunningSystem): PlistDict {
  const { model } = spec;
  return {
    MessageType: 'Authenticate',
    Topic: TOPIC,
    OSVersion: system.osVersion,
    BuildVersion: system.build,
    ProductName: model.productName,
    Model: model.productName,
    ModelName: model.family,
    DeviceName: spec.name,
    SerialNumber: spec.isUserEnrollment ? undefined : spec.serialNumber,
  };
}

/** Each enrollment and each channel has a push token of its own. */
export function tokenUpdateOf(spec: DeviceSpec, channel: PlistDict, enrollments: number): PlistDict {
  return {
    MessageType: 'TokenUpdate',
    Topic: TOPIC,
    PushMagic: `magic ${spec.id}`,
    Token: bytesOf(`token ${spec.id} ${String(channel.UserID ?? '')} ${enrollments}`),
    UnlockToken: channel.UserID === undefined && spec.model.family !== 'Mac' ? bytesOf(`unlock ${spec.id} ${enrollments}`) : undefined,
    AwaitingConfiguration: spec.trouble === 'awaiting-configuration',
    ...channel,
  };
}

/** Nothing later could make up for it, so it is said until a server has heard it. */
export async function sayCheckOut(exchange: (message: PlistDict) => Promise<unknown>, scheduler: Pick<Scheduler, 'sleep'>): Promise<void> {
  for (;;) {
    try {
      await exchange({ MessageType: 'CheckOut', Topic: TOPIC });
      return;
    } catch {
      await scheduler.sleep(10 * 60_000);
    }
  }
}

/** The token a DeclarativeManagement command brings along, if it does. */
export function announcedToken(command: PlistDict): string | undefined {
  if (!(command.Data instanceof Uint8Array)) return undefined;
  try {
    return (JSON.parse(textOf(command.Data)) as { SyncTokens?: { DeclarationsToken?: string } }).SyncTokens?.DeclarationsToken;
  } catch {
    return undefined;
  }
}

/** What a device of a site that had another DDM server holds. */
export const FOREIGN: HeldDeclaration[] = [
  {
    kind: 'activation',
    identifier: 'com.example.activation',
    serverToken: 'f1',
    type: 'com.apple.activation.simple',
    payload: { StandardConfigurations: ['com.example.test'] },
  },
  {
    kind: 'configuration',
    identifier: 'com.example.test',
    serverToken: 'f2',
    type: 'com.apple.configuration.management.test',
    payload: { Echo: 'hello' },
  },
];
