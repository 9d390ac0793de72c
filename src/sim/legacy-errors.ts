import type { PlistDict } from './plist.ts';
import { compareVersionTexts, type Family } from './table.ts';

/** What goes wrong with an update command, and how each generation of systems numbers it. */
export type LegacyFailure = keyof typeof CODES;

/**
 * Code in MCMDMErrorDomain (Apple's protocol reference) and, where iOS 11.3 and later say DeviceManagement.error, the one
 * there; a third is added of com.apple.softwareupdateservices.errors.
 */
const CODES = {
  'access-rights': { mcmdm: 12007, text: 'The MDM server is not authorized to perform this command.' },
  malformed: { mcmdm: 12008, text: 'The request is malformed.' },
  'no-update': { mcmdm: 12048, dmf: 2213, services: 3, text: 'No update available.' },
  'passcode-set': { mcmdm: 12049, dmf: 2212, text: 'The passcode must be cleared first.' },
  'requires-computer': { mcmdm: 12053, dmf: 2206, text: 'The download requires a computer.' },
  'download-space': { mcmdm: 12054, dmf: 2204, services: 6, text: 'There is not enough space to download the update.' },
  'download-power': { mcmdm: 12055, dmf: 2205, text: 'There is not enough power to download the update.' },
  'download-network': { mcmdm: 12056, dmf: 2203, text: 'The network does not allow to download the update.' },
  'download-failed': { mcmdm: 12057, dmf: 2202, text: 'The download failed.' },
  'requires-download': { mcmdm: 12059, dmf: 2211, text: 'The update must be downloaded first.' },
  'install-power': { mcmdm: 12061, dmf: 2210, text: 'There is not enough power to install the update.' },
  'install-failed': { mcmdm: 12062, dmf: 2208, text: 'The update could not be installed.' },
  'shared-user': { mcmdm: 12077, text: 'The update is not permitted while a user is logged in.' },
  'lost-mode': { mcmdm: 12078, dmf: 302, text: 'The command is not valid in Lost Mode.' },
  'setup-assistant': { mcmdm: 2001, dmf: 2001, text: 'The command can’t be performed in Setup Assistant.' },
  'not-supervised': { mcmdm: 12007, dmf: 4, text: 'The device is not supervised.' },
} as const;

function link(domain: string, code: number, text: string): PlistDict {
  return { ErrorCode: code, ErrorDomain: domain, LocalizedDescription: text, USEnglishDescription: text };
}

/** ErrorChain, outermost first, as this OS writes it. */
export function legacyErrorChain(failure: LegacyFailure, family: Family, osVersion: string): PlistDict[] {
  const { mcmdm, text, ...more }: { mcmdm: number; dmf?: number; services?: number; text: string } = CODES[failure];
  const isModern = (family === 'iPhone' || family === 'iPad') && compareVersionTexts(osVersion, '11.3') >= 0;
  if (!isModern || more.dmf === undefined) return [link('MCMDMErrorDomain', mcmdm, text)];
  const inner = more.services === undefined ? [] : [link('com.apple.softwareupdateservices.errors', more.services, text)];
  return [link('DeviceManagement.error', more.dmf, text), ...inner];
}

/** SUMacControllerError, of macOS: 7301 no update found, 7507 access request denied, 7509 access lost. */
export function controllerErrorChain(code: 7301 | 7507 | 7509): PlistDict[] {
  const names = { 7301: 'ScanNoUpdateFound', 7507: 'AccessRequestDenied', 7509: 'AccessLost' };
  return [link('SUMacControllerError', code, `[SUMacControllerError${names[code]}=${code}]`)];
}

/** What an update command is answered with while a declaration enforces an update. */
export const DECLARATION_IN_PLACE: PlistDict[] = [
  link('com.apple.softwareupdateservices.errors', 103, 'Rejecting MDM command for updates because an existing declaration is in place'),
];

/** A code of its own for a command that an OS has given up; nothing documents one. */
export const UNSUPPORTED: PlistDict[] = [link('DeviceManagement.error', 22, 'The command is not supported on this system.')];
