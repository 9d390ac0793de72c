import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The real program, as an operator starts it: `ratchet serve` and the verbs, each a process of its own. */

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const repository = fileURLToPath(new URL('../../', import.meta.url));
const tsx = import.meta.resolve('tsx');
/** What `npm test` compiles before (scripts/compile-for-tests.mjs), where it did: tests start the program a hundred times. */
const compiledBefore = process.env.RATCHET_TEST_PROGRAM;
/** A start from the sources takes about two seconds, most of it TypeScript; the rest is for a busy machine. */
const READY_WITHIN_MS = 60_000;

export const KEYS = {
  enqueue: 'enqueue-key',
  webhook: 'webhook-key',
  dmRequest: 'dm-request-key',
  dmResponse: 'dm-response-key',
  api: 'api-password',
};

/** A folder with ratchet.yaml and the data of one Ratchet. */
export interface Site {
  folder: string;
  data: string;
  url: string;
  ddmUrl: string;
  /** Runs a verb with the API's password; --server is given where it takes it. */
  run(...args: string[]): Promise<Ended>;
  /** Starts `serve` and waits until it serves, or has ended. */
  serve(options?: ServeOptions): Promise<Serving>;
  /** The same without waiting: for whoever wants to see it die while it starts. */
  start(options?: ServeOptions): Serving & { ready: Promise<boolean> };
  dispose(): void;
}

export interface ServeOptions {
  flags?: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Modules loaded before the program. */
  preload?: readonly string[];
  /** Put before the command: a shell that sets a limit, a tracer. */
  wrapper?: readonly string[];
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Serving {
  pid: number;
  /** Log lines so far. */
  log(): string;
  kill(signal: NodeJS.Signals): void;
  ended: Promise<Ended>;
}

export interface SiteOptions {
  /** Content of ratchet.yaml. */
  yaml?: string;
  /** Content of pmv.json beside it. */
  releases?: unknown;
  enqueueUrl?: string;
  /** Compiled main.js, which starts in a quarter of the time; default what was compiled before, or the sources. */
  program?: string;
}

const OBSERVE = 'policies:\n  - { name: everyone, target: latest, due: { days: 7, at: "18:00" } }\n';

export async function createSite({ yaml = OBSERVE, releases, enqueueUrl, program = compiledBefore }: SiteOptions = {}): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-site-'));
  const data = join(folder, 'data');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'ratchet.yaml'), yaml);
  if (releases !== undefined) writeFileSync(join(folder, 'pmv.json'), JSON.stringify(releases));
  const [port, ddmPort, nobody] = await freePorts(3);
  const serveFlags = [
    ['--data', data],
    ['--listen', `127.0.0.1:${port}`],
    ['--listen-ddm', `127.0.0.1:${ddmPort}`],
    ['--enqueue-url', enqueueUrl ?? `http://127.0.0.1:${nobody}/v1/enqueue/`],
    ['--log-format', 'json'],
    ['--releases', releases === undefined ? 'off' : join(folder, 'pmv.json')],
  ].flat();
  // Nothing of the environment this runs in: RATCHET_* and proxies would change what is tested.
  const env = {
    PATH: process.env.PATH ?? '',
    USER: 'operator',
    RATCHET_ENQUEUE_KEY: KEYS.enqueue,
    RATCHET_WEBHOOK_HMAC_KEY: KEYS.webhook,
    RATCHET_DM_HMAC_KEY: KEYS.dmRequest,
    RATCHET_DM_RESPONSE_HMAC_KEY: KEYS.dmResponse,
    RATCHET_API: KEYS.api,
  };

  function start(args: readonly string[], { preload = [], wrapper = [], env: more = {} }: ServeOptions): ChildProcess {
    const imports = [...(program === undefined ? [tsx] : []), ...preload].flatMap((module) => ['--import', module]);
    const [command, ...rest] = [...wrapper, process.execPath, ...imports, program ?? main, ...args] as [string, ...string[]];
    return spawn(command, rest, { cwd: folder, env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  function startServe(options: ServeOptions = {}): ReturnType<Site['start']> {
    const child = start(['serve', ...serveFlags, ...(options.flags ?? [])], options);
    const { ended, output } = watch(child);
    const ready = new Promise<boolean>((resolve) => {
      child.stderr?.on('data', () => {
        if (output.stderr.includes('ratchet serves')) resolve(true);
      });
      const notAnyMore = () => resolve(false);
      ended.then(notAnyMore, notAnyMore);
    });
    return { pid: child.pid ?? 0, log: () => output.stderr, kill: (signal) => void child.kill(signal), ended, ready };
  }

  return {
    folder,
    data,
    start: startServe,
    url: `http://127.0.0.1:${port}`,
    ddmUrl: `http://127.0.0.1:${ddmPort}/ddm/`,
    run: (...args) => watch(start(args, { env: { RATCHET_SERVER: `http://127.0.0.1:${port}` } })).ended,
    async serve(options) {
      const serving = startServe(options);
      // Called off once it is ready: a slow machine may need it for longer than that.
      const waiting = new AbortController();
      const overtime = pause(READY_WITHIN_MS, 'overtime', { ref: false, signal: waiting.signal }).catch(() => 'called off');
      const first = await Promise.race([serving.ready, overtime]);
      waiting.abort();
      if (first === 'overtime') {
        serving.kill('SIGKILL');
        throw new Error(`ratchet serve did not get ready:\n${serving.log()}`);
      }
      return serving;
    },
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function watch(child: ChildProcess): { ended: Promise<Ended>; output: { stdout: string; stderr: string } } {
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...output }));
  });
  return { ended, output };
}

/** Ports that nobody has at this moment. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  return ports;
}

/** The API of a serving Ratchet. */
export async function api<T>(url: string, path: string): Promise<T> {
  const authorization = `Basic ${Buffer.from(`ratchet:${KEYS.api}`).toString('base64')}`;
  const answer = await fetch(`${url}/api/v1/${path}`, { headers: { authorization } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

export { repository };
