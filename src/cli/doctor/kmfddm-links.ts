import type { SystemAnswer } from '../../engine/system-answers.ts';
import type { Evidence, LinkReport } from './doctor.types.ts';
import { ago, broken, ok, secretName, serverWords, skipped, unknown, warning } from './words.ts';

/** Where KMFDDM answers devices, alone or inside NanoHUB, and our declarations are kept there. */

export function isKeptInKmfddm({ configuration: { settings } }: Evidence): boolean {
  return settings.kmfddmUrl !== undefined || settings.host === 'nanohub';
}

/** Its API, asked for the names of its sets. */
export function kmfddmApiLink(evidence: Evidence): LinkReport {
  const { kmfddm, host, ratchet, configuration, now } = evidence;
  const { settings, origins } = configuration;
  if (kmfddm === undefined) return skipped('--kmfddm-url is not set, nor told by --enqueue-url');
  const { kmfddmName: name, kmfddmKeyFlag: keyFlag, kmfddmUrl, kmfddmUsualUrl } = serverWords(settings, origins);
  const { version, api } = kmfddm;
  const { url, message = '' } = api;
  const isInside = settings.host === 'nanohub';
  const isPathRight = settings.kmfddmUrl === kmfddmUrl;
  const example = isPathRight ? kmfddmUsualUrl : kmfddmUrl;
  // One key serves both of its APIs.
  const key = secretName(isInside && origins.kmfddmKey.kind === 'derived' ? 'enqueueKey' : 'kmfddmKey', origins);
  switch (api.verdict) {
    case 'unreached':
      if (isInside && host !== undefined && !host.version.isReached) return skipped('the MDM server is not reached');
      return version.isReached
        ? broken(`${url} does not answer (${message})`, `correct --kmfddm-url, such as ${example}, or look into the log of ${name}`)
        : broken(
            `nobody answers at ${url} (${message}): devices keep what they have`,
            `start ${name}, or correct --kmfddm-url, such as ${example}`,
          );
    case 'unauthorized':
      return api.isNanoHub && !isInside
        ? broken(`NanoHUB answers at ${url}, and has another user (${message})`, `--host nanohub --enqueue-url ${nanoHubEnqueueUrl(url)}`)
        : broken(`${name} refuses our key at ${url} (${message})`, `${key} must be its ${keyFlag}`);
    case 'other':
      return broken(
        `${url} is not the API of ${name} (${message})`,
        isPathRight
          ? `--kmfddm-url must be the address of ${name}, such as ${kmfddmUsualUrl}; if it is, start ${name} with ${keyFlag}`
          : `--kmfddm-url ${kmfddmUrl}, and ${name} started with ${keyFlag}`,
      );
    case 'right': {
      const told = version.version === undefined || version.version === 'unknown' || isInside ? '' : ` (${version.version})`;
      const works = `${url} takes our key${told}`;
      const { okAt = 0, failedAt = 0, problem = '' } = (ratchet.kind === 'there' ? linkOf(ratchet.system, 'kmfddm') : undefined) ?? {};
      return failedAt > okAt
        ? warning(
            `${works}; what the running Ratchet last asked for failed ${ago(failedAt, now)}: ${problem}`,
            'nothing, if that was before it was up again; else look into the log of Ratchet',
          )
        : ok(works);
    }
  }
}

function nanoHubEnqueueUrl(url: string): string {
  return new URL('/api/v1/nanomdm/enqueue/', url).href;
}

/** Whether devices are answered by it: our own listener hears nothing of that. */
export function kmfddmCallsLink(evidence: Evidence): LinkReport {
  const { configuration, ratchet, kmfddm, now } = evidence;
  const { settings, origins } = configuration;
  const { name, dmFlags, kmfddmName } = serverWords(settings, origins);
  const isInside = settings.host === 'nanohub';
  // What is told of -dm is made of that address.
  const isElsewhere = kmfddm?.api.verdict === 'other';
  const wiring = isElsewhere ? 'correct --kmfddm-url first: see kmfddm-api' : `${name} needs ${dmFlags}`;
  if (ratchet.kind !== 'there') return unknown('Ratchet does not run', isInside ? 'start it' : `start it; ${wiring}`);
  if (ratchet.system === undefined) return unknown('the running Ratchet could not be asked', 'give --api, and see ratchet above');
  const { answersAt } = linkOf(ratchet.system, 'kmfddm') ?? {};
  const strayAt = lastStray(ratchet.system);
  if (strayAt !== undefined && strayAt >= (answersAt ?? 0)) {
    const told = `somebody asked Ratchet for declarations ${ago(strayAt, now)}, and was refused`;
    return isInside
      ? warning(`${told}: NanoHUB answers devices itself`, 'look for another MDM server whose -dm leads here')
      : broken(`${told}: -dm leads here, and ${kmfddmName} is to answer`, wiring);
  }
  if (answersAt !== undefined) return ok(`a device was answered with what is kept in ${kmfddmName} ${ago(answersAt, now)}`);
  const { declarativeAt } = linkOf(ratchet.system, 'webhook') ?? {};
  const asked =
    declarativeAt === undefined ? '' : `; a device asked ${name} for declarations ${ago(declarativeAt, now)}, and for none of ours yet`;
  const shows = 'it shows when a device is first given something to hold (mode: enforce)';
  return unknown(
    `no device came for what is kept in ${kmfddmName} since the start ${ago(ratchet.system.startedAt, now)}${asked}`,
    isInside ? shows : `${shows}; ${wiring}${isElsewhere ? '' : ' (with the last slash)'}`,
  );
}

/** When a -dm last led to our listener, whatever it was answered. */
function lastStray(system: SystemAnswer): number | undefined {
  const { okAt, failedAt, refused = [] } = linkOf(system, 'declarations') ?? {};
  const refusedAt = refused.filter(({ because }) => because !== 'wrong-path').map(({ at }) => at);
  const instants = [okAt, failedAt, ...refusedAt].filter((at) => at !== undefined);
  return instants.length === 0 ? undefined : Math.max(...instants);
}

function linkOf(system: SystemAnswer | undefined, name: string): SystemAnswer['links'][number] | undefined {
  return system?.links.find((link) => link.name === name);
}
