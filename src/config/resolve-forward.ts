import { dirname, resolve } from 'node:path';
import { FORWARD_DEFAULTS, type ForwardSettings, type ForwardTarget, MEBIBYTE } from '../engine/forward/target.types.ts';
import { basicAuthorization } from '../hosts/ask.ts';
import { parseDuration } from '../policy/duration.ts';
import { ForwardKey, forwardProblems } from './forward-keys.ts';
import type { Problem } from './problem.ts';
import type { ReadPolicyFile } from './read-policy-file.ts';
import { readSecret } from './read-secret.ts';
import type { ListenAddress, Settings } from './settings.types.ts';

/** Who gets webhooks from us, with the addresses that stand in files; and what is wrong with that. No address is in a problem. */
export interface ResolvedForward {
  /** Absent: nobody, or there are problems. */
  forward?: ForwardSettings;
  problems: Problem[];
  warnings: Problem[];
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** `path` of ratchet.yaml, absolute. What is wrong with the block itself was told when the file was read. */
export function resolveForward(
  path: string,
  { forward: block, problemAt }: Pick<ReadPolicyFile, 'forward' | 'problemAt'>,
  settings: Pick<Settings, 'forwardSpoolKey' | 'listen'>,
): ResolvedForward {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const parsed = ForwardKey.safeParse(block);
  if (!parsed.success || forwardProblems({ forward: block }).length > 0) return { problems, warnings };
  const isSpooled = parsed.data.spool === 'encrypted';
  if (isSpooled && settings.forwardSpoolKey === undefined)
    problems.push(
      problemAt(
        ['forward', 'spool'],
        'there is no key to encrypt with',
        'RATCHET_FORWARD_SPOOL_KEY, 32 bytes as base64',
        'openssl rand -base64 32 > spool.key, and set RATCHET_FORWARD_SPOOL_KEY_FILE=spool.key',
      ),
    );
  const to = parsed.data.to.flatMap((entry, index) => targetOf(entry, index) ?? []);
  return problems.length > 0 ? { problems, warnings } : { forward: { to, isSpooled }, problems, warnings };

  function targetOf({ name, url, urlFile, topics, queue = {} }: ForwardKey['to'][number], index: number): ForwardTarget | undefined {
    const place = ['forward', 'to', index, urlFile === undefined ? 'url' : 'urlFile'];
    const wrong = (message: string, expected: string, fix: string) => problemAt(place, message, expected, fix);
    const text = urlFile === undefined ? url : readSecret(resolve(dirname(path), urlFile), wrong, problems);
    if (text === undefined) return undefined;
    const address = parseAddress(text);
    if (address === undefined) {
      const what = urlFile === undefined ? 'this is' : 'what the file holds is';
      problems.push(wrong(`${what} no address that can be used`, 'an http:// or https:// address', 'write http://127.0.0.1:9003/webhook'));
      return undefined;
    }
    if (isOurs(address, settings.listen))
      problems.push(wrong('this is our own webhook: it would come back for ever', 'the webhook of another consumer', 'write its address'));
    const isLocal = LOOPBACK.test(address.hostname);
    if (address.protocol === 'http:' && !isLocal)
      warnings.push(wrong('plain http: whoever is between reads tokens and keys of devices', 'an https address', 'serve it over https'));
    const authorization = authorizationOf(address);
    if (authorization !== undefined && urlFile === undefined)
      warnings.push(wrong('its password stands in ratchet.yaml', 'urlFile, the path of a file that holds it', 'write it into a file'));
    address.username = '';
    address.password = '';
    const { events = FORWARD_DEFAULTS.events, megabytes, age } = queue;
    return {
      ...{ name, url: address.href },
      ...(topics === undefined ? {} : { topics }),
      ...(authorization === undefined ? {} : { authorization }),
      limits: {
        events,
        bytes: megabytes === undefined ? FORWARD_DEFAULTS.bytes : megabytes * MEBIBYTE,
        ageMs: (age === undefined ? undefined : parseDuration(age)) ?? FORWARD_DEFAULTS.ageMs,
      },
    };
  }
}

/** http(s), with its query, without a fragment, and with user and password that can be decoded. */
function parseAddress(text: string): URL | undefined {
  const trimmed = text.trim();
  if (trimmed.length > 2_000 || !URL.canParse(trimmed)) return undefined;
  const url = new URL(trimmed);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  url.hash = '';
  try {
    decodeURIComponent(`${url.username}${url.password}`);
  } catch {
    return undefined;
  }
  return url;
}

function authorizationOf({ username, password }: URL): string | undefined {
  return username === '' && password === '' ? undefined : basicAuthorization(decodeURIComponent(username), decodeURIComponent(password));
}

/** By its plain name; behind others it is not recognised. */
function isOurs({ hostname, port, protocol, pathname }: URL, listen: ListenAddress): boolean {
  const given = Number(port || (protocol === 'https:' ? 443 : 80));
  return given === listen.port && (LOOPBACK.test(hostname) || hostname === listen.host) && pathname === '/webhook';
}
