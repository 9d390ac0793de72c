import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createRatchet, type Ratchet } from '../../src/app.ts';
import type { DataSeen } from '../../src/cli/doctor/doctor.types.ts';
import { runProgram } from '../../src/cli/program.ts';
import { loadConfiguration } from '../../src/config/load-configuration.ts';
import type { Settings } from '../../src/config/settings.types.ts';
import { settingsInForce } from '../../src/config/settings-in-force.ts';
import { createDoctorPorts } from '../../src/doctor-ports.ts';
import type { SystemAnswer } from '../../src/engine/system-answers.ts';
import { createGdmfFileFeed } from '../../src/feeds/gdmf/file.ts';
import type { HostName } from '../../src/hosts/capabilities.ts';
import { createHttpUpstream } from '../../src/hosts/ddm-upstream/http-upstream.ts';
import { createKmfddmChannel } from '../../src/hosts/kmfddm-api/client.ts';
import { createMicroMdmHost } from '../../src/hosts/micromdm/client.ts';
import { microMdmWire } from '../../src/hosts/micromdm/wire.ts';
import { createNanoMdmHost } from '../../src/hosts/nanomdm/client.ts';
import { nanoMdmWire } from '../../src/hosts/nanomdm/wire.ts';
import { silentLogger } from '../../src/logger.ts';
import { createSystemClock } from '../../src/runtime/clock.ts';
import { createSystemFetch } from '../../src/runtime/fetch.ts';
import { createSystemIds } from '../../src/runtime/ids.ts';
import { listen } from '../../src/runtime/listen.ts';
import { parsePlist } from '../../src/runtime/parse-plist.ts';
import { createSystemRandom } from '../../src/runtime/random.ts';
import type { Fetch } from '../../src/runtime.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { lookupAnswer } from '../e2e/releases.ts';
import type { HostSettings, RunningHost } from '../hosts/bench.ts';
import type { RunningKmfddm } from '../hosts/contract-upstream.ts';
import { identityOf } from '../hosts/identity.ts';
import { createScriptedDevice, type ScriptedDevice } from '../hosts/scripted-device.ts';

/** An MDM server, real or simulated, a Ratchet beside it in this process, and `ratchet doctor` over both; sockets are real. */

export const KEYS = {
  enqueue: 'key of the MDM server',
  webhook: 'key of the webhook ....',
  dm: 'key of -dm requests ....',
  dmAnswers: 'key of -dm answers ....',
  api: 'password of the API ....',
  kmfddm: 'key of KMFDDM ....',
};
const MODEL = 'iPad14,3';
const LOOKS = 500;

export interface DoctorBench {
  server: RunningHost;
  device: ScriptedDevice;
  /** The running Ratchet's own word. */
  system(): Promise<SystemAnswer>;
  /** Looks until the running Ratchet saw something of this link. */
  sees(link: string, what?: 'answersAt' | 'declarativeAt'): Promise<void>;
  /** Asks at the listener of -dm, as a server that is wired wrongly. */
  strayDm(): Promise<void>;
  /** Puts a declaration named as ours are where they are kept, and the device fetches it as told there. */
  deviceSynchronizes(): Promise<void>;
  /** What doctor prints with these settings, and what it ends with; addresses by name, times as "just now". */
  doctor(flags?: readonly string[], env?: Record<string, string>): Promise<{ code: number; text: string }>;
  stopServer(): Promise<void>;
  stopKmfddm(): Promise<void>;
  stopRatchet(): Promise<void>;
  close(): Promise<void>;
}

export interface DoctorBenchOptions {
  host?: HostName;
  startHost(settings: HostSettings): Promise<RunningHost>;
  /** Our declarations are kept there; its API has this key. With a slash at the end of its URL. */
  startKmfddm?(key: string): Promise<RunningKmfddm>;
  /** The server is told otherwise than Ratchet expects; given where Ratchet's listeners are. */
  server?(right: HostSettings, ratchetsDmUrl: string): Partial<HostSettings>;
  /** Lines of ratchet.yaml. */
  policies?: string;
  /** Flags of serve and doctor alike. */
  flags?: readonly string[];
}

const SILENT = 'policies:\n  - {name: everyone, target: latest, due: {days: 7, at: "18:00"}}\nmode: silent\ntimeZone: Europe/Berlin\n';
const BASIC = { user: 'mdm', webhook: 'webhook-password', dm: 'dm-password.....' };
const withUser = (url: string, password: string) => url.replace('//', `//${BASIC.user}:${password}@`);

export async function createDoctorBench(options: DoctorBenchOptions): Promise<DoctorBench> {
  const { host = 'nanomdm' } = options;
  const isNano = host !== 'micromdm';
  const isHub = host === 'nanohub';
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-doctor-'));
  writeFileSync(join(folder, 'ratchet.yaml'), options.policies ?? SILENT);
  writeFileSync(join(folder, 'pmv.json'), JSON.stringify(lookupAnswer([{ version: '26.1', build: '23B85', devices: [MODEL] }])));
  const fetch = createSystemFetch();
  const clock = createSystemClock();

  // The listeners come before the app, as the server has to know where they are.
  let ratchet: Ratchet | undefined;
  const gone = () => new Response(null, { status: 503 });
  const main = await listen({ host: '127.0.0.1', port: 0 }, (request, address) => ratchet?.fetch(request, address) ?? gone());
  const ddm = await listen({ host: '127.0.0.1', port: 0 }, (request) => ratchet?.fetchDdm(request) ?? gone());
  const url = `http://127.0.0.1:${portOf(main)}`;
  const ddmUrl = `http://127.0.0.1:${portOf(ddm)}/ddm/`;

  const kmfddm = await options.startKmfddm?.(KEYS.kmfddm);
  const isKept = isHub || kmfddm !== undefined;
  const right: HostSettings = {
    apiKey: KEYS.enqueue,
    webhookUrl: isNano ? `${url}/webhook` : withUser(`${url}/webhook`, BASIC.webhook),
    webhookHmacKey: KEYS.webhook,
    dmUrl: kmfddm?.url ?? (isNano ? ddmUrl : withUser(ddmUrl, BASIC.dm)),
    dmSendHmacKey: isKept ? '' : KEYS.dm,
    dmRecvHmacKey: isKept ? '' : KEYS.dmAnswers,
  };
  const server = await options.startHost({ ...right, ...options.server?.(right, ddmUrl) });
  const base = `${server.url}${isHub ? '/api/v1/nanomdm/' : '/v1/'}`;
  const enqueueUrl = `${base}${isNano ? 'enqueue' : 'commands'}/`;

  const flags = [
    ...['--data', join(folder, 'data'), '--listen', `127.0.0.1:${portOf(main)}`, '--listen-ddm', `127.0.0.1:${portOf(ddm)}`],
    ...['--host', host, '--enqueue-url', enqueueUrl, '--releases', join(folder, 'pmv.json')],
    ...(kmfddm === undefined ? [] : ['--kmfddm-url', `${kmfddm.url}v1/`]),
    ...(options.flags ?? []),
  ];
  const env: Record<string, string> = {
    RATCHET_ENQUEUE_KEY: KEYS.enqueue,
    RATCHET_API: KEYS.api,
    ...(kmfddm === undefined ? {} : { RATCHET_KMFDDM_KEY: KEYS.kmfddm }),
    ...(isNano
      ? { RATCHET_WEBHOOK_HMAC_KEY: KEYS.webhook }
      : { RATCHET_WEBHOOK_USER: BASIC.user, RATCHET_WEBHOOK_PASSWORD: BASIC.webhook }),
    ...(isKept
      ? {}
      : isNano
        ? { RATCHET_DM_HMAC_KEY: KEYS.dm, RATCHET_DM_RESPONSE_HMAC_KEY: KEYS.dmAnswers }
        : { RATCHET_DM_USER: BASIC.user, RATCHET_DM_PASSWORD: BASIC.dm }),
  };
  const { settings, policySet, ...configuration } = await configurationOf(flags, env, folder);
  if (policySet === undefined) throw new Error(JSON.stringify(configuration.fileProblems));
  const store = openSqliteStore({ file: ':memory:', clock });
  const feed = createGdmfFileFeed(join(folder, 'pmv.json'), clock);
  const adapter = { fetch, pushUrl: `${base}push/`, key: KEYS.enqueue };
  ratchet = await createRatchet(
    {
      ...{ clock, ids: createSystemIds(), random: createSystemRandom(), fetch, store, feed, log: silentLogger },
      decodePlist: async (bytes) => parsePlist(bytes),
      ...(isNano
        ? { host: createNanoMdmHost({ ...adapter, enqueueUrl, ...(isHub ? { server: 'nanohub' as const } : {}) }), wire: nanoMdmWire }
        : { host: createMicroMdmHost({ ...adapter, commandsUrl: enqueueUrl }), wire: microMdmWire }),
      channel: channelOf(settings, fetch),
    },
    {
      ...{ version: '1.2.3', policies: policySet, policiesBy: 'ratchet.yaml', adopt: false, hostIdentity: `${host} ${enqueueUrl}` },
      settingsInForce: settingsInForce({ settings, ...configuration }),
      webhook: isNano
        ? { hmacKeys: [KEYS.webhook], basic: undefined }
        : { hmacKeys: [], basic: { user: BASIC.user, password: BASIC.webhook } },
      ddm: isKept
        ? { basePath: '/ddm/', requestKeys: [], responseKey: undefined }
        : isNano
          ? { basePath: '/ddm/', requestKeys: [KEYS.dm], responseKey: KEYS.dmAnswers }
          : { basePath: '/ddm/', requestKeys: [], responseKey: undefined, basic: { user: BASIC.user, password: BASIC.dm } },
      api: { password: KEYS.api, open: false },
      ...{ pushRate: 1_000, releasesEveryMs: 60_000, sweepEveryMs: 60_000 },
    },
  );
  await ratchet.start();
  // The list is read beside the start.
  while (ratchet.standing.catalogue === undefined) await clock.turn();
  const names = {
    [url.slice('http://'.length)]: 'ratchet:9006',
    [`127.0.0.1:${portOf(ddm)}`]: 'ratchet:9007',
    [server.url.slice(7)]: 'mdm:9000',
    ...(kmfddm === undefined ? {} : { [new URL(kmfddm.url).host]: 'kmfddm:9002' }),
  };

  const udid = '00008112-000A51E23C01401E';
  const hardware = { ProductName: MODEL, OSVersion: '26.0', BuildVersion: '23A341', SerialNumber: 'LAB1' };
  const bench: DoctorBench = {
    server,
    device: createScriptedDevice({ udid, hardware, ...(await identityOf(server, udid)) }),
    async system() {
      const headers = { authorization: `Basic ${btoa(`ratchet:${KEYS.api}`)}` };
      return (await (await globalThis.fetch(`${url}/api/v1/system`, { headers })).json()) as SystemAnswer;
    },
    async sees(link, what) {
      for (let looks = 0; looks < LOOKS; looks++) {
        const seen = (await bench.system()).links.find(({ name }) => name === link);
        if (what === undefined ? (seen?.okAt ?? seen?.failedAt ?? seen?.refused) : seen?.[what]) return;
        await pause(5);
      }
      throw new Error(`Ratchet saw nothing of ${link}`);
    },
    async strayDm() {
      await globalThis.fetch(`${ddmUrl}tokens`, { headers: { 'X-Enrollment-ID': udid } });
    },
    async deviceSynchronizes() {
      const declaration = {
        Type: 'com.apple.configuration.management.test',
        Identifier: 'ratchet.subscriptions.lab',
        ServerToken: '1',
        Payload: { Echo: '1' },
      };
      const kept = await channelOf(settings, fetch)?.place(udid, [{ name: declaration.Identifier, declarations: [declaration] }]);
      if (kept?.kind !== 'done') throw new Error(`not kept: ${JSON.stringify(kept)}`);
      await bench.device.synchronize();
    },
    async doctor(more = [], moreEnv = {}) {
      let text = '';
      const write = (part: string) => {
        text += part;
      };
      const code = await runProgram(['doctor', ...flags, ...more.map((flag) => given(flag, names))], {
        ...{ env: { ...env, ...moreEnv }, cwd: folder, version: '1.2.3', now: clock.now, fetch, readFile, stdout: write, stderr: write },
        stdin: async () => new Uint8Array(),
        serve: async () => 0,
        doctor: {
          ...createDoctorPorts(fetch, clock, {
            upstreamOf: ({ dmUpstreamUrl: upstream = '', dmUpstreamResponseHmacKey: receiveKey }) =>
              createHttpUpstream({ fetch, url: upstream, ...(receiveKey === undefined ? {} : { receiveKey }) }),
            feedOf: ({ releases }) => (releases.kind === 'file' ? createGdmfFileFeed(releases.path, clock) : undefined),
            sofaOf: () => [],
          }),
          inspectData: async () => DATA,
        },
      });
      return { code, text: named(text, names, folder) };
    },
    stopServer: () => server.stop(),
    stopKmfddm: async () => kmfddm?.stop(),
    async stopRatchet() {
      for (const listener of [main, ddm]) await closed(listener);
    },
    async close() {
      await ratchet?.stop();
      await store.close();
      clock.clear();
      if (main.listening) await bench.stopRatchet();
      await server.stop().catch(() => undefined);
      await kmfddm?.stop().catch(() => undefined);
      rmSync(folder, { recursive: true });
    },
  };
  return bench;
}

/** The store is in memory here: what is looked at in a real folder has its own test. */
const DATA: DataSeen = {
  ...{ isThere: true, isWritable: true, freeBytes: 81e9, lock: { holder: { pid: 4711, hostname: 'here' } } },
  database: { kind: 'whole', facts: { devices: 1, dmReached: false, releases: {} } },
};

async function configurationOf(flags: readonly string[], env: Record<string, string>, cwd: string) {
  const given: Record<string, string> = {};
  for (let at = 0; at < flags.length; at += 2) {
    const name = (flags[at] ?? '').slice(2).replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    given[name] = flags[at + 1] ?? '';
  }
  return loadConfiguration({ flags: given, env, cwd }, Date.now());
}

function named(text: string, names: Record<string, string>, folder: string): string {
  let shown = text
    .replaceAll(folder, '/site')
    .replaceAll(/\d+ (s|min) ago/g, 'just now')
    .replaceAll(/\d+ refused/g, 'some refused');
  // What a closed port looks like depends on who had a connection open.
  shown = shown.replaceAll(/\((connect ECONNREFUSED|other side closed|read ECONNRESET)[^)]*\)/g, '(refused)');
  for (const [address, name] of Object.entries(names)) shown = shown.replaceAll(address, name);
  return shown;
}

/** A name in a flag of doctor, as its address. */
function given(flag: string, names: Record<string, string>): string {
  return Object.entries(names).reduce((text, [address, name]) => text.replace(name, address), flag);
}

function channelOf({ host, kmfddmUrl: url, kmfddmKey: key = '' }: Settings, fetch: Fetch) {
  return url === undefined ? undefined : createKmfddmChannel({ fetch, url, key, user: host === 'nanohub' ? 'nanohub' : 'kmfddm' });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
