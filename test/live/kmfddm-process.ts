import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fetch } from '../../src/runtime.ts';
import { KMFDDM_KEY, type RunningKmfddm } from '../hosts/contract-upstream.ts';
import { startServer } from './server-process.ts';

/** Executables of KMFDDM, separated by commas. */
export const KMFDDMS = (process.env.RATCHET_LIVE_KMFDDM ?? '').split(',').filter((path) => path !== '');

/** Where a KMFDDM's notifier has devices sync: a server's enqueue API and its key. */
export interface Notified {
  enqueueUrl: string;
  key: string;
}

/** A KMFDDM of its own on loopback, with the storage it has by default. */
export async function startKmfddm(
  executable: string,
  notified: Notified = { enqueueUrl: 'http://127.0.0.1:9/v1/enqueue/', key: 'none' },
  apiKey = KMFDDM_KEY,
): Promise<RunningKmfddm> {
  const folder = await mkdtemp(join(tmpdir(), 'ratchet-kmfddm-'));
  try {
    const { url, stop } = await startServer(executable, folder, (address) => {
      const options = { listen: address, api: apiKey, enqueue: notified.enqueueUrl, 'enqueue-key': notified.key };
      const storage = { storage: 'filekv', 'storage-dsn': join(folder, 'dbkv') };
      return Object.entries({ ...options, ...storage }).flatMap(([name, value]) => [`-${name}`, value]);
    });
    return {
      url: `${url}/`,
      fetch: fetch as unknown as Fetch,
      async stop() {
        await stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
