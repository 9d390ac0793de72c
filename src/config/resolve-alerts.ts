import { dirname, resolve } from 'node:path';
import { type AlertSettings, type AlertTarget, hostOf } from '../engine/alerting/target.types.ts';
import { ADDRESS_KEYS, AlertsKey, alertsProblems } from './alerts-keys.ts';
import type { Problem } from './problem.ts';
import type { ReadPolicyFile } from './read-policy-file.ts';
import { readSecret } from './read-secret.ts';
import { parseSecret } from './setting-values.ts';

/** Who is told of alerts, with the secrets that stand in files; and what is wrong with that. No address is in a problem. */
export interface ResolvedAlerts {
  /** Absent: nobody, or there are problems. */
  alerts?: AlertSettings;
  problems: Problem[];
  warnings: Problem[];
}

const DIGEST_AT = '08:00';

/** `path` of ratchet.yaml, absolute. What is wrong with the block itself was told when the file was read. */
export function resolveAlerts(path: string, { alerts: block, timeZone, problemAt }: ReadPolicyFile): ResolvedAlerts {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const parsed = AlertsKey.safeParse(block);
  if (!parsed.success || alertsProblems({ alerts: block }).length > 0) return { problems, warnings };
  const to: AlertTarget[] = [];
  for (const [index, entry] of parsed.data.to.entries()) {
    const target = targetOf(entry, index);
    if (target !== undefined) to.push(target);
  }
  if (problems.length > 0) return { problems, warnings };
  const { at = DIGEST_AT, timeZone: zone = timeZone } = parsed.data.digest ?? {};
  return { alerts: { to, digest: { at, timeZone: zone } }, problems, warnings };

  function targetOf(entry: AlertsKey['to'][number], index: number): AlertTarget | undefined {
    const { name, kinds, tell = 'both' } = entry;
    const at = (key: string) => ['alerts', 'to', index, key];
    const key = ADDRESS_KEYS.find((each) => entry[each] !== undefined);
    if (key === undefined) return undefined;
    const url = addressAt(entry[key] as string, key, at(key));
    const secret = entry.secretFile === undefined ? undefined : secretAt(entry.secretFile, at('secretFile'));
    if (url === undefined || (entry.secretFile !== undefined && secret === undefined)) return undefined;
    const form = key.startsWith('slack') ? 'slack' : 'webhook';
    const target: AlertTarget = {
      name,
      form,
      url,
      tell,
      ...(secret === undefined ? {} : { secret }),
      ...(kinds === undefined ? {} : { kinds }),
    };
    if (key === 'slack')
      warnings.push(
        problemAt(
          at(key),
          'the address stands in ratchet.yaml, and whoever knows it can write there',
          'slackFile, the path of a file that holds it',
          'write the address into a file, and slackFile: with its path',
        ),
      );
    if (url.startsWith('http:') && !/^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/.test(hostOf(target)))
      warnings.push(problemAt(at(key), 'plain http: whoever is between reads the alerts', 'an https address', 'serve it over https'));
    return target;
  }

  function addressAt(given: string, key: (typeof ADDRESS_KEYS)[number], place: (string | number)[]): string | undefined {
    const wrong = (message: string, expected: string, fix: string) => problemAt(place, message, expected, fix);
    const text = key.endsWith('File') ? readSecret(resolve(dirname(path), given), wrong, problems) : given;
    if (text === undefined) return undefined;
    const url = parseAddress(text);
    if (url === undefined)
      problems.push(
        wrong(
          key.endsWith('File') ? 'what the file holds is no address that can be used' : 'this is no address that can be used',
          'an http:// or https:// address without user and password, and nothing else',
          'copy it anew from where the webhook was made',
        ),
      );
    return url;
  }

  function secretAt(given: string, place: (string | number)[]): string | undefined {
    const wrong = (message: string, expected: string, fix: string) => problemAt(place, message, expected, fix);
    const text = readSecret(resolve(dirname(path), given), wrong, problems);
    if (text === undefined) return undefined;
    const secret = parseSecret(text);
    if (secret === undefined)
      problems.push(wrong('the value is not accepted', 'printable ASCII, no blanks at its ends', 'set another one'));
    else if (secret.length < 16) warnings.push(wrong('shorter than 16 characters', 'a random secret', 'openssl rand -hex 32'));
    return secret;
  }
}

/** An http(s) address, with its query but without a fragment. User and password no server of a webhook asks for, and fetch refuses them. */
function parseAddress(text: string): string | undefined {
  const trimmed = text.trim();
  if (!URL.canParse(trimmed) || trimmed.length > 2_000) return undefined;
  const url = new URL(trimmed);
  if ((url.protocol !== 'http:' && url.protocol !== 'https:') || url.username !== '' || url.password !== '') return undefined;
  url.hash = '';
  return url.href;
}
