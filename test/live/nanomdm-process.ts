import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { HostSettings, RunningHost } from '../hosts/bench.ts';

const run = promisify(execFile);

/** Starts may lose their port to somebody else between choosing and taking it. */
const startsMax = 3;
/** A start takes some 50 ms; the rest is for a busy machine. */
const answersWaitedFor = 200;

/**
 * A NanoMDM of its own on loopback: memory storage, certificates of a CA that exists for this run only, no push
 * certificate. `stop` ends the process and removes its folder. Throws with the server's log when it doesn't start.
 */
export async function startNanoMdm(executable: string, settings: HostSettings): Promise<RunningHost> {
  const folder = await mkdtemp(join(tmpdir(), 'ratchet-nanomdm-'));
  try {
    await makeCertificateAuthority(folder);
    for (let start = 1; ; start++) {
      const started = await tryStart(executable, settings, folder);
      if ('host' in started) return started.host;
      if (start === startsMax) throw new Error(`${executable} did not start:\n${started.log}`);
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function tryStart(executable: string, settings: HostSettings, folder: string): Promise<{ host: RunningHost } | { log: string }> {
  const address = `127.0.0.1:${await freePort()}`;
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
  // Nothing of our environment: NANOMDM_* and proxies would change what is tested.
  const server = spawn(
    executable,
    Object.entries(options).flatMap(([name, value]) => [`-${name}`, value]),
    { cwd: folder, env: {}, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let log = '';
  server.stdout.on('data', (text) => {
    log += text;
  });
  server.stderr.on('data', (text) => {
    log += text;
  });
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
  if (!(await Promise.race([answers(url), ended.then(() => false)]))) {
    await stop();
    return { log };
  }
  const certificates = new Map<string, Promise<string>>();
  return {
    host: {
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
    },
  };
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
