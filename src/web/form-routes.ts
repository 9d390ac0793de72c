import { type Context, Hono } from 'hono';
import { FORM_ACTS } from './acts/all.ts';
import type { Fields, FormAct, Look } from './acts/form-act.types.ts';
import { API_OFF, type AuthenticateOptions, createAuthenticate, ONLY_HERE } from './authenticate.ts';
import { isLoopback, pageOf, sessionIdOf, setFlashId } from './browser.ts';
import { type Caller, mayCall } from './caller.ts';
import { isSame } from './credentials.ts';
import type { Flash, Flashes } from './flashes.ts';
import { BACK_FIELD, CONFIRMED_FIELD, CSRF_FIELD, pathOfOurs, typedIn, valuesFor } from './form-fields.ts';
import type { Operation } from './operation.ts';
import { confirmPage } from './pages/confirm.tsx';
import { page } from './pages/page.ts';
import { noticePage } from './pages/sign-in.tsx';
import { Refusal } from './problem.ts';
import { readForm } from './read-form.ts';
import { judgeCall } from './run-operation.ts';
import { signInPath } from './sign-in-path.ts';

const FORM_BYTES_MAX = 16_384;
export const ACTS_PATH = '/acts';

export interface FormRoutesOptions extends AuthenticateOptions {
  operations: readonly Operation[];
  flashes: Flashes;
  show: Look;
}

/**
 * POST /acts/<operation>: what a person does by a form of a page, without a script. The operation is the API's, with its checks and
 * its audit line; the answer leads back to the page, which says what became of it.
 */
export function formRoutes(options: FormRoutesOptions): Hono {
  const { password, open, operations, sessions, flashes, show } = options;
  const authenticate = createAuthenticate(options);
  const acts = new Map(
    FORM_ACTS.flatMap((act) => operations.filter(({ id }) => id === act.id).map((operation) => [act.id, { act, operation }])),
  );
  const routes = new Hono();

  // Who loads the page again that asked for a yes.
  routes.get(`${ACTS_PATH}/:act`, (c) => c.redirect('/', 303));

  routes.post(`${ACTS_PATH}/:act`, async (c) => {
    const form = await readForm(c, FORM_BYTES_MAX);
    if (form === undefined) return page(c, noticePage('This is no form, or one too large. Nothing was changed.'), 400);
    const caller = await callerOf(c, form.get(CSRF_FIELD) ?? '', form.get(BACK_FIELD));
    if (caller instanceof Response) return caller;
    const known = acts.get(c.req.param('act'));
    if (known === undefined) return page(c, noticePage('There is no such act. Nothing was changed.'), 404);
    const { act, operation } = known;
    if (!mayCall(caller, operation.access))
      return page(c, noticePage(`This needs role ${operation.access}; you have role ${caller.access}. Nothing was changed.`), 403);
    const back = pathOfOurs(form.get(BACK_FIELD));
    const typed = { act: act.id, fields: typedIn(form) };
    const call = await judgeCall(operation, caller, {
      params: valuesFor(operation.params, form),
      query: valuesFor(operation.query, form),
      body: (schema) => valuesFor(schema, form),
    });
    if (call instanceof Refusal) return leadBack(c, back, { tone: 'wrong', text: wordsFor(call, act), typed });
    if (act.before !== undefined && form.get(CONFIRMED_FIELD) !== 'yes')
      return page(c, confirmPage({ act, sentences: await act.before(typed.fields, show), fields: [...form], back }));
    const outcome = await operation.run(call);
    if (outcome instanceof Refusal) return leadBack(c, back, { tone: 'wrong', text: wordsFor(outcome, act), typed });
    const said = act.after(outcome as never, typed.fields);
    if (typeof said === 'string') return leadBack(c, back, { tone: 'done', text: said });
    return page(c, confirmPage({ act, sentences: said.ask, fields: withFields(form, said.fields), back }));
  });

  /** Who sent the form; or why it does not count. */
  async function callerOf(c: Context, csrf: string, back: string | null): Promise<Caller | Response> {
    if (!open && password === undefined) return page(c, noticePage(API_OFF), 403);
    // Stricter than the API: a form comes from a browser, and all of them tell whose page it was on.
    if (pageOf(c) !== 'ours') return page(c, noticePage('This form came from another site. Nothing was changed.'), 403);
    const isByHeader = c.req.header('authorization') !== undefined;
    const session = open || isByHeader ? undefined : sessions.find(sessionIdOf(c, options));
    if (session !== undefined && !isSame(csrf, session.csrf)) return page(c, noticePage(OUT_OF_DATE), 403);
    if (open && !isLoopback(c)) return page(c, noticePage(ONLY_HERE), 403);
    const caller = await authenticate(c, csrf);
    if (caller instanceof Response) return isByHeader ? caller : c.redirect(signInPath(pathOfOurs(back)), 303);
    // In the demo and by the password alike: a person at a browser, who makes no tokens by a form.
    return caller.isNamed ? caller : { access: 'operate', name: 'browser', isNamed: false };
  }

  function leadBack(c: Context, path: string, flash: Flash): Response {
    setFlashId(c, options, flashes.keep(flash));
    return c.redirect(path, 303);
  }

  return routes;
}

const OUT_OF_DATE = 'This form is out of date: go back, load the page again, and repeat it. Nothing was changed.';

/** Field by field, as the page calls them. */
function wordsFor({ detail, errors = [] }: Refusal, { names = {} }: FormAct): string {
  if (errors.length === 0) return detail;
  const told = errors.map(({ path, message }) => (path === '' ? message : `${names[path] ?? path}: ${message}`));
  return `${told.join('. ')}. Nothing was changed.`;
}

function withFields(form: URLSearchParams, fields: Fields): [string, string][] {
  return [...[...form].filter(([name]) => !(name in fields)), ...Object.entries(fields)];
}
