import type { PlistDict } from './plist.ts';

/**
 * What the simulated MicroMDM remembers. Its queue (platform/queue/queue.go) keeps a command in the list when it hands
 * it out, at the end, and takes it out by the first match of its UUID; NotNow moves it to a second list.
 */

export interface MicroMdmDevice {
  udid: string;
  serialNumber: string;
  isEnrolled: boolean;
  /** Epoch ms; 0: never. */
  lastSeenAt: number;
  bootstrapToken?: Uint8Array;
}

export interface MicroMdmCommand {
  commandUuid: string;
  requestType: string;
  raw: Uint8Array;
}

/** Who a message is from, in MicroMDM's terms. */
export interface Sender {
  /** Name of queue and push data, and X-Enrollment-ID: UDID, or UserID alone, or EnrollmentID. */
  key: string;
  udid: string;
  /** For whoever watches: "UDID:UserID" for user channels. */
  id: string;
  isDeviceChannel: boolean;
  isUserEnrollment: boolean;
}

interface Queue {
  commands: MicroMdmCommand[];
  notNow: MicroMdmCommand[];
}

export interface MicroMdmStore {
  readonly devices: ReadonlyMap<string, MicroMdmDevice>;
  device(udid: string): MicroMdmDevice;
  /** Certificate of a UDID; absent for one the server has never seen. */
  readonly certificates: Map<string, string>;
  /** Keys with push data. */
  readonly pushable: Set<string>;
  enqueue(key: string, command: MicroMdmCommand): void;
  /** The main list. */
  listed(key: string): readonly MicroMdmCommand[];
  /** Main list and NotNow list. */
  all(key: string): readonly MicroMdmCommand[];
  clear(key: string): void;
  /** Remembers everything as it is; the returned function puts it back, once. */
  copy(): () => void;
  /** Takes a report, answers with the next command. */
  next(key: string, status: string, commandUuid: string | undefined): MicroMdmCommand | undefined;
}

export function senderOf(message: PlistDict): Sender {
  const text = (key: string) => (typeof message[key] === 'string' ? (message[key] as string) : '');
  const udid = text('UDID');
  const userId = text('UserID');
  const enrollmentId = text('EnrollmentID');
  // An EnrollmentID overrules a UserID.
  const key = enrollmentId || userId || udid;
  const owner = udid || enrollmentId;
  const user = userId || text('EnrollmentUserID');
  return {
    key,
    udid,
    id: user === '' ? owner : `${owner}:${user}`,
    isDeviceChannel: user === '',
    isUserEnrollment: enrollmentId !== '',
  };
}

export function createMicroMdmStore(): MicroMdmStore {
  const devices = new Map<string, MicroMdmDevice>();
  const queues = new Map<string, Queue>();
  const certificates = new Map<string, string>();
  const pushable = new Set<string>();

  function queueOf(key: string): Queue {
    const queue = queues.get(key) ?? { commands: [], notNow: [] };
    queues.set(key, queue);
    return queue;
  }

  return {
    devices,
    device(udid) {
      const device = devices.get(udid) ?? { udid, serialNumber: '', isEnrolled: false, lastSeenAt: 0 };
      devices.set(udid, device);
      return device;
    },
    certificates,
    pushable,
    enqueue: (key, command) => void queueOf(key).commands.push(command),
    listed: (key) => queues.get(key)?.commands ?? [],
    all: (key) => [...(queues.get(key)?.commands ?? []), ...(queues.get(key)?.notNow ?? [])],
    clear: (key) => void queues.delete(key),
    copy() {
      const keptDevices = [...devices].map(([udid, device]) => [udid, { ...device }] as const);
      const keptQueues = [...queues].map(
        ([key, { commands, notNow }]) => [key, { commands: [...commands], notNow: [...notNow] }] as [string, Queue],
      );
      const keptCertificates = [...certificates];
      const keptPushable = [...pushable];
      return () => {
        for (const map of [devices, queues, certificates, pushable]) map.clear();
        for (const [udid, device] of keptDevices) devices.set(udid, device);
        for (const [key, queue] of keptQueues) queues.set(key, queue);
        for (const [udid, certificate] of keptCertificates) certificates.set(udid, certificate);
        for (const key of keptPushable) pushable.add(key);
      };
    },
    next(key, status, commandUuid) {
      const queue = queues.get(key);
      if (queue === undefined) return undefined;
      if (status !== 'Idle') {
        const at = queue.commands.findIndex((command) => command.commandUuid === commandUuid);
        const cut = at < 0 ? [] : queue.commands.splice(at, 1);
        if (status === 'NotNow') queue.notNow.push(...cut);
      }
      // What NotNow was said to comes when nothing else is left, and not in the answer to a NotNow.
      const next = queue.commands.shift() ?? (status === 'NotNow' ? undefined : queue.notNow.shift());
      if (next !== undefined) queue.commands.push(next);
      return next;
    },
  };
}
