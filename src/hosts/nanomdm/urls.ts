import { apiBaseUrl } from '../api-url.ts';

/**
 * The addresses of NanoMDM's API. Operators give the two prefixes as NanoCMD and KMFDDM take them
 * (`http://nanomdm:9000/v1/enqueue/`, `…/v1/push/`), with or without the last slash.
 */
export interface NanoMdmUrls {
  /** Without pushing. For ids that `isAddressable` only, else it may throw or mean another id. */
  enqueue(enrollmentId: string): string;
  push(enrollmentIds: readonly string[]): string;
  /** Beside the enqueue API. */
  pushCertificate: string;
  version: string;
}

/** Throws a TypeError when one of the two is no http(s) URL; its message doesn't repeat the URL, which may hold a password. */
export function nanoMdmUrls(enqueueUrl: string, pushUrl: string): NanoMdmUrls {
  const enqueueBase = apiBaseUrl(enqueueUrl, 'enqueue URL');
  const pushBase = apiBaseUrl(pushUrl, 'push URL');
  return {
    // Any non-empty value of nopush counts for NanoMDM.
    enqueue: (enrollmentId) => `${enqueueBase}${encodeURIComponent(enrollmentId)}?nopush=1`,
    push: (enrollmentIds) => pushBase + enrollmentIds.map(encodeURIComponent).join(','),
    pushCertificate: enqueueBase.replace(/enqueue\/$/, 'pushcert'),
    version: versionUrl(enqueueBase),
  };
}

/** `/version` lies beside `/v1` (NanoMDM, also below a reverse proxy's prefix) or at the root (NanoHUB). */
function versionUrl(enqueueBase: string): string {
  const url = new URL(enqueueBase);
  const match = /^(.*)\/v1\/enqueue\/$/.exec(url.pathname);
  const prefix = match?.[1] ?? '';
  url.pathname = `${prefix.endsWith('/api') ? prefix.slice(0, -'/api'.length) : prefix}/version`;
  return url.href;
}
