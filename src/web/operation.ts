import { z } from 'zod';
import type { Access } from './caller.ts';
import type { Download } from './download.ts';
import type { Refusal } from './problem.ts';

/** Who does it and why, for the audit log: part of every act's body. */
export const ActBy = z.strictObject({
  by: z.string().min(1).max(200).optional().describe('Who does it, for the audit log; with a token its name is added.'),
  note: z.string().max(2_000).optional().describe('Why, for the audit log.'),
});

const BODY_BYTES_MAX = 16_384;

export interface Call<Params, Query, Body> {
  params: Params;
  query: Query;
  body: Body;
  /** Who does it and why: of the caller and the body. */
  act: { by: string; note?: string };
}

/** One operation of the API: route, access, validation and the document all follow from it. */
export interface Operation {
  /** Its name in the document, in camel case. */
  id: string;
  group: string;
  method: 'get' | 'post' | 'put';
  /** Below /api/v1, with parameters in braces: "/tags/{source}". */
  path: string;
  access: Access;
  summary: string;
  params: z.ZodObject;
  query: z.ZodObject;
  /** Absent: it takes none. */
  body: z.ZodObject | undefined;
  bodyBytesMax: number;
  answer: z.ZodType;
  /** Of an answer that is no object: a page, or a file to download. Absent: `text/html`. */
  media?: 'text/csv';
  /** Statuses it refuses with by itself, beside those that any operation may answer, and why. */
  refusals: Readonly<Record<number, string>>;
  run(call: Call<unknown, unknown, unknown>): unknown;
}

type Outcome<Answer extends z.ZodType> = z.input<Answer> | Refusal | Download;
type Nothing = z.ZodObject<Record<never, never>>;

interface Spec<Answer extends z.ZodType, Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodObject>
  extends Pick<Operation, 'id' | 'group' | 'path' | 'summary'>,
    Partial<Pick<Operation, 'method' | 'access' | 'bodyBytesMax' | 'refusals' | 'media'>> {
  params?: Params;
  query?: Query;
  body?: Body;
  answer: Answer;
  run(call: Call<z.output<Params>, z.output<Query>, z.output<Body>>): Outcome<Answer> | Promise<Outcome<Answer>>;
}

/** Whatever does not say otherwise is an act: POST, and not for tokens that only read. */
export function operation<
  Answer extends z.ZodType,
  Params extends z.ZodObject = Nothing,
  Query extends z.ZodObject = Nothing,
  Body extends z.ZodObject = Nothing,
>(spec: Spec<Answer, Params, Query, Body>): Operation {
  const nothing = z.strictObject({});
  return {
    method: 'post',
    access: 'operate',
    bodyBytesMax: BODY_BYTES_MAX,
    refusals: {},
    ...spec,
    params: spec.params ?? nothing,
    query: spec.query ?? nothing,
    body: spec.body,
  };
}

/** What is shown: GET, for every token. */
export function view<Answer extends z.ZodType, Params extends z.ZodObject = Nothing, Query extends z.ZodObject = Nothing>(
  spec: Omit<Spec<Answer, Params, Query, Nothing>, 'method' | 'body' | 'bodyBytesMax'>,
): Operation {
  return operation<Answer, Params, Query, Nothing>({ method: 'get', access: 'read', ...spec });
}
