import { build } from 'plist';
import type { Requirement } from './decide-gate.ts';

/**
 * The answer by which a device in Setup Assistant updates before it enrolls (HTTP 403):
 * https://developer.apple.com/documentation/devicemanagement/errorcodesoftwareupdaterequired
 */

export interface UpdateRequired {
  contentType: 'application/json' | 'application/xml';
  body: string;
}

/** Devices take both forms; `isXml`: as a property list. */
export function updateRequired({ version, build: buildVersion, betaProgram }: Requirement, isXml: boolean): UpdateRequired {
  const answer = {
    code: 'com.apple.softwareupdate.required',
    description: 'It runs less than its organisation enrolls.',
    message: `This device has to be updated to ${version} first.`,
    details: {
      OSVersion: version,
      ...(buildVersion === undefined ? {} : { BuildVersion: buildVersion }),
      ...(betaProgram === undefined ? {} : { RequireBetaProgram: { Description: betaProgram.description, Token: betaProgram.token } }),
    },
  };
  if (isXml) return { contentType: 'application/xml', body: build(answer) };
  return { contentType: 'application/json', body: JSON.stringify(answer) };
}

/** What the request would rather have. */
export function prefersXml(accept: string | undefined): boolean {
  const names = (accept ?? '').toLowerCase();
  return /\b(application|text)\/xml\b/.test(names) && !/\bjson\b|text\/html/.test(names);
}
