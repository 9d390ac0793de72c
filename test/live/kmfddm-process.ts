import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from './server-process.ts';

export interface KmfddmSettings {
  apiKey: string;
  /** NanoMDM's …/v1/enqueue/ or MicroMDM's …/v1/commands/. */
  enqueueUrl: string;
  enqueueKey: string;
  isMicroMdm?: boolean;
}

export interface RunningKmfddm {
  /** Without a slash at the end. */
  url: string;
  stop(): Promise<void>;
}

/** A KMFDDM of its own on loopback with its usual storage, in a folder that goes with it. Throws with its log when it doesn't start. */
export async function startKmfddm(executable: string, settings: KmfddmSettings): Promise<RunningKmfddm> {
  const folder = await mkdtemp(join(tmpdir(), 'ratchet-kmfddm-'));
  try {
    const { url, stop } = await startServer(executable, folder, (address) => [
      ...['-listen', address, '-api', settings.apiKey, '-storage', 'filekv', '-storage-dsn', join(folder, 'db')],
      ...['-enqueue', settings.enqueueUrl, '-enqueue-key', settings.enqueueKey],
      ...(settings.isMicroMdm ? ['-micromdm'] : []),
    ]);
    return {
      url,
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
