/**
 * The addresses of NanoMDM's API. Operators give the two prefixes as NanoCMD and KMFDDM take them
 * (`http://nanomdm:9000/v1/enqueue/`, `…/v1/push/`), with or without the last slash.
 */
export interface NanoMdmUrls {
  /** Without pushing. For ids that `isAddressable` only, else it may throw or mean another id. */
  enqueue(enrollmentId: string): string;
  push(enrollmentIds: readonly string[]): string;
  version: string;
}

/** Throws a TypeError when one of the two is no http(s) URL; its message doesn't repeat the URL, which may hold a password. */
export function nanoMdmUrls(enqueueUrl: string, pushUrl: string): NanoMdmUrls {
  const enqueueBase = baseUrl(enqueueUrl, 'enqueue URL');
  const pushBase = baseUrl(pushUrl, 'push URL');
  return {
    // Any non-empty value of nopush counts for NanoMDM.
    enqueue: (enrollmentId) => `${enqueueBase}${encodeURIComponent(enrollmentId)}?nopush=1`,
    push: (enrollmentIds) => pushBase + enrollmentIds.map(encodeURIComponent).join(','),
    version: versionUrl(enqueueBase),
  };
}

/**
 * Whether an enrollment id can be written into a path so that the server reads the same id. NanoMDM splits at commas
 * after it has decoded the path, dot segments are resolved
 * before the request leaves, and half a surrogate pair has no encoding. Ids come from devices.
 */
export function isAddressable(enrollmentId: string): boolean {
  return enrollmentId.length > 0 && enrollmentId.length <= 255 && !/^\.+$|[,/\\]|\p{Cs}/u.test(enrollmentId);
}

function baseUrl(text: string, name: string): string {
  const url = parseUrl(text, name);
  // Our key is sent in a header; fetch refuses URLs that carry one.
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url.href;
}

function parseUrl(text: string, name: string): URL {
  if (!URL.canParse(text)) throw new TypeError(`the ${name} is not a URL`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError(`the ${name} is neither http nor https`);
  return url;
}

/** `/version` lies beside `/v1` (NanoMDM, also below a reverse proxy's prefix) or at the root (NanoHUB). */
function versionUrl(enqueueBase: string): string {
  const url = new URL(enqueueBase);
  const match = /^(.*)\/v1\/enqueue\/$/.exec(url.pathname);
  const prefix = match?.[1] ?? '';
  url.pathname = `${prefix.endsWith('/api') ? prefix.slice(0, -'/api'.length) : prefix}/version`;
  return url.href;
}
