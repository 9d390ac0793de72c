import type { EventBody } from '../../enrollment/event.ts';
import { type EnrollmentState, type FactName, type Facts, known } from '../../enrollment/state.ts';

/** Facts in words for the timeline: what a device told, never as JSON. Texts of devices are told as they are. */

type Words = { [K in FactName]?: (value: Facts[K]) => string };

/** Of a list, named; the others are counted. */
const NAMED_MAX = 5;

const yesNo = (value: boolean) => (value ? 'yes' : 'no');

const WORDS: Words = {
  isSupervised: yesNo,
  passcodePresent: yesNo,
  awaitingConfiguration: yesNo,
  // Empty strings and empty lists are Apple's way to say none.
  betaEnrollment: (program) => program || 'none',
  installReason: ({ reason, declarationId }) =>
    listed(reason.map((each) => (each === 'declaration' && declarationId ? declarationId : each))),
  failureReason: ({ count, reason }) => {
    if (count === 0) return 'none';
    const text = reason ?? 'no reason told';
    return count === 1 ? text : `${text} (${count} times)`;
  },
  pendingVersion: ({ osVersion, buildVersion, targetLocalDateTime }) => {
    const release = [osVersion, buildVersion && `(${buildVersion})`].filter(Boolean).join(' ');
    if (release === '') return 'none';
    return targetLocalDateTime ? `${release} by ${targetLocalDateTime} device time` : release;
  },
  availableUpdates: (updates) =>
    listed(
      updates.map(({ name, version, versionExtra, build, productKey }) => {
        const release = [name ?? version ?? productKey, versionExtra].filter(Boolean).join(' ');
        return build === undefined ? release : `${release} (${build})`;
      }),
    ),
  updateStatuses: (statuses) =>
    listed(
      statuses.map(({ productKey, status, percentComplete }) => {
        const share = percentComplete === undefined ? '' : ` ${Math.round(percentComplete * 100)} %`;
        return `${productKey} ${status}${share}`;
      }),
    ),
};

/** Undefined: not known. */
export function factWords<K extends FactName>(state: EnrollmentState | undefined, name: K): string | undefined {
  const value = state && known(state, name);
  if (value === undefined) return undefined;
  const words = WORDS[name] as ((value: Facts[K]) => string) | undefined;
  return words === undefined ? String(value) || 'none' : words(value);
}

/** What it was answered of another server's. */
export function foreignWords({ update, server }: Extract<EventBody, { kind: 'foreign-update' }>): string {
  const { kind, identifier, version, build, local } = update;
  if (kind === 'settings') return `Fetched ${identifier} of ${server}: software-update settings.`;
  const release = [version, build && `(${build})`].filter(Boolean).join(' ') || 'an update';
  return `Fetched ${identifier} of ${server}: enforces ${release}${local === undefined ? '' : ` at ${local} device time`}.`;
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const more = names.length - NAMED_MAX;
  return more > 0 ? `${names.slice(0, NAMED_MAX).join(', ')} and ${more} more` : names.join(', ');
}
