import { type ChildProcess, spawn } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Starts may lose their port to somebody else between choosing and taking it. */
const startsMax = 3;
/** A start takes some 50 ms; the rest is for a busy machine. */
const answersWaitedFor = 200;

export interface ServerProcess {
  url: string;
  stop(): Promise<void>;
}

/**
 * Starts an MDM server on a free loopback port and waits until it answers /version. Throws with its log when it
 * doesn't. It gets nothing of our environment: its own variables and proxies would change what is tested.
 */
export async function startServer(executable: string, folder: string, argumentsFor: (address: string) => string[]): Promise<ServerProcess> {
  for (let start = 1; ; start++) {
    const started = await tryStart(executable, folder, argumentsFor);
    if ('url' in started) return started;
    if (start === startsMax) throw new Error(`${executable} did not start:\n${started.log}`);
  }
}

async function tryStart(
  executable: string,
  folder: string,
  argumentsFor: (address: string) => string[],
): Promise<ServerProcess | { log: string }> {
  const address = `127.0.0.1:${await freePort()}`;
  const server: ChildProcess = spawn(executable, argumentsFor(address), { cwd: folder, env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream?.on('data', (text) => {
      log += text;
    });
  }
  const ended = new Promise<void>((resolve) => {
    server.once('exit', () => resolve());
    server.once('error', (error) => {
      log += error.message;
      resolve();
    });
  });
  const stop = async () => {
    server.kill('SIGKILL');
    await ended;
  };
  const url = `http://${address}`;
  if (await Promise.race([answers(url), ended.then(() => false)])) return { url, stop };
  await stop();
  return { log };
}

async function answers(url: string): Promise<boolean> {
  for (let waited = 0; waited < answersWaitedFor; waited++) {
    try {
      if ((await fetch(`${url}/version`)).ok) return true;
    } catch {
      await pause(50);
    }
  }
  return false;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
