import { TokenCreateAnswer } from '../../src/engine/token-answers.ts';
import { API_PASSWORD, type WebBench } from './bench.ts';

/** A browser without scripts: it keeps cookies, sends forms, and goes where it is led. */
export interface Browser {
  csrf: string;
  get(path: string): Promise<Response>;
  /** The text of a page. */
  read(path: string): Promise<string>;
  /** Sends a form as its page would, from a page of ours unless the headers say otherwise. */
  post(path: string, fields: Record<string, string> | URLSearchParams, headers?: Record<string, string>): Promise<Response>;
}

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin' };

/** Signed in by `secret`, or not at all. */
export async function browse(bench: WebBench, secret?: string): Promise<Browser> {
  const cookies = new Map<string, string>();
  async function ask(path: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Response> {
    const Cookie = [...cookies].map((cookie) => cookie.join('=')).join('; ');
    const answer = await bench.ask(path, { ...init, headers: { ...init.headers, ...(Cookie === '' ? {} : { Cookie }) } });
    for (const set of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (/Max-Age=0/.test(set)) cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  }
  const browser: Browser = {
    csrf: '',
    get: (path) => ask(path),
    read: async (path) => (await ask(path)).text(),
    post: (path, fields, headers = {}) =>
      ask(path, { method: 'POST', body: new URLSearchParams(fields).toString(), headers: present({ ...FORM, ...headers }) }),
  };
  if (secret === undefined) return browser;
  await browser.post('/sign-in', { secret });
  browser.csrf = /name="csrf" value="([^"]+)"/.exec(await browser.read('/sign-in'))?.[1] ?? '';
  return browser;
}

/** Without those that are said to be empty: they are not sent. */
function present(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));
}

export const byPassword = (bench: WebBench) => browse(bench, API_PASSWORD);

export async function byToken(bench: WebBench, role: 'read' | 'operate'): Promise<Browser> {
  const body = JSON.stringify({ name: `jane ${role}`, role });
  const made = await bench.api('/tokens', { method: 'POST', body }, { 'Content-Type': 'application/json' });
  return browse(bench, TokenCreateAnswer.parse(await made.json()).token);
}

/** What a form would send that the page asks back with: its hidden fields. */
export function fieldsOf(page: string): Record<string, string> {
  const found = [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  return Object.fromEntries(
    found.map(([, name, value = '']) => [name, value.replaceAll(/&(\w+|#39);/g, (_, entity) => ENTITIES[entity] ?? '')]),
  );
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
