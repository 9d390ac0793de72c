import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostSettings, RunningHost } from '../hosts/bench.ts';
import { signCms } from './cms.ts';
import { enrollByScep } from './scep.ts';
import { startServer } from './server-process.ts';

/** What MicroMDM asks for unless told otherwise. */
const CHALLENGE = 'micromdm';

/**
 * A MicroMDM of its own on loopback, without a push certificate; its devices enroll over its SCEP and sign what they
 * send. `stop` ends the process and removes its folder. Throws with the server's log when it doesn't start.
 */
export async function startMicroMdm(executable: string, { apiKey, webhookUrl, dmUrl }: HostSettings): Promise<RunningHost> {
  const folder = await mkdtemp(join(tmpdir(), 'ratchet-micromdm-'));
  try {
    await mkdir(join(folder, 'files'));
    const { url, stop } = await startServer(executable, folder, (address) => [
      'serve',
      '-server-url=https://127.0.0.1',
      '-tls=false',
      `-http-addr=${address}`,
      `-api-key=${apiKey}`,
      `-config-path=${join(folder, 'config')}`,
      `-filerepo=${join(folder, 'files')}`,
      `-command-webhook-url=${webhookUrl}`,
      `-dm=${dmUrl}`,
      '-no-command-history',
    ]);
    const signers = new Map<string, Promise<(body: string) => string>>();
    // Two requests at once would race for the server's next serial number.
    let last: Promise<unknown> = Promise.resolve();
    return {
      url,
      signer(name) {
        const signer = signers.get(name) ?? last.then(() => makeSigner(`${url}/scep`, join(folder, `device-${signers.size}`), name));
        last = signer.catch(() => undefined);
        signers.set(name, signer);
        return signer;
      },
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

async function makeSigner(scepUrl: string, folder: string, name: string): Promise<(body: string) => string> {
  const signer = await enrollByScep(scepUrl, folder, name, CHALLENGE);
  return (body) => signCms(Buffer.from(body), signer, { isDetached: true }).toString('base64');
}
