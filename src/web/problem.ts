import { STATUS_CODES } from 'node:http';
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { FieldProblem } from '../engine/problem-answer.ts';

export const PROBLEM_TYPE = 'application/problem+json';

export interface ProblemMore {
  errors?: readonly FieldProblem[];
  headers?: Record<string, string>;
}

/** RFC 9457: what every answer of the API is that is no success. `detail` is for people: what is wrong, and what to do. */
export function problem(c: Context, status: number, detail: string, { errors, headers }: ProblemMore = {}): Response {
  const body = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail, ...(errors ? { errors } : {}) };
  return c.body(JSON.stringify(body), status as ContentfulStatusCode, { 'Content-Type': PROBLEM_TYPE, ...headers });
}

/** An operation's no, in place of its answer. */
export class Refusal {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly errors?: readonly FieldProblem[],
    readonly headers?: Record<string, string>,
  ) {}
}

export function refuse(status: number, detail: string, errors?: readonly FieldProblem[]): Refusal {
  return new Refusal(status, detail, errors);
}
