import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { HostSettings, RunningHost } from '../hosts/bench.ts';
import { startServer } from './server-process.ts';

const run = promisify(execFile);

/**
 * A NanoMDM of its own on loopback: memory storage, certificates of a CA that exists for this run only, no push
 * certificate. `stop` ends the process and removes its folder. Throws with the server's log when it doesn't start.
 */
export async function startNanoMdm(executable: string, settings: HostSettings): Promise<RunningHost> {
  const folder = await mkdtemp(join(tmpdir(), 'ratchet-nanomdm-'));
  try {
    await makeCertificateAuthority(folder);
    const { url, stop } = await startServer(executable, folder, (address) => argumentsOf(settings, folder, address));
    const certificates = new Map<string, Promise<string>>();
    return {
      url,
      certificate(name) {
        const certificate = certificates.get(name) ?? makeDeviceCertificate(folder, name, certificates.size + 2);
        certificates.set(name, certificate);
        return certificate;
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

function argumentsOf(settings: HostSettings, folder: string, address: string): string[] {
  // In the order of NanoMDM's documentation; the empty -storage-dsn belongs to -storage.
  const options = {
    listen: address,
    api: settings.apiKey,
    ca: join(folder, 'ca.pem'),
    storage: 'inmem',
    'storage-dsn': '',
    'cert-header': 'X-Client-Cert',
    'webhook-url': settings.webhookUrl,
    'webhook-hmac-key': settings.webhookHmacKey,
    dm: settings.dmUrl,
    'dm-send-hmac-key': settings.dmSendHmacKey,
    'dm-recv-hmac-key': settings.dmRecvHmacKey,
  };
  return Object.entries(options).flatMap(([name, value]) => [`-${name}`, value]);
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

async function makeCertificateAuthority(folder: string): Promise<void> {
  await run('openssl', ['req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=Ratchet test CA', '-keyout', 'ca.key', '-out', 'ca.pem'], {
    cwd: folder,
  });
  // NanoMDM takes only certificates for client authentication.
  await writeFile(join(folder, 'client.cnf'), 'extendedKeyUsage=clientAuth\nkeyUsage=digitalSignature\n');
}

/** The certificate as a reverse proxy passes it on: RFC 9440, base64 of DER between colons. */
async function makeDeviceCertificate(folder: string, name: string, serial: number): Promise<string> {
  const file = (ending: string) => `device-${serial}.${ending}`;
  await run('openssl', ['req', ...newKey, '-subj', `/CN=${name}`, '-keyout', file('key'), '-out', file('csr')], { cwd: folder });
  const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-set_serial', String(serial), '-days', '1', '-extfile', 'client.cnf'];
  await run('openssl', ['x509', '-req', '-in', file('csr'), ...signing, '-outform', 'DER', '-out', file('der')], { cwd: folder });
  return `:${(await readFile(join(folder, file('der')))).toString('base64')}:`;
}
