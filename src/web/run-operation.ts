import type { Context } from 'hono';
import { z } from 'zod';
import type { FieldProblem } from '../engine/problem-answer.ts';
import { byOf, type Caller, mayCall } from './caller.ts';
import { Download, download } from './download.ts';
import { ActBy, type Call, type Operation } from './operation.ts';
import { page } from './pages/page.ts';
import { problem, Refusal, refuse } from './problem.ts';
import { BodyTooLargeError, readBody } from './read-body.ts';

/** Fields told of one request. */
const FIELDS_MAX = 20;
const NOTHING_DONE = 'Nothing was changed.';

/** Judges a request of an operation and runs it. Whatever is in the request, the answer is no 5xx. */
export async function runOperation(c: Context, operation: Operation, caller: Caller): Promise<Response> {
  const call = await judgeCall(operation, caller, {
    params: c.req.param(),
    query: queryOf(c),
    body: (schema) => readJson(c, schema, operation.bodyBytesMax),
  });
  const outcome = call instanceof Refusal ? call : await operation.run(call);
  if (outcome instanceof Refusal) return problem(c, outcome.status, outcome.detail, { errors: outcome.errors, headers: outcome.headers });
  if (outcome instanceof Download) return download(c, outcome);
  return typeof outcome === 'string' ? page(c, outcome) : c.json(outcome as object);
}

/** What an operation is called with, not judged yet. */
export interface Given {
  params: unknown;
  query: unknown;
  /** Asked only where the operation takes one, and everything before it is right. */
  body(schema: z.ZodObject): unknown;
}

/** What the operation is to be run with; or why it is not. */
export async function judgeCall(operation: Operation, caller: Caller, given: Given): Promise<Call<unknown, unknown, unknown> | Refusal> {
  if (!mayCall(caller, operation.access)) return refuse(403, deniedText(operation, caller));
  const params = judge(operation, 'path', operation.params, given.params);
  if (params instanceof Refusal) return params;
  const query = judge(operation, 'query', operation.query, given.query);
  if (query instanceof Refusal) return query;
  const read = operation.body === undefined ? {} : await given.body(operation.body);
  const body = operation.body === undefined || read instanceof Refusal ? read : judge(operation, 'body', operation.body, read);
  if (body instanceof Refusal) return body;
  const { by, note } = body as z.output<typeof ActBy>;
  return { params, query, body, act: { by: byOf(caller, by), ...(note ? { note } : {}) } };
}

function deniedText({ access }: Operation, { name, access: has }: Caller): string {
  return access === 'password'
    ? `This needs the password itself (user ratchet, --api); ${name} may not.`
    : `This needs a token with role ${access}; ${name} has role ${has}.`;
}

/** A parameter given twice is a list, which no schema of ours takes: nobody guesses which one was meant. */
function queryOf(c: Context): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(c.req.queries()).map(([name, values]) => [name, values.length === 1 ? String(values[0]) : values]),
  );
}

async function readJson(c: Context, schema: z.ZodObject, bytesMax: number): Promise<unknown> {
  // A form or script of another site can't send this type without asking first: no act by a forged click.
  if (!/^application\/json\s*(;|$)/i.test(c.req.header('content-type') ?? ''))
    return new Refusal(415, `Expected a JSON object, {} at least, with Content-Type: application/json. ${NOTHING_DONE}`, undefined, {
      'Accept-Post': 'application/json',
    });
  let text: string;
  try {
    text = Buffer.from(await readBody(c, bytesMax)).toString('utf8');
  } catch (error) {
    if (error instanceof BodyTooLargeError) return refuse(413, `The body is larger than ${bytesMax} bytes. ${NOTHING_DONE}`);
    return refuse(400, `The body could not be read. ${NOTHING_DONE}`);
  }
  try {
    return text.trim() === '' ? {} : JSON.parse(text);
  } catch {
    const errors: FieldProblem[] = [{ in: 'body', path: '', message: 'not JSON' }];
    return refuse(400, `The body is not JSON; expected ${shapeOf(schema)}. ${NOTHING_DONE}`, errors);
  }
}

function judge({ method }: Operation, place: FieldProblem['in'], schema: z.ZodObject, value: unknown): unknown {
  let issues: readonly z.core.$ZodIssue[];
  try {
    const judged = schema.safeParse(value);
    if (judged.success) return judged.data;
    issues = judged.error.issues;
  } catch {
    // zod looks at the `length` of whatever has one, and throws where that can't be compared.
    issues = [{ code: 'custom', path: [], message: 'something with a length of its own stands where a text or a list should' }];
  }
  const errors = issues.slice(0, FIELDS_MAX).flatMap((issue) => fieldsOf(place, issue));
  const told = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
  const expected = place === 'path' ? '' : ` Expected ${shapeOf(schema)}.`;
  const nothing = method === 'get' ? '' : ` ${NOTHING_DONE}`;
  return refuse(400, `The ${place} is not as expected: ${told}.${expected}${nothing}`, errors);
}

function fieldsOf(place: FieldProblem['in'], issue: z.core.$ZodIssue): FieldProblem[] {
  // What nobody knows stands where it would be, not where it is missing.
  if (issue.code === 'unrecognized_keys')
    return issue.keys
      .slice(0, FIELDS_MAX)
      .map((key) => ({ in: place, path: pathText([...issue.path, key]), message: 'there is no such field' }));
  return [
    { in: place, path: pathText(issue.path), message: isMissing(issue) ? `it is missing; expected ${issue.expected}` : issue.message },
  ];
}

/** What was given is not part of an issue: it may be a secret. */
function isMissing(issue: z.core.$ZodIssue): issue is z.core.$ZodIssueInvalidType {
  return issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
}

function pathText(path: readonly PropertyKey[]): string {
  // A key may be the caller's, of any length.
  return z.core.toDotPath(path).slice(0, 200);
}

/** `{"policy"?, "by"?, "note"?}`: who and why come last. */
function shapeOf({ shape }: z.ZodObject): string {
  const isOfAll = ([key]: [string, unknown]) => key in ActBy.shape;
  const fields = Object.entries(shape);
  const keys = [...fields.filter((field) => !isOfAll(field)), ...fields.filter(isOfAll)].map(
    ([key, field]) => `"${key}"${(field as z.ZodType).safeParse(undefined).success ? '?' : ''}`,
  );
  return keys.length === 0 ? 'none' : `{${keys.join(', ')}}`;
}
