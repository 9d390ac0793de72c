import { createRatchet, type Ratchet } from '../src/app.ts';
import { hostCapabilities } from '../src/hosts/capabilities.ts';
import type { Host } from '../src/hosts/host.ts';
import { nanoMdmWire } from '../src/hosts/nanomdm/wire.ts';
import { silentLogger } from '../src/logger.ts';
import { createSystemClock } from '../src/runtime/clock.ts';
import { createSystemIds } from '../src/runtime/ids.ts';
import { parsePlist } from '../src/runtime/parse-plist.ts';
import { createSystemRandom } from '../src/runtime/random.ts';
import { createDdmClient, type DdmClient } from '../src/sim/ddm-client.ts';
import type { DeviceSpec } from '../src/sim/device.types.ts';
import { answerCommand } from '../src/sim/device-answers.ts';
import { createJudge } from '../src/sim/device-judge.ts';
import { authenticate, tokenUpdateOf } from '../src/sim/device-messages.ts';
import { statusItemsOf } from '../src/sim/device-status.ts';
import { bodySignature } from '../src/sim/nanomdm-webhook.ts';
import { type PlistDict, readPlist } from '../src/sim/plist.ts';
import { USUAL_SWITCHES } from '../src/sim/switches.ts';
import { bytesOf, NOTHING } from '../src/sim/wire.ts';
import { openDatabase, type Sqlite } from '../src/store/sqlite/database.ts';
import { storeOver } from '../src/store/sqlite/store.ts';
import type { Store } from '../src/store/store.ts';
import { signedBody } from './bodies.ts';
import { capabilitiesOf, copyId, type Fleet, hasFullReports, systemOf } from './devices.ts';
import { benchSettings, KEYS } from './settings.ts';

/** A host that takes everything at once and keeps what was queued. */
export interface QueueHost extends Host {
  take(): { id: string; commandUuid: string; plist: string }[];
}

export function createQueueHost(): QueueHost {
  let queued: { id: string; commandUuid: string; plist: string }[] = [];
  return {
    name: 'bench',
    capabilities: { ...hostCapabilities.nanomdm, pushIdsMax: 1_000 },
    enqueue: async (id, commandUuid, plist) => {
      queued.push({ id, commandUuid, plist });
      return { kind: 'queued' };
    },
    push: async () => ({ errors: new Map() }),
    probe: async () => ({ reachable: true }),
    take() {
      const taken = queued;
      queued = [];
      return taken;
    },
  };
}

/** The app with everything real but the host and the feed. */
export async function openRatchet(store: Store, host: Host, releases: string, pushRate: number): Promise<Ratchet> {
  const clock = createSystemClock();
  return createRatchet(
    {
      clock,
      ids: createSystemIds(),
      random: createSystemRandom(),
      fetch: () => Promise.reject(new Error('the bench stays on this machine')),
      decodePlist: async (bytes) => parsePlist(bytes),
      store,
      host,
      wire: nanoMdmWire,
      feed: { name: 'bench', read: async () => ({ kind: 'answer', body: releases, at: clock.now() }) },
      log: silentLogger,
    },
    benchSettings(pushRate),
  );
}

/**
 * Writes a database in which `originals` devices have enrolled, answered our questions, synced their declarations
 * and told their status, and copies of them up to `devices`. Nothing is fsynced: it is thrown away after the run.
 */
export async function seedDatabase(file: string, fleet: Fleet, devices: number): Promise<void> {
  const db = openDatabase(file);
  db.pragma('synchronous = OFF');
  const store = storeOver(db, createSystemClock());
  const host = createQueueHost();
  await store.saveSite({ site: { dmReached: true } });
  const ratchet = await openRatchet(store, host, fleet.releases, 1_000_000);
  await ratchet.start();
  const bySpec = new Map(fleet.specs.map((spec) => [spec.id, spec]));
  const clients = new Map<string, DdmClient>();
  await eachOf(fleet.specs, async (spec) => {
    await webhook(ratchet, spec, 'mdm.Authenticate', authenticate(spec, systemOf(spec)));
    await webhook(ratchet, spec, 'mdm.TokenUpdate', tokenUpdateOf(spec, {}, 1), 1);
  });
  // Questions, the sync, and what the answers lead to: three rounds bring everybody to rest.
  for (let round = 0; round < 3; round += 1) {
    await ratchet.idle();
    await eachOf(host.take(), async ({ id, commandUuid, plist }) => {
      const spec = bySpec.get(id);
      if (spec === undefined) return;
      const command = readPlist(bytesOf(plist)).Command as PlistDict;
      await webhook(ratchet, spec, 'mdm.Connect', { CommandUUID: commandUuid, ...answerCommand(spec, systemOf(spec), command, false) });
      await webhook(ratchet, spec, 'mdm.Connect', { Status: 'Idle' });
      if (command.RequestType !== 'DeclarativeManagement') return;
      const client = clients.get(id) ?? clientOf(ratchet, spec);
      clients.set(id, client);
      await client.sync();
      await client.report(true);
    });
  }
  await ratchet.idle();
  await ratchet.stop();
  await store.countInbox();
  copyDevices(db, Math.ceil(devices / fleet.specs.length) - 1);
  await store.close();
}

async function webhook(ratchet: Ratchet, spec: DeviceSpec, topic: string, message: PlistDict, tally?: number): Promise<void> {
  const { body, signature } = signedBody(spec, spec.id, { topic, message, ...(tally === undefined ? {} : { tally }) });
  const answer = await ratchet.fetch(
    new Request('http://127.0.0.1/webhook', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hmac-signature': signature },
      body: body as Uint8Array<ArrayBuffer>,
    }),
  );
  if (answer.status !== 200) throw new Error(`seeding: webhook answered ${answer.status}`);
}

function clientOf(ratchet: Ratchet, spec: DeviceSpec): DdmClient {
  const system = systemOf(spec);
  return createDdmClient({
    async exchange(endpoint, data) {
      const isStatus = endpoint === 'status';
      const answer = await ratchet.fetchDdm(
        new Request(`http://127.0.0.1/ddm/${endpoint}`, {
          method: isStatus ? 'PUT' : 'GET',
          headers: { 'x-enrollment-id': spec.id, 'x-enrollment-type': 'Device', 'x-hmac-signature': bodySignature(KEYS.dmRequest, data) },
          ...(isStatus ? { body: data as Uint8Array<ArrayBuffer> } : {}),
        }),
      );
      return { status: answer.status, body: answer.status === 200 ? new Uint8Array(await answer.arrayBuffer()) : NOTHING };
    },
    judge: createJudge(spec, system, false),
    onApplied: () => undefined,
    statusItems: () => statusItemsOf(spec, system, {}),
    capabilities: () => capabilitiesOf(spec),
    hasFullReport: () => hasFullReports(spec),
    switches: {
      failedFetch: 'retry',
      pastDate: 'in-an-hour',
      declarationsInReports: 'whole',
      pollsAfterNotNow: false,
      retriesShowDownloading: false,
      userChannelSyncs: false,
      ...USUAL_SWITCHES,
    },
  });
}

async function eachOf<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += 64) await Promise.all(items.slice(start, start + 64).map(run));
}

/** Tables with one or more rows per device, and the column that names it. */
const DEVICE_TABLES = [
  ['enrollments', 'id'],
  ['timeline', 'enrollment_id'],
  ['ledger', 'enrollment_id'],
  ['manifests', 'enrollment_id'],
  ['outbox', 'enrollment_id'],
  ['pushes', 'enrollment_id'],
] as const;

/** Rows again under the ids of the copies; JSON that names the device follows. */
function copyDevices(db: Sqlite, copies: number): void {
  const copyAll = db.transaction(() => {
    for (const [table, key] of DEVICE_TABLES) {
      const columns = (db.pragma(`table_info(${table})`) as { name: string; type: string }[]).filter(({ name }) => name !== 'seq');
      const names = columns.map(({ name }) => name).join(', ');
      const originals = db.prepare(`SELECT ${names} FROM ${table}`).all() as Record<string, unknown>[];
      const insert = db.prepare(`INSERT INTO ${table} (${names}) VALUES (${columns.map(({ name }) => `@${name}`).join(', ')})`);
      for (let n = 1; n <= copies; n += 1) {
        for (const row of originals) {
          const id = String(row[key]);
          const names = [id, ...(typeof row.command_uuid === 'string' ? [row.command_uuid] : [])];
          const copyOf = (text: string) => names.reduce((copied, name) => copied.replaceAll(name, copyId(name, n)), text);
          insert.run(
            Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === 'string' ? copyOf(value) : value])),
          );
        }
      }
    }
  });
  copyAll.immediate();
}
