#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { buffer } from 'node:stream/consumers';
import { createRatchet, type Ports, type Ratchet } from './app.ts';
import { backUp, restore } from './backup.ts';
import { runProgram } from './cli/program.ts';
import type { ServeConfiguration } from './cli/world.ts';
import { ListenError, type Listener, listenProblem } from './config/listen-problem.ts';
import { formatProblem } from './config/problem.ts';
import { readCertificates } from './config/read-certificates.ts';
import { readPolicyFile } from './config/read-policy-file.ts';
import { formatListen } from './config/setting-values.ts';
import type { ListenAddress, Settings } from './config/settings.types.ts';
import { settingsInForce } from './config/settings-in-force.ts';
import { createDoctorPorts } from './doctor-ports.ts';
import { SpoolKeyError } from './engine/forward/spool.ts';
import { WrongHostError } from './engine/operate/claim-store.ts';
import { shortHash } from './engine/reconcile/reconcile-one.ts';
import type { ReleaseFeed } from './feeds/feed.ts';
import { APPLE_ROOT_CA } from './feeds/gdmf/apple-root-ca.ts';
import { createGdmfFileFeed } from './feeds/gdmf/file.ts';
import { createGdmfHttpFeed } from './feeds/gdmf/http.ts';
import { openGdmfFeed } from './feeds/gdmf/open-feed.ts';
import { SOFA_READS_PER_DAY_MAX, type SofaFeed, sofaFeeds } from './feeds/sofa.ts';
import { APPLE_DEVICE_CA } from './gate/cms/chain.ts';
import { createVerifyCms } from './gate/cms/verify-cms.ts';
import { createHttpEnrollServer } from './gate/http/http-enroll-server.ts';
import { createHttpUpstream } from './hosts/ddm-upstream/http-upstream.ts';
import type { DdmUpstream } from './hosts/ddm-upstream.ts';
import type { DeclarationChannel } from './hosts/declaration-channel.ts';
import { createKmfddmChannel } from './hosts/kmfddm-api/client.ts';
import { createMicroMdmHost } from './hosts/micromdm/client.ts';
import { microMdmWire } from './hosts/micromdm/wire.ts';
import { createNanoMdmHost } from './hosts/nanomdm/client.ts';
import { nanoMdmWire } from './hosts/nanomdm/wire.ts';
import { openNanoMdmDatabase } from './hosts/nanomdm-database/open.ts';
import { ERROR } from './log-keys.ts';
import { openLedger, openReadOnly, readFleet } from './read-only.ts';
import { createSystemClock } from './runtime/clock.ts';
import { lockDataFolder } from './runtime/data-lock.ts';
import { createPlistDecoder } from './runtime/decode-plist.ts';
import { endUnread } from './runtime/end-unread.ts';
import { createSystemFetch } from './runtime/fetch.ts';
import { createSystemIds } from './runtime/ids.ts';
import { listen } from './runtime/listen.ts';
import { createLogger, type SystemLogger } from './runtime/logger.ts';
import { parsePlist } from './runtime/parse-plist.ts';
import { createPinnedFetch } from './runtime/pinned-fetch.ts';
import { meterProcess } from './runtime/process-metrics.ts';
import { createSystemRandom } from './runtime/random.ts';
import { createSeal } from './runtime/seal.ts';
import type { Clock, Fetch } from './runtime.ts';
import { openSqliteStore } from './store/sqlite/store.ts';
import { StoreError } from './store/store.ts';

/** How long requests under way may take when told to stop. Up here, because the program runs while this module is still being evaluated. */
const STOP_GRACE_MS = 10_000;
const CLOSE_IDLE_EVERY_MS = 50;

const { version } = JSON.parse(readPackage()) as { version: string };

const fetch = createSystemFetch();
const clock = createSystemClock();

// What was written up to here is all that was wanted.
endUnread(process.stdout, () => process.exit(0));

process.exitCode = await runProgram(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  version,
  now: () => Date.now(),
  fetch,
  readFile,
  writeFile: (path, text) => writeFile(path, text),
  isTerminal: process.stderr.isTTY === true,
  hasColours: process.stdout.isTTY === true && !process.env.NO_COLOR,
  stdin: () => buffer(process.stdin),
  ask,
  sleep: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  serve,
  openReadOnly,
  readFleet,
  openRecords,
  openLedger,
  backUp: (data, file) => backUp(data, file, version, Date.now()),
  restore: (data, file) => restore(data, file, version, Date.now()),
  doctor: createDoctorPorts(fetch, clock, {
    upstreamOf: (settings) => upstreamOf(settings, fetch),
    feedOf: (settings) => feedOf(settings, fetch, clock),
    sofaOf: (settings) => sofaOf(settings, fetch, clock),
  }),
});

async function ask(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}

/** Its drivers are loaded when it is called. */
function openRecords(dsn: string) {
  return openNanoMdmDatabase(dsn, { decodePlist: async (bytes) => parsePlist(bytes), now: Date.now });
}

/** Runs until SIGTERM or SIGINT. Resolves to the exit code: 2 when it could not start. */
async function serve(configuration: ServeConfiguration): Promise<number> {
  const { settings, policySet, alerts, forward, fileName, fileSha256 } = configuration;
  const log = await createLogger({ format: settings.logFormat, level: settings.logLevel, destination: 2 });
  const lock = lockDataFolder(settings.data);
  if (!lock.ok) return refuse(log, lock.message);
  const clock = createSystemClock();
  const fetch = createSystemFetch();
  const decodePlist = createPlistDecoder();
  let stopping: (() => void) | undefined;
  const told = new Promise<void>((resolve) => {
    stopping = resolve;
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping?.());
  // Before it serves there is nothing to load anew: the start reads the file.
  let hangUp: (() => void) | undefined;
  const onHangUp = (): void => hangUp?.();
  process.on('SIGHUP', onHangUp);
  let store: ReturnType<typeof openSqliteStore> | undefined;
  const servers: Server[] = [];
  try {
    store = openSqliteStore({ file: join(settings.data, 'ratchet.db'), clock });
    const ratchet = await createRatchet(
      {
        clock,
        ids: createSystemIds(),
        random: createSystemRandom(),
        fetch,
        decodePlist: decodePlist.decodePlist,
        store,
        ...hostOf(settings, fetch),
        upstream: upstreamOf(settings, fetch),
        gate: gateOf(settings),
        channel: channelOf(settings, fetch),
        feed: feedOf(settings, fetch, clock),
        sofa: sofaOf(settings, fetch, clock),
        log,
        seal: settings.forwardSpoolKey && createSeal(settings.forwardSpoolKey),
        meterProcess,
      },
      {
        version,
        settingsInForce: settingsInForce(configuration),
        policies: policySet,
        policiesBy: fileName,
        ...(fileSha256 === undefined ? {} : { policiesSha256: fileSha256 }),
        ...(alerts === undefined ? {} : { alerts }),
        ...(forward === undefined ? {} : { forward }),
        ...(settings.acceptPlan === undefined ? {} : { acceptPlan: settings.acceptPlan }),
        hostIdentity: `${settings.host} ${settings.enqueueUrl}`,
        adopt: settings.adopt,
        webhook: {
          hmacKeys: present(settings.webhookHmacKey, settings.webhookHmacKeyOld),
          basic: basicOf(settings.webhookUser, settings.webhookPassword),
        },
        ddm: {
          basePath: settings.dmBasePath,
          requestKeys: present(settings.dmHmacKey, settings.dmHmacKeyOld),
          basic: basicOf(settings.dmUser, settings.dmPassword),
          responseKey: settings.dmResponseHmacKey,
        },
        api: { password: settings.api, open: false, trustProxy: settings.trustProxy },
        ...(settings.publicUrl === undefined ? {} : { publicUrl: settings.publicUrl }),
        gate: { isStrict: settings.gateStrict, timesMax: settings.gateTimes, periodMs: settings.gatePeriod },
        pushRate: settings.pushRate,
        sofaEveryMs: settings.sofa.kind === 'folder' ? 600_000 : 8 * 3_600_000,
        sweepEveryMs: 60_000,
        releasesEveryMs: settings.releases.kind === 'file' ? 60_000 : 86_400_000,
      },
    );
    // The host sends each webhook once: listen first, so that nothing said while the rest starts is lost.
    servers.push(await listenAt('listen', settings.listen, (request, address) => ratchet.fetch(request, address)));
    servers.push(await listenAt('listenDdm', settings.listenDdm, (request) => ratchet.fetchDdm(request)));
    const { listenPublic } = settings;
    if (listenPublic !== undefined) servers.push(await listenAt('listenPublic', listenPublic, (request) => ratchet.fetchPublic(request)));
    await ratchet.start();
    hangUp = () => void loadAgain(ratchet, settings.config, fileName, log);
    log.info(
      {
        version: `v${version}`,
        addr: listensOn(settings.listen, servers[0]),
        addr_ddm: listensOn(settings.listenDdm, servers[1]),
        ...(listenPublic === undefined ? {} : { addr_public: listensOn(listenPublic, servers[2]) }),
        policies: ratchet.standing.policies.policies.length,
        mode: ratchet.standing.policies.mode,
      },
      'ratchet serves',
    );
    await told;
    hangUp = undefined;
    await stop(ratchet, servers, log);
    return 0;
  } catch (error) {
    if (error instanceof WrongHostError || error instanceof SpoolKeyError || error instanceof StoreError || error instanceof ListenError)
      return refuse(log, error.message);
    throw error;
  } finally {
    process.off('SIGHUP', onHangUp);
    for (const server of servers) {
      // One that listens keeps the process.
      server.close();
      server.closeAllConnections();
    }
    await store?.close().catch(() => undefined);
    clock.clear();
    await decodePlist.close();
    lock.release();
    await log.close();
  }
}

/** SIGHUP: the policies of the file as it is now. Its other settings count from the next start. Never rejects. */
async function loadAgain({ operatePolicies, now }: Ratchet, path: string, file: string, log: SystemLogger): Promise<void> {
  try {
    const { policySet: policies, sha256, problems } = readPolicyFile(path, file, now());
    if (policies === undefined) await operatePolicies.refuse(file, problems.map(formatProblem));
    else await operatePolicies.load({ policies, hash: shortHash(policies), file, ...(sha256 === undefined ? {} : { sha256 }) });
  } catch (error) {
    log.error({ [ERROR]: error }, 'the policies could not be loaded; those before stay in force');
  }
}

/** What is under way is finished, nothing new is taken. */
async function stop(ratchet: Ratchet, servers: readonly Server[], log: SystemLogger): Promise<void> {
  log.info({}, 'stopping');
  ratchet.hangUp();
  const closed = Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  // A connection that was busy is kept alive by its client: it is closed between two of its requests.
  const closing = setInterval(() => {
    for (const server of servers) server.closeIdleConnections();
  }, CLOSE_IDLE_EVERY_MS);
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, STOP_GRACE_MS).unref())]);
  clearInterval(closing);
  await ratchet.stop();
  log.info({}, 'stopped');
}

function refuse(log: SystemLogger, message: string): number {
  log.error({ [ERROR]: message }, 'ratchet does not start');
  process.stderr.write(`ratchet does not start: ${message}\n`);
  return 2;
}

/** With the port that was given for 0. */
function listensOn(asked: ListenAddress, server: Server | undefined): string {
  const address = server?.address();
  return formatListen({ ...asked, port: typeof address === 'object' && address ? address.port : asked.port });
}

/** Rejects with a ListenError that names the setting. */
async function listenAt(name: Listener, address: ListenAddress, take: Parameters<typeof listen>[1]): Promise<Server> {
  try {
    return await listen(address, take);
  } catch (error) {
    const problem = listenProblem(name, address, error);
    throw problem === undefined ? error : new ListenError(problem, { cause: error });
  }
}

function hostOf({ host, enqueueUrl = '', pushUrl = '', enqueueKey: key = '' }: Settings, fetch: Fetch): Pick<Ports, 'host' | 'wire'> {
  switch (host) {
    case 'nanomdm':
      return { host: createNanoMdmHost({ fetch, enqueueUrl, pushUrl, key }), wire: nanoMdmWire };
    case 'nanohub':
      return { host: createNanoMdmHost({ fetch, enqueueUrl, pushUrl, key, server: host }), wire: nanoMdmWire };
    case 'micromdm':
      return { host: createMicroMdmHost({ fetch, commandsUrl: enqueueUrl, pushUrl, key }), wire: microMdmWire };
  }
}

function upstreamOf({ dmUpstreamUrl: url, dmUpstreamHmacKey, dmUpstreamResponseHmacKey }: Settings, fetch: Fetch): DdmUpstream | undefined {
  if (url === undefined) return undefined;
  return createHttpUpstream({
    ...{ fetch, url },
    ...(dmUpstreamHmacKey === undefined ? {} : { sendKey: dmUpstreamHmacKey }),
    ...(dmUpstreamResponseHmacKey === undefined ? {} : { receiveKey: dmUpstreamResponseHmacKey }),
  });
}

function gateOf({ gateUrl: url, gateCa }: Settings): Ports['gate'] {
  if (url === undefined) return undefined;
  const others = gateCa === undefined ? undefined : readCertificates(gateCa);
  const roots = others?.ok ? others.pem.split(/(?<=-----END CERTIFICATE-----)\s+/).filter((pem) => pem !== '') : [];
  const believed = [{ root: APPLE_ROOT_CA, issuer: APPLE_DEVICE_CA }, ...roots.map((root) => ({ root }))];
  return { verify: createVerifyCms(believed), server: createHttpEnrollServer({ url }) };
}

function channelOf({ host, kmfddmUrl: url, kmfddmKey: key = '' }: Settings, fetch: Fetch): DeclarationChannel | undefined {
  return url === undefined ? undefined : createKmfddmChannel({ fetch, url, key, user: host === 'nanohub' ? 'nanohub' : 'kmfddm' });
}

function feedOf({ releases, releasesCa }: Settings, fetch: Fetch, clock: Clock): ReleaseFeed | undefined {
  if (releases.kind === 'off') return undefined;
  // Judged before: a file that can't be read now was there a moment ago.
  const ca = releasesCa === undefined ? undefined : readCertificates(releasesCa);
  const source = releases.kind === 'url' && ca?.ok ? { ...releases, ca: ca.pem } : releases;
  return openGdmfFeed({ source, clock, fetch, pinnedFetch: createPinnedFetch, userAgent: `ratchet/${version}` });
}

/** A folder that something else fills is looked into every ten minutes, a server asked as its limits allow. */
function sofaOf({ sofa }: Settings, fetch: Fetch, clock: Clock): SofaFeed[] {
  switch (sofa.kind) {
    case 'off':
      return [];
    case 'folder':
      return sofaFeeds((file) => createGdmfFileFeed(join(sofa.path, file), clock));
    case 'url': {
      const userAgent = `ratchet/${version}`;
      return sofaFeeds((file) =>
        createGdmfHttpFeed({ url: `${sofa.url}${file}`, fetch, clock, userAgent, readsPerDayMax: SOFA_READS_PER_DAY_MAX }),
      );
    }
  }
}

function basicOf(user: string | undefined, password: string | undefined) {
  return user !== undefined && password !== undefined ? { user, password } : undefined;
}

function present(...values: (string | undefined)[]): string[] {
  return values.filter((value): value is string => value !== undefined);
}

/** Beside src/ in a checkout, one further up in the compiled tree. */
function readPackage(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      return readFileSync(new URL(path, import.meta.url), 'utf8');
    } catch {}
  }
  throw new Error('package.json is missing beside the program');
}
