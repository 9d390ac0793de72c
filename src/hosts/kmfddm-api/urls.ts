import { apiBaseUrl } from '../api-url.ts';

/** The addresses of KMFDDM's API (http/api/v1.go), which NanoHUB has under another base. What is written to doesn't notify devices. */
export interface KmfddmUrls {
  base: string;
  declarations: string;
  declaration(identifier: string): string;
  sets: string;
  /** Without a declaration: to read. */
  setDeclarations(set: string, declaration?: string): string;
  enrollmentSets(enrollmentId: string, set?: string): string;
  statusReport(enrollmentId: string, index: number): string;
  version: string;
}

/** Throws a TypeError when it is no http(s) URL; its message doesn't repeat the URL, which may hold a password. */
export function kmfddmUrls(url: string): KmfddmUrls {
  const base = apiBaseUrl(url, 'KMFDDM URL');
  const path = (...parts: string[]) => base + parts.map(encodeURIComponent).join('/');
  const query = (key: string, value: string | undefined) =>
    value === undefined ? '' : `?${key}=${encodeURIComponent(value)}&${NO_NOTIFY}`;
  return {
    base,
    declarations: `${base}declarations`,
    declaration: (identifier) => path('declarations', identifier),
    sets: `${base}sets`,
    setDeclarations: (set, declaration) => path('set-declarations', set) + query('declaration', declaration),
    enrollmentSets: (enrollmentId, set) => path('enrollment-sets', enrollmentId) + query('set', set),
    statusReport: (enrollmentId, index) => `${path('status-report', enrollmentId)}?index=${index}`,
    version: new URL(base.replace(/(\/api)?\/v1\/(ddm\/)?$/, '/')).href.replace(/\/?$/, '/version'),
  };
}

export const NO_NOTIFY = 'nonotify=1';
