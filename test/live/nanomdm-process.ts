import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { HostSettings, RunningHost } from '../hosts/bench.ts';
import { startServer } from './server-process.ts';

const run = promisify(execFile);

/** `dsn` of a database: as NanoMDM takes it. The key-value storages are made anew for each run. */
export type NanoMdmStorage = { name: 'inmem' | 'filekv' } | { name: 'pgsql' | 'mysql'; dsn: string };

/**
 * A NanoMDM of its own on loopback: certificates of a CA that exists for this run only, no push certificate. `stop` ends
 * the process and removes its folder; a database keeps what it was given. Throws with the server's log when it doesn't
 * start.
 */
export async function startNanoMdm(
  executable: string,
  settings: HostSettings,
  storage: NanoMdmStorage = { name: 'inmem' },
): Promise<RunningHost> {
  const folder = await mkdtemp(join(tmpdir(), 'ratchet-nanomdm-'));
  try {
    const certificate = await deviceCertificates(folder);
    const { url, stop } = await startServer(executable, folder, (address) => argumentsOf(settings, storage, folder, address));
    return {
      url,
      certificate,
      ...('dsn' in storage && { loseQueue: (id: string) => loseQueue(storage, id) }),
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

function argumentsOf(settings: HostSettings, storage: NanoMdmStorage, folder: string, address: string): string[] {
  // In the order of NanoMDM's documentation; memory needs a -storage-dsn too, an empty one.
  const options = {
    listen: address,
    api: settings.apiKey,
    ca: join(folder, 'ca.pem'),
    storage: storage.name,
    'storage-dsn': dsnOf(storage, folder),
    'cert-header': 'X-Client-Cert',
    'webhook-url': settings.webhookUrl,
    'webhook-hmac-key': settings.webhookHmacKey,
    dm: settings.dmUrl,
    'dm-send-hmac-key': settings.dmSendHmacKey,
    'dm-recv-hmac-key': settings.dmRecvHmacKey,
  };
  return Object.entries(options).flatMap(([name, value]) => (value === '' && name !== 'storage-dsn' ? [] : [`-${name}`, value]));
}

function dsnOf(storage: NanoMdmStorage, folder: string): string {
  if ('dsn' in storage) return storage.dsn;
  return storage.name === 'filekv' ? join(folder, 'dbkv') : '';
}

/** By the database's own client: NanoMDM has no way to take a command back. */
async function loseQueue({ name, dsn }: NanoMdmStorage & { dsn: string }, id: string): Promise<void> {
  const statement = `DELETE FROM enrollment_queue WHERE id = '${id}';`;
  if (name === 'pgsql') {
    await run('psql', ['--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--dbname', dsn, '--command', statement]);
    return;
  }
  // As Go's driver writes it: user:password@tcp(host:port)/database?options
  const [, user = '', password = '', host = '', port = '3306', database = ''] =
    /^([^:@]*)(?::(.*))?@tcp\(([^:)]*)(?::(\d+))?\)\/([^?]*)/.exec(dsn) ?? [];
  if (database === '') throw new Error('RATCHET_LIVE_MYSQL: expected user:password@tcp(host:port)/database');
  await run('mysql', ['--host', host, '--port', port, '--protocol', 'tcp', '--user', user, '--execute', statement, database], {
    env: { PATH: process.env.PATH, MYSQL_PWD: password },
  });
}

/** Of a new authority, `ca.pem` in that folder: each device's certificate as a proxy passes it on, the same for the same name. */
export async function deviceCertificates(folder: string): Promise<(name: string) => Promise<string>> {
  await makeCertificateAuthority(folder);
  const certificates = new Map<string, Promise<string>>();
  return (name) => {
    const certificate = certificates.get(name) ?? makeDeviceCertificate(folder, name, certificates.size + 2);
    certificates.set(name, certificate);
    return certificate;
  };
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
