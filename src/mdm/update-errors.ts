import type { ReasonName } from '../reasons/reasons.ts';
import type { MdmError, UpdateResult } from './messages.ts';

/**
 * What errors and statuses of the update commands mean: progress, or a reason. "Software shouldn't depend on these
 * values", Apple says; so they only name where a device stands, and the version it reports decides. Codes of
 * MCMDMErrorDomain: Apple's MDM Protocol Reference; DeviceManagement.error, com.apple.softwareupdateservices.errors and
 * SUMacControllerError: seen by other servers and in Open Radar.
 */
export type UpdateMeaning =
  | { kind: 'up-to-date' }
  | { kind: 'downloading' | 'downloaded' | 'installing' | 'needs-download' }
  /** Goes away by itself: a scan that failed, a phone call, another error that says nothing. */
  | { kind: 'try-again' }
  | { kind: 'reason'; reason: ReasonName };

const reason = (name: ReasonName): UpdateMeaning => ({ kind: 'reason', reason: name });

type Codes = Readonly<Record<number, UpdateMeaning>>;

const MCMDM: Codes = {
  12000: reason('access-rights-missing'),
  12007: reason('access-rights-missing'),
  12008: reason('install-failed'),
  12021: reason('command-unknown'),
  12048: { kind: 'up-to-date' },
  12049: reason('passcode-set'),
  12050: { kind: 'try-again' },
  12051: { kind: 'downloading' },
  12052: { kind: 'downloaded' },
  12053: reason('needs-computer'),
  12054: reason('insufficient-space'),
  12055: reason('insufficient-power'),
  12056: reason('insufficient-network'),
  12057: reason('install-failed'),
  12058: { kind: 'installing' },
  12059: { kind: 'needs-download' },
  12060: reason('insufficient-space'),
  12061: reason('insufficient-power'),
  12062: reason('install-failed'),
  12063: reason('waiting-for-passcode'),
  12077: reason('shared-ipad-user'),
  12078: reason('lost-mode'),
  12081: reason('insufficient-network'),
};

const DEVICE_MANAGEMENT: Codes = {
  4: reason('access-rights-missing'),
  7: reason('command-unknown'),
  301: reason('waiting-for-passcode'),
  302: reason('lost-mode'),
  2001: reason('awaiting-configuration'),
  2200: { kind: 'downloading' },
  2201: { kind: 'downloaded' },
  2202: reason('install-failed'),
  2203: reason('insufficient-network'),
  2204: reason('insufficient-space'),
  2205: reason('insufficient-power'),
  2206: reason('needs-computer'),
  2207: { kind: 'installing' },
  2208: reason('install-failed'),
  2209: reason('insufficient-space'),
  2210: reason('insufficient-power'),
  2211: { kind: 'needs-download' },
  2212: reason('passcode-set'),
  2213: { kind: 'up-to-date' },
  2214: { kind: 'try-again' },
  4801: reason('shared-ipad-user'),
};

const SOFTWARE_UPDATE_SERVICES: Codes = {
  3: { kind: 'up-to-date' },
  6: reason('insufficient-space'),
  103: reason('foreign-update-declaration'),
};

/** 7509 is benign; 7507 comes with a bootstrap token that is not escrowed. */
const SU_MAC_CONTROLLER: Codes = {
  7301: { kind: 'up-to-date' },
  7507: reason('bootstrap-token-suspected'),
  7509: { kind: 'try-again' },
};

function codesOf(domain: string): Codes | undefined {
  if (domain === 'MCMDMErrorDomain') return MCMDM;
  if (domain === 'DeviceManagement.error' || domain === 'DMFErrorDomain') return DEVICE_MANAGEMENT;
  if (domain === 'com.apple.softwareupdateservices.errors') return SOFTWARE_UPDATE_SERVICES;
  if (domain.startsWith('SUMacController')) return SU_MAC_CONTROLLER;
  return undefined;
}

/** The innermost error that is known says most. Undefined: none of them is known. */
export function meaningOfErrors(chain: readonly MdmError[] | undefined): UpdateMeaning | undefined {
  for (const { domain, code } of [...(chain ?? [])].reverse()) {
    const meaning = codesOf(domain)?.[code];
    if (meaning) return meaning;
  }
  return undefined;
}

const STATUSES: Readonly<Record<string, UpdateMeaning>> = {
  Downloading: { kind: 'downloading' },
  Installing: { kind: 'installing' },
  DownloadFailed: reason('install-failed'),
  DownloadRequiresComputer: reason('needs-computer'),
  DownloadInsufficientSpace: reason('insufficient-space'),
  DownloadInsufficientPower: reason('insufficient-power'),
  DownloadInsufficientNetwork: reason('insufficient-network'),
  InstallInsufficientSpace: reason('insufficient-space'),
  InstallInsufficientPower: reason('insufficient-power'),
  InstallPhoneCallInProgress: { kind: 'try-again' },
  InstallFailed: reason('install-failed'),
};

/** Of one entry of UpdateResults; undefined for Idle and for strings nobody has documented, such as UpdateAvailable. */
export function meaningOfResult({ status, errorChain }: UpdateResult): UpdateMeaning | undefined {
  return meaningOfErrors(errorChain) ?? (Object.hasOwn(STATUSES, status) ? STATUSES[status] : undefined);
}
