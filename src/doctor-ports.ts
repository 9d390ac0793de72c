import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DataSeen, DoctorPorts, StoreFacts } from './cli/doctor/doctor.types.ts';
import type { Settings } from './config/settings.types.ts';
import type { HostWire } from './hosts/host.ts';
import type { HostLinks } from './hosts/host-links.ts';
import { examineKmfddm } from './hosts/kmfddm-api/examine.ts';
import { examineMicroMdm } from './hosts/micromdm/examine.ts';
import { microMdmWire } from './hosts/micromdm/wire.ts';
import { examineNanoMdm } from './hosts/nanomdm/examine.ts';
import { nanoMdmWire } from './hosts/nanomdm/wire.ts';
import { dataLockState } from './runtime/data-lock.ts';
import type { Clock, Fetch } from './runtime.ts';
import { openDatabaseReadOnly, type Sqlite } from './store/sqlite/database.ts';
import { storeOver } from './store/sqlite/store.ts';
import { reasonOf } from './store/sqlite/trouble.ts';

/** What `ratchet doctor` looks at: the same servers, folders and feeds as `serve` with these settings, and nothing is written. */
export function createDoctorPorts(fetch: Fetch, clock: Clock, opened: Pick<DoctorPorts, 'upstreamOf' | 'feedOf' | 'sofaOf'>): DoctorPorts {
  return {
    ...opened,
    inspectData: (folder) => inspectData(folder, clock),
    examineHost: (settings, topic) => examineHost(settings, topic, fetch, clock.now),
    examineKmfddm: ({ host, kmfddmUrl: url, kmfddmKey: key = '' }) =>
      url === undefined ? undefined : examineKmfddm({ fetch, url, key, user: host === 'nanohub' ? 'nanohub' : 'kmfddm' }),
    signatureOf: (settings) => wireOf(settings).signature,
  };
}

function examineHost(settings: Settings, topic: string | undefined, fetch: Fetch, now: () => number): Promise<HostLinks> | undefined {
  const { host, enqueueUrl, pushUrl, enqueueKey: key = '' } = settings;
  if (enqueueUrl === undefined || pushUrl === undefined) return undefined;
  switch (host) {
    case 'nanomdm':
    case 'nanohub':
      return examineNanoMdm({ fetch, now, enqueueUrl, pushUrl, key, topic, user: host });
    case 'micromdm':
      return examineMicroMdm({ fetch, now, commandsUrl: enqueueUrl, pushUrl, key });
  }
}

function wireOf({ host }: Settings): HostWire {
  switch (host) {
    case 'nanomdm':
    case 'nanohub':
      return nanoMdmWire;
    case 'micromdm':
      return microMdmWire;
  }
}

/** A data folder as it is, whether a server runs on it or not. Makes nothing, not even the folder. */
export async function inspectData(folder: string, clock: Clock): Promise<DataSeen> {
  const file = join(folder, 'ratchet.db');
  const isThere = existsSync(folder);
  const free = freeBytes(nearest(folder));
  return {
    isThere,
    isWritable: isThere && mayWrite(folder) && (!existsSync(file) || mayWrite(file)),
    ...(free === undefined ? {} : { freeBytes: free }),
    lock: lockOf(folder),
    database: existsSync(file) ? await inspectDatabase(file, clock) : { kind: 'none' },
  };
}

async function inspectDatabase(file: string, clock: Clock): Promise<DataSeen['database']> {
  let db: Sqlite | undefined;
  try {
    db = openDatabaseReadOnly(file, { mayBeOlder: true });
    const check = String(db.pragma('quick_check(1)', { simple: true }));
    if (check !== 'ok') return { kind: 'unusable', message: `it is damaged (${check}); go back to a backup (ratchet restore)` };
    db.close();
    db = openCurrent(file);
    return db === undefined ? { kind: 'older' } : { kind: 'whole', facts: await factsOf(db, clock) };
  } catch (error) {
    return { kind: 'unusable', message: reasonOf(error) };
  } finally {
    db?.close();
  }
}

/** Undefined for one of an older version; it was just opened as that. */
function openCurrent(file: string): Sqlite | undefined {
  try {
    return openDatabaseReadOnly(file);
  } catch {
    return undefined;
  }
}

async function factsOf(db: Sqlite, clock: Clock): Promise<StoreFacts> {
  const store = storeOver(db, clock);
  const { host, site, clockDoubt, feed } = await store.loadSite();
  const catalogue = await store.loadCatalogue();
  const [last] = (await store.listDevices({ sort: 'lastSeenAt', isDescending: true, limit: 1 })).devices;
  const counted = await store.countDevices(['reason']);
  return {
    ...(host === undefined ? {} : { host }),
    devices: counted.reduce((sum, { devices }) => sum + devices, 0),
    ...(last?.summary.lastSeenAt ? { heardAt: last.summary.lastSeenAt } : {}),
    dmReached: site.dmReached,
    ...(clockDoubt === undefined ? {} : { clockDoubt }),
    releases: {
      ...(catalogue === undefined ? {} : { readAt: catalogue.lastCheckedAt, goodAt: catalogue.heldAt }),
      ...(catalogue?.doubt === undefined ? {} : { doubt: catalogue.doubt.detail }),
      ...(feed?.notBefore === undefined ? {} : { notBefore: feed.notBefore }),
    },
  };
}

function lockOf(folder: string): DataSeen['lock'] {
  try {
    return dataLockState(folder);
  } catch {
    // Not readable: then nothing in the folder is, which is told of the folder.
    return 'free';
  }
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Itself or the first folder above it that is there. */
function nearest(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearest(dirname(folder));
}

function freeBytes(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
