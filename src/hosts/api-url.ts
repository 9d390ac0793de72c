/**
 * The address of a server's API as operators give it, with or without the last slash; the answer ends in one.
 * Throws a TypeError when it is no http(s) URL; its message doesn't repeat the URL, which may hold a password.
 */
export function apiBaseUrl(text: string, name: string): string {
  if (!URL.canParse(text)) throw new TypeError(`the ${name} is not a URL`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError(`the ${name} is neither http nor https`);
  // Our key is sent in a header; fetch refuses URLs that carry one.
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url.href;
}

/**
 * Whether an enrollment id can be written into a path so that the server reads the same id. NanoMDM splits at commas
 * after it has decoded the path, MicroMDM's router takes no slash, dot segments are resolved before the request leaves,
 * and half a surrogate pair has no encoding. Ids come from devices.
 */
export function isAddressable(enrollmentId: string): boolean {
  return enrollmentId.length > 0 && enrollmentId.length <= 255 && !/^\.+$|[,/\\]|\p{Cs}/u.test(enrollmentId);
}
