import { Hono } from 'hono';
import { type AuthenticateOptions, createAuthenticate } from './authenticate.ts';
import type { Caller } from './caller.ts';
import type { Operation } from './operation.ts';
import { problem } from './problem.ts';
import { runOperation } from './run-operation.ts';

export const API_PATH = '/api/v1';
/** Where the API describes itself, below it. */
export const REFERENCE_PATH = '/reference';
const ROOT = new RegExp(`^${API_PATH}/?$`);

export interface ApiOptions extends AuthenticateOptions {
  operations: readonly Operation[];
}

type ApiEnv = { Variables: { caller: Caller } };

/** /api/v1: what the verbs of the command line call. */
export function createApi({ operations, ...who }: ApiOptions): Hono {
  const api = new Hono<ApiEnv>();
  const authenticate = createAuthenticate(who);
  api.use(async (c, next) => {
    // Serial numbers are nothing for a cache between.
    c.header('Cache-Control', 'no-store');
    c.header('X-Content-Type-Options', 'nosniff');
    const caller = await authenticate(c);
    if (caller instanceof Response) return caller;
    c.set('caller', caller);
    return next();
  });
  for (const operation of operations)
    api.on(operation.method.toUpperCase(), routeOf(operation), (c) => runOperation(c, operation, c.get('caller')));
  for (const [path, methods] of methodsByPath(operations)) {
    const allowed = methods.includes('GET') ? ['HEAD', ...methods] : methods;
    api.all(path, (c) => problem(c, 405, `This takes ${methods.join(' or ')}.`, { headers: { Allow: allowed.join(', ') } }));
  }
  api.get('*', async (c, next) => (ROOT.test(c.req.path) ? c.redirect(`${API_PATH}${REFERENCE_PATH}`) : next()));
  api.all('*', (c) => problem(c, 404, 'There is no such API endpoint.'));
  return api as unknown as Hono;
}

/** "/tags/{source}" → "/tags/:source" */
function routeOf({ path }: Operation): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function methodsByPath(operations: readonly Operation[]): Map<string, string[]> {
  const byPath = new Map<string, string[]>();
  for (const operation of operations) {
    const path = routeOf(operation);
    byPath.set(path, [...(byPath.get(path) ?? []), operation.method.toUpperCase()]);
  }
  return byPath;
}
