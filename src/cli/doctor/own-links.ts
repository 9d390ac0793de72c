import type { Problem } from '../../config/problem.ts';
import { settingsInForce } from '../../config/settings-in-force.ts';
import type { SystemAnswer } from '../../engine/system-answers.ts';
import type { Evidence, LinkReport } from './doctor.types.ts';
import { isKeptInKmfddm } from './kmfddm-links.ts';
import { ago, broken, ok, secretName, serverWords, skipped, unknown, warning } from './words.ts';

/** The links of Ratchet to itself: its configuration, its store, its running process. */

/** The database grows by some 6 kB a device, and its log to 64 MB before it is taken up. */
const FREE_BYTES_MIN = 100 * 1024 * 1024;

export function configLink({ configuration }: Evidence): LinkReport {
  const { fileName, fileProblems, settingsProblems, warnings, policySet } = configuration;
  const [first, ...others] = [...fileProblems, ...settingsProblems];
  // Of a flag or variable its name is enough.
  const told = ({ file, line, path, message }: Problem) =>
    [line === undefined ? path || file : [`${file}:${line}`, path], message].flat().filter(Boolean).join(': ');
  const more = (count: number) => (count === 0 ? '' : ` (and ${count} more: ratchet check)`);
  if (first !== undefined) return broken(`${told(first)}${more(others.length)}`, first.fix);
  const { policies = [], mode = 'observe' } = policySet ?? {};
  const whole = `${fileName}: ${policies.length} ${policies.length === 1 ? 'policy' : 'policies'}, mode ${mode}`;
  const [warned, ...rest] = warnings;
  return warned === undefined ? ok(whole) : warning(`${whole}; ${told(warned)}${more(rest.length)}`, warned.fix);
}

export function storeLink({ configuration: { settings }, data, ratchet }: Evidence): LinkReport {
  const { data: folder, host, enqueueUrl } = settings;
  const { database, lock, isThere, isWritable, freeBytes } = data;
  const ailing = ratchet.kind === 'there' ? ratchet.ailing.store : undefined;
  if (ailing !== undefined) return broken(...split(ailing.replace(/^\w*Error: /, '')));
  if (freeBytes !== undefined && freeBytes < FREE_BYTES_MIN)
    return broken(`${folder}: ${megabytes(freeBytes)} are left on its disk`, 'make room there: Ratchet goes on by itself');
  if (database.kind === 'unusable') return broken(...split(`${folder}: ${database.message}`));
  const isLocked = lock !== 'free';
  if (isThere && !isWritable && !isLocked)
    return broken(
      `${folder} can’t be written by who runs this`,
      'run ratchet serve as its owner, or give the folder and its files to who runs it',
    );
  if (database.kind === 'none')
    return ratchet.kind === 'there'
      ? unknown(
          `${folder} has no database: the running Ratchet has another folder, or another machine`,
          'give --data as ratchet serve has it',
        )
      : unknown(`${folder} has no database yet`, 'the first ratchet serve makes it');
  const held = isLocked ? `, held by ${lock.holder === undefined ? 'a process' : `process ${lock.holder.pid}`}` : '';
  if (database.kind === 'older')
    return isLocked
      ? warning(`${folder} is of an older version than this program${held}`, 'restart ratchet serve with this version')
      : ok(`${folder} is of an older version; the next ratchet serve brings it up to date`);
  const { facts } = database;
  if (facts.host !== undefined && enqueueUrl !== undefined && facts.host !== `${host} ${enqueueUrl}`)
    return broken(
      `${folder} belongs to ${facts.host}, and these settings name ${host} ${enqueueUrl}`,
      `--host and --enqueue-url as before; or, when that server has moved, ratchet serve --adopt once`,
    );
  const room = freeBytes === undefined ? '' : `, ${megabytes(freeBytes)} free`;
  return ok(`${folder}: whole, ${facts.devices} ${facts.devices === 1 ? 'device' : 'devices'}${room}${held}`);
}

export function ratchetLink(evidence: Evidence): LinkReport {
  const { ratchet, data, now, configuration } = evidence;
  const { origins } = configuration;
  if (ratchet.kind === 'unreached')
    return data.lock === 'free'
      ? broken(
          `does not run: nobody answers at ${ratchet.url} (${ratchet.message}), and what the MDM server sends is lost`,
          'ratchet serve',
        )
      : broken(
          `${data.lock.holder === undefined ? 'a process' : `process ${data.lock.holder.pid}`} holds the data folder, and nobody answers at ${ratchet.url} (${ratchet.message})`,
          'give its address with --server; if it hangs, end it and start ratchet serve anew',
        );
  if (ratchet.kind === 'other')
    return broken(
      `who answers at ${ratchet.url} is not Ratchet (${ratchet.message})`,
      'give its address with --server, or another port with --listen',
    );
  const { url, version, ailing, system, systemProblem } = ratchet;
  const { loops } = ailing;
  if (loops !== undefined) return broken(`${version} at ${url} hangs: ${loops}`, 'look into its log, and restart it');
  if (systemProblem?.isRefused)
    return broken(
      `${url} refuses the password of its API`,
      `${secretName('api', origins)} must be what it was started with (--api), or a token`,
    );
  if (system === undefined)
    return unknown(
      `${version} runs at ${url}; what it saw of its neighbours can’t be asked${systemProblem === undefined ? '' : `: ${systemProblem.message}`}`,
      'start it with --api, and give the same here (--api, RATCHET_API)',
    );
  const other = differingSetting(system, evidence);
  if (other !== undefined) return warning(...other);
  if (system.state === 'held') return warning(`${version} is held: ${system.because ?? ''}`, 'look at ratchet plan, then ratchet resume');
  return ok(`${version} at ${url}, ${system.state}, started ${ago(system.startedAt, now)}`);
}

/** Changed since the start, or this is not how it was started. */
function differingSetting(system: SystemAnswer, { configuration }: Evidence): [finding: string, fix: string] | undefined {
  const here = new Map(settingsInForce(configuration).map(({ flag, value }) => [flag, value]));
  const differing = system.settings.filter(({ flag, value }) => !FOR_ONE_RUN.has(flag) && here.has(flag) && here.get(flag) !== value);
  const [first] = differing;
  if (first === undefined) return undefined;
  const shown = (value: string | null | undefined) => value ?? 'not set';
  const more = differing.length === 1 ? '' : ` (and ${differing.length - 1} more: ratchet config)`;
  return [
    `the running one has ${first.flag} ${shown(first.value)}, and these settings say ${shown(here.get(first.flag))}${more}`,
    'restart it, or run this with the settings it was started with',
  ];
}

const FOR_ONE_RUN: ReadonlySet<string> = new Set(['--config', '--server', '--adopt', '--accept-plan', '--api']);

/** The listener that the MDM server's webhook calls, tried with the keys of these settings. */
export function webhookLink({ configuration: { settings }, ratchet }: Evidence): LinkReport {
  if (ratchet.kind !== 'there') return skipped('Ratchet does not run');
  const { url, right, bare, wrong } = ratchet.webhook;
  const credential = settings.webhookHmacKey === undefined ? 'the password of --webhook-password' : 'the key of --webhook-hmac-key';
  if ('message' in right) return broken(`${url} does not answer (${right.message})`, 'look into the log of Ratchet');
  if (right.status === 401 || right.status === 403)
    return broken(`${url} refuses ${credential} (${right.status}): Ratchet runs with another`, 'restart it, or run this with its settings');
  if (right.status !== 200) return broken(`${url} answers ${right.status}`, 'look into the log of Ratchet');
  if ([bare, wrong].some((tried) => 'status' in tried && tried.status === 200))
    return warning(
      `${url} takes events from anybody`,
      'set --webhook-hmac-key (or --webhook-user and --webhook-password) without --insecure-webhook',
    );
  return ok(`${url} takes what has ${credential}, and nothing else`);
}

/** The listener of the MDM server's -dm, tried the same way. */
export function dmLink(evidence: Evidence): LinkReport {
  const { ratchet } = evidence;
  const { settings, origins } = evidence.configuration;
  if (ratchet.kind !== 'there') return skipped('Ratchet does not run');
  const { url, right, bare, wrong } = ratchet.dm;
  if (isKeptInKmfddm(evidence)) return skipped(`nobody is to ask at ${url}: ${serverWords(settings, origins).kmfddmName} answers devices`);
  const { dmHmacKey, dmUser, dmResponseHmacKey } = settings;
  const credential = dmHmacKey === undefined ? 'the password of --dm-password' : 'the key of --dm-hmac-key';
  if ('message' in right)
    return broken(
      `${url} does not answer (${right.message})`,
      '--listen-ddm as the running Ratchet has it; only its own machine reaches a loopback address',
    );
  if (right.status === 404)
    return broken(`${url} is not there: Ratchet runs with another --dm-base-path`, 'restart it, or run this with its settings');
  if (right.status === 401 || right.status === 403)
    return broken(`${url} refuses ${credential} (${right.status}): Ratchet runs with another`, 'restart it, or run this with its settings');
  if (right.status !== 200) return broken(`${url} answers ${right.status}`, 'look into the log of Ratchet');
  if (dmResponseHmacKey !== undefined && !right.isSigned)
    return broken(
      `answers of ${url} are not signed with ${secretName('dmResponseHmacKey', origins)}`,
      'restart Ratchet, or run this with its settings',
    );
  const isOpen = [bare, wrong].some((tried) => 'status' in tried && tried.status === 200);
  if (isOpen && dmHmacKey === undefined && dmUser === undefined)
    return ok(`${url} answers whoever reaches it; ${serverWords(settings, origins).name} alone should`);
  if (isOpen) return broken(`${url} answers without ${credential}: Ratchet runs without`, 'restart it, or run this with its settings');
  return ok(`${url} answers who has ${credential}${dmResponseHmacKey === undefined ? '' : ', signed,'} and nobody else`);
}

/** What is wrong, and what to do, of a message that tells both. */
function split(message: string): [finding: string, fix: string] {
  const at = message.lastIndexOf('; ');
  return at < 0 ? [message, 'look into the log of Ratchet'] : [message.slice(0, at), message.slice(at + 2)];
}

function megabytes(bytes: number): string {
  return bytes < 10_000_000_000 ? `${Math.round(bytes / 1_000_000)} MB` : `${Math.round(bytes / 1_000_000_000)} GB`;
}
