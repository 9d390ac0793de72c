import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** The real nginx with the site of examples/gate, on ports of this test. */

const NAMES = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'].map((path) => join(path, 'nginx'));

export const NGINX = process.env.RATCHET_NGINX || NAMES.find(isExecutable);
export const NO_NGINX =
  'The proxy of examples/gate is not run: there is no nginx (apt-get install nginx-light, or name one in RATCHET_NGINX).';

export const SITE = readFileSync(join(import.meta.dirname, '../../examples/gate/nginx.conf'), 'utf8');

export interface Ports {
  /** Where devices ask. */
  site: number;
  gate: number;
  /** The MDM server. */
  server: number;
}

/** The example as it is, but for ports and TLS; `patience` in place of its 3 s, for who waits for their end. */
function siteOn({ site, gate, server }: Ports, patience = '3s'): string {
  return SITE.replace('listen 443 ssl;', `listen 127.0.0.1:${site};`)
    .replace(/^\s*ssl_certificate.*$/gm, '')
    .replaceAll('127.0.0.1:9008', `127.0.0.1:${gate}`)
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${server}`)
    .replace('proxy_read_timeout 3s', `proxy_read_timeout ${patience}`);
}

/** Resolves when it answers; the answered function ends it. */
export async function startNginx(ports: Ports, patience?: string): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-nginx-'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`);
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
     events { worker_connections 64; }
     http { access_log off; ${temporary.join(' ')} ${siteOn(ports, patience)} }`,
  );
  const child = spawn(NGINX ?? 'nginx', ['-p', folder, '-e', join(folder, 'error.log'), '-c', file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await answers(child, ports.site);
  return async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
}

async function answers(child: ChildProcess, port: number): Promise<void> {
  for (let tries = 0; tries < 200 && child.exitCode === null; tries += 1) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy() !== undefined));
      socket.once('error', () => resolve(false));
    });
    if (isThere) return;
    await pause(25);
  }
  throw new Error('nginx does not start with the site of examples/gate');
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
