import type { Problem } from './problem.ts';
import { formatListen, isLoopback } from './setting-values.ts';
import { flagOf } from './settings.ts';
import type { ListenAddress, SettingName, Settings } from './settings.types.ts';

const LISTENERS = ['listen', 'listenDdm', 'listenPublic'] as const;

/** Servers that we ask what we are asked ourselves. One of our own listeners would ask itself, on and on. */
const ASKED: readonly { name: 'dmUpstreamUrl' | 'gateUrl'; expected: string }[] = [
  { name: 'dmUpstreamUrl', expected: 'the address of another declaration server' },
  { name: 'gateUrl', expected: 'the address of the server that gives devices their enrollment profile' },
];

/** By its plain name; behind a proxy or another name of this machine it is found when it comes back. */
export function ownAddressProblems(settings: Settings): Problem[] {
  return ASKED.flatMap(({ name, expected }): Problem[] => {
    const url = settings[name];
    const own = url === undefined ? undefined : LISTENERS.find((listener) => leadsTo(new URL(url), settings[listener]));
    if (own === undefined) return [];
    return [
      {
        file: 'settings',
        path: flagOf(name),
        message: `this is our own ${flagOf(own)} (${listenOf(settings, own)}): every request would come back here`,
        expected,
        fix: `write the address of that server, or take ${flagOf(name)} out`,
      },
    ];
  });
}

function listenOf(settings: Settings, name: SettingName & (typeof LISTENERS)[number]): string {
  const listen = settings[name];
  return listen === undefined ? '' : formatListen(listen);
}

function leadsTo({ hostname, port, protocol }: URL, listen: ListenAddress | undefined): boolean {
  if (listen === undefined || listen.port === 0) return false;
  const given = Number(port || (protocol === 'https:' ? 443 : 80));
  if (given !== listen.port) return false;
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const isEverywhere = listen.host === undefined || listen.host === '0.0.0.0' || listen.host === '::';
  const isHere = isLoopback({ host, port: given }) || host === '0.0.0.0' || host === '::';
  return host === listen.host?.toLowerCase() || (isHere && (isEverywhere || isLoopback(listen)));
}
