import { z } from 'zod';

/** One field of a request that is not as expected. */
export const FieldProblem = z.looseObject({
  in: z.enum(['path', 'query', 'body', 'file']),
  /** `devices[3].tags`; empty: the whole of it. */
  path: z.string(),
  message: z.string(),
});
export type FieldProblem = z.infer<typeof FieldProblem>;

/** Every answer that is not 2xx: RFC 9457, application/problem+json. */
export const ApiProblem = z.looseObject({
  type: z.string(),
  /** The status in words. */
  title: z.string(),
  status: z.int(),
  /** What is wrong and what to do, for people. */
  detail: z.string(),
  /** Of a path, query, body or file that was not understood. */
  errors: z.array(FieldProblem).optional(),
});
export type ApiProblem = z.infer<typeof ApiProblem>;
