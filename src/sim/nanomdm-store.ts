import { type CommandQueue, createLinkedQueue, createPlainQueue, type QueuedCommand } from './nanomdm-queue.ts';

/**
 * What the simulated NanoMDM remembers: enrollments, which certificate belongs to whom, and the command queues. A
 * CommandUUID is used up for ever.
 */

export type EnrollmentType = 'Device' | 'User' | 'Shared iPad' | 'User Enrollment (Device)' | 'User Enrollment';

/** The normalized enrollment id, as in the webhook's `ids`. */
export interface EnrollmentIds {
  id: string;
  parentId?: string;
  type: EnrollmentType;
}

export interface StoredEnrollment extends EnrollmentIds {
  tokenUpdateTally: number;
  isEnabled: boolean;
  /** There is push data: at least one TokenUpdate came. */
  canPush: boolean;
  bootstrapToken?: Uint8Array;
}

export interface NanoMdmStore {
  readonly enrollments: ReadonlyMap<string, StoredEnrollment>;
  /** Certificate of a device id, in the form it came. */
  certificateOf(id: string): string | undefined;
  idOfCertificate(certificate: string): string | undefined;
  associate(id: string, certificate: string): void;
  enrollment(ids: EnrollmentIds): StoredEnrollment;
  isCommandKnown(commandUuid: string): boolean;
  rememberCommand(commandUuid: string): void;
  enqueue(id: string, command: Omit<QueuedCommand, 'isNotNow'>): void;
  next(id: string, skipNotNow: boolean): QueuedCommand | undefined;
  /** A report other than Idle for this UUID. */
  report(id: string, commandUuid: string, status: string): void;
  clearQueue(id: string): void;
  queueOf(id: string): readonly QueuedCommand[];
  /** Remembers everything as it is; the returned function puts it back, once. */
  copy(): () => void;
}

/** `losesQueue`: with the defects of the key-value storages; asked when an enrollment gets its queue. */
export function createNanoMdmStore(losesQueue: () => boolean): NanoMdmStore {
  const enrollments = new Map<string, StoredEnrollment>();
  const idByCertificate = new Map<string, string>();
  const certificateById = new Map<string, string>();
  const knownCommands = new Set<string>();
  const queues = new Map<string, CommandQueue>();

  return {
    enrollments,
    certificateOf: (id) => certificateById.get(id),
    idOfCertificate: (certificate) => idByCertificate.get(certificate),
    associate(id, certificate) {
      const before = certificateById.get(id);
      if (before !== undefined) idByCertificate.delete(before);
      certificateById.set(id, certificate);
      idByCertificate.set(certificate, id);
    },
    enrollment(ids) {
      let stored = enrollments.get(ids.id);
      if (!stored) {
        stored = { ...ids, tokenUpdateTally: 0, isEnabled: false, canPush: false };
        enrollments.set(ids.id, stored);
      }
      return stored;
    },
    isCommandKnown: (commandUuid) => knownCommands.has(commandUuid),
    rememberCommand: (commandUuid) => knownCommands.add(commandUuid),
    enqueue(id, command) {
      const queue = queues.get(id) ?? (losesQueue() ? createLinkedQueue() : createPlainQueue());
      queue.add(command);
      queues.set(id, queue);
    },
    next: (id, skipNotNow) => queues.get(id)?.next(skipNotNow),
    report: (id, commandUuid, status) => queues.get(id)?.report(commandUuid, status),
    clearQueue: (id) => void queues.delete(id),
    queueOf: (id) => queues.get(id)?.list() ?? [],
    copy() {
      const kept = [...enrollments].map(([id, enrollment]) => [id, { ...enrollment }] as const);
      const putBack = [idByCertificate, certificateById].map((map) => copyOf(map));
      const known = [...knownCommands];
      const queued = [...queues].map(([id, queue]) => [id, queue.copy()] as const);
      return () => {
        for (const put of putBack) put();
        enrollments.clear();
        for (const [id, enrollment] of kept) enrollments.set(id, enrollment);
        knownCommands.clear();
        for (const uuid of known) knownCommands.add(uuid);
        queues.clear();
        for (const [id, queue] of queued) queues.set(id, queue);
      };
    },
  };
}

/** The returned function puts the map back to what it held. */
function copyOf<K, V>(map: Map<K, V>): () => void {
  const entries = [...map];
  return () => {
    map.clear();
    for (const [key, value] of entries) map.set(key, value);
  };
}
