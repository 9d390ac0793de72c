import { formatListen } from './setting-values.ts';
import { flagOf } from './settings.ts';
import type { ListenAddress } from './settings.types.ts';

/** Its message says which setting, and what to do. */
export class ListenError extends Error {}

export type Listener = 'listen' | 'listenDdm' | 'listenPublic';

/** What is wrong with an address that can't be listened on, and what to do; undefined for an error of another kind. */
export function listenProblem(name: Listener, listen: ListenAddress, error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code === undefined || !Object.hasOwn(PROBLEMS, code)) return undefined;
  const { what, fix } = PROBLEMS[code as keyof typeof PROBLEMS];
  return `${flagOf(name)}: can't listen on ${formatListen(listen)}: ${what} (${code}); fix: ${fix(listen, flagOf(name))}`;
}

const PROBLEMS = {
  EADDRINUSE: {
    what: 'another process has this port',
    fix: ({ port }: ListenAddress, flag: string) =>
      `end it (ss -ltnp 'sport = :${port}' shows which it is), or write another port for ${flag}`,
  },
  EACCES: {
    what: 'this user may not have this port',
    fix: (_: ListenAddress, flag: string) => `write a port of 1024 or above for ${flag}`,
  },
  EADDRNOTAVAIL: {
    what: 'no interface of this machine has this address',
    fix: ({ port }: ListenAddress, flag: string) => `write ${flag} 127.0.0.1:${port}, :${port} or an address that ip addr shows`,
  },
  ENOTFOUND: {
    what: 'this name has no address',
    fix: ({ port }: ListenAddress, flag: string) => `write ${flag} 127.0.0.1:${port}, :${port} or an address that ip addr shows`,
  },
};
