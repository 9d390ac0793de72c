import { apiBaseUrl } from '../api-url.ts';

/**
 * The addresses of MicroMDM's API. Operators give the two prefixes (`http://micromdm:8080/v1/commands/`, `…/v1/push/`)
 * with or without the last slash; the list of devices and the version lie beside the first.
 */
export interface MicroMdmUrls {
  /** For ids that `isAddressable` only. PUT queues a command, GET tells the queue. DELETE is never used: it drops everybody's. */
  commands(enrollmentId: string): string;
  push(enrollmentId: string): string;
  devices: string;
  pushCertificate: string;
  version: string;
}

/** Throws a TypeError when one of the two is no http(s) URL. */
export function microMdmUrls(commandsUrl: string, pushUrl: string): MicroMdmUrls {
  const commandsBase = apiBaseUrl(commandsUrl, 'enqueue URL');
  const pushBase = apiBaseUrl(pushUrl, 'push URL');
  const prefix = commandsBase.replace(/v1\/commands\/$/, '');
  return {
    commands: (enrollmentId) => commandsBase + encodeURIComponent(enrollmentId),
    push: (enrollmentId) => pushBase + encodeURIComponent(enrollmentId),
    pushCertificate: commandsBase.replace(/commands\/$/, 'config/certificate'),
    devices: commandsBase.replace(/commands\/$/, 'devices'),
    version: prefix === commandsBase ? new URL('/version', commandsBase).href : `${prefix}version`,
  };
}
