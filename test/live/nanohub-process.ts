import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostSettings, RunningHost } from '../hosts/bench.ts';
import { deviceCertificates } from './nanomdm-process.ts';
import { startServer } from './server-process.ts';

/** A NanoHUB of its own on loopback with its usual storage, as `startNanoMdm` starts a NanoMDM. Throws with its log when it doesn't start. */
export async function startNanoHub(
  executable: string,
  { apiKey, webhookUrl, webhookHmacKey }: Pick<HostSettings, 'apiKey' | 'webhookUrl' | 'webhookHmacKey'>,
): Promise<RunningHost> {
  const folder = await mkdtemp(join(tmpdir(), 'ratchet-nanohub-'));
  try {
    const certificate = await deviceCertificates(folder);
    const { url, stop } = await startServer(executable, folder, (address) => [
      ...['-listen', address, '-api-key', apiKey, '-storage', 'file', '-storage-dsn', join(folder, 'db')],
      ...['-ca', join(folder, 'ca.pem'), '-cert-header', 'X-Client-Cert'],
      ...['-webhook-url', webhookUrl, ...(webhookHmacKey === '' ? [] : ['-webhook-hmac-key', webhookHmacKey])],
    ]);
    return {
      url,
      certificate,
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
