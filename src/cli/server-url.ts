import type { ListenAddress, Origins, Settings } from '../config/settings.types.ts';

/** Where the running Ratchet is: as told by --server; else where serve listens with these settings. Without "/" at its end. */
export function serverUrl({
  settings,
  origins,
}: {
  settings: Pick<Settings, 'server' | 'listen'>;
  origins: Pick<Origins, 'server'>;
}): string {
  const { server, listen } = settings;
  return origins.server.kind === 'default' ? `http://${reachable(listen, '127.0.0.1')}` : server;
}

/** An address that listens everywhere is reached by any name of its machine. */
export function reachable({ host, port }: ListenAddress, name: string): string {
  const isAny = host === undefined || host === '0.0.0.0' || host === '::';
  const shown = isAny ? name : host;
  return `${shown.includes(':') && !shown.startsWith('[') ? `[${shown}]` : shown}:${port}`;
}
