import { z } from 'zod';
import { AttemptAnswer, HeldPolicies, PlanDevice, PlanDifference, PlanState, ReleaseRow, SofaRow } from '../engine/answers.ts';
import { ApiProblem, FieldProblem } from '../engine/problem-answer.ts';
import { TokenAnswer } from '../engine/token-answers.ts';
import type { Operation } from './operation.ts';
import { PROBLEM_TYPE } from './problem.ts';

/** A JSON Schema of draft 2020-12, as far as we look into it. */
export interface JsonSchema {
  $ref?: string;
  type?: string;
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  enum?: unknown[];
  const?: unknown;
  [key: string]: unknown;
}

/** The parts of OpenAPI 3.1 that are written here. https://spec.openapis.org/oas/v3.1.1.html */
export interface OpenApiDocument {
  openapi: string;
  info: { title: string; version: string; description: string; license: { name: string; identifier: string } };
  servers: { url: string }[];
  security: Record<string, string[]>[];
  tags: { name: string }[];
  paths: Record<string, Record<string, OpenApiOperation>>;
  components: { schemas: Record<string, JsonSchema>; securitySchemes: Record<string, object> };
}

export interface OpenApiOperation {
  operationId: string;
  summary: string;
  tags: string[];
  security: Record<string, string[]>[];
  /** Least role of a token: read or operate; password: no token. */
  'x-ratchet-access': string;
  parameters?: { name: string; in: 'path' | 'query'; required: boolean; description?: string; schema: JsonSchema }[];
  requestBody?: { required: boolean; content: Record<string, { schema: JsonSchema }> };
  responses: Record<string, { description: string; content: Record<string, { schema: JsonSchema }> }>;
}

/** Parts of answers that have a name of their own in the document. */
const PARTS: Readonly<Record<string, z.ZodType>> = {
  ...{ Attempt: AttemptAnswer, HeldPolicies, PlanDevice, PlanDifference, PlanState },
  ...{ Release: ReleaseRow, SofaRow, Token: TokenAnswer, Problem: ApiProblem, FieldProblem },
};

const DESCRIPTION = `What the verbs of \`ratchet\` call. Instants are milliseconds since 1970; dates on devices are yyyy-mm-ddThh:mm:ss without zone.
A field may be added to an answer; one that changes or goes makes a new number in its \`schema\`. Fields that an operation does not know are refused.`;

/** The document of these operations, from the schemas that judge requests and type answers at run time. */
export function openApiDocument(operations: readonly Operation[], version: string): OpenApiDocument {
  const answers = z.registry<{ id: string }>();
  for (const [id, part] of Object.entries(PARTS)) answers.add(part, { id });
  for (const { answer, id } of operations)
    if (answer instanceof z.ZodObject && !answers.has(answer)) answers.add(answer, { id: nameOf(answer, id) });
  const bodies = z.registry<{ id: string }>();
  for (const { body, id } of operations) if (body !== undefined && !bodies.has(body)) bodies.add(body, { id: `${pascal(id)}Body` });

  const paths: OpenApiDocument['paths'] = {};
  for (const operation of operations) {
    const { answer, body } = operation;
    const isText = !(answer instanceof z.ZodObject);
    const schema = isText ? { type: 'string' } : refTo(answers.get(answer)?.id);
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method]: {
        operationId: operation.id,
        summary: operation.summary,
        tags: [operation.group],
        security: operation.access === 'password' ? [{ password: [] }] : [{ password: [] }, { token: [] }],
        'x-ratchet-access': operation.access,
        ...parametersOf(operation),
        ...(body && { requestBody: { required: true, content: { 'application/json': { schema: refTo(bodies.get(body)?.id) } } } }),
        responses: {
          200: { description: 'Done.', content: { [isText ? (operation.media ?? 'text/html') : 'application/json']: { schema } } },
          ...refusalsOf(operation),
        },
      },
    };
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Ratchet', version, description: DESCRIPTION, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/api/v1' }],
    security: [{ password: [] }, { token: [] }],
    tags: [...new Set(operations.map(({ group }) => group))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { ...schemasOf(answers, 'output'), ...schemasOf(bodies, 'input') },
      securitySchemes: {
        password: { type: 'http', scheme: 'basic', description: 'User ratchet, the password of --api.' },
        token: { type: 'http', scheme: 'bearer', bearerFormat: 'ratchet_<id>_<secret>', description: 'Made by ratchet token create.' },
      },
    },
  };
}

function schemasOf(registry: z.core.$ZodRegistry<{ id: string }>, io: 'input' | 'output'): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(registry, { io, uri: (id) => refText(id), override });
  return Object.fromEntries(
    Object.entries(schemas as Record<string, JsonSchema>).map(([id, { $schema: _, $id: __, ...schema }]) => [id, schema]),
  );
}

function parametersOf({ params, query }: Operation): Pick<OpenApiOperation, 'parameters'> {
  const parameters = [
    { place: 'path' as const, schema: params },
    { place: 'query' as const, schema: query },
  ].flatMap(({ place, schema }) => {
    const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input', override }) as JsonSchema;
    return Object.entries(properties).map(([name, { description, ...rest }]) => ({
      ...{ name, in: place, required: required.includes(name) },
      ...(description === undefined ? {} : { description }),
      schema: rest,
    }));
  });
  return parameters.length === 0 ? {} : { parameters };
}

/** Of every operation, of those that take something, and of this one. */
function refusalsOf({ body, refusals }: Operation): OpenApiOperation['responses'] {
  const described: Record<string, string> = {
    400: 'The path, query or body is not as expected.',
    401: 'No credentials, or wrong ones.',
    403: 'The caller may not do this, or the API is off.',
    ...(body && { 413: 'The body is too large.', 415: 'The body is not application/json.' }),
    429: 'Too many wrong passwords.',
    ...refusals,
  };
  const content = { [PROBLEM_TYPE]: { schema: refTo('Problem') } };
  return Object.fromEntries(Object.entries(described).map(([status, description]) => [status, { description, content }]));
}

/** zod says of every integer that it is a safe one; and knows descriptions only of the registry it is given. */
function override({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  const description = z.globalRegistry.get(zodSchema)?.description;
  if (description !== undefined) jsonSchema.description = description;
}

/** "ratchet.plan/1" → "Plan"; of what has no such field the operation's name. */
function nameOf(answer: z.ZodObject, id: string): string {
  const { schema } = answer.shape;
  const name = schema instanceof z.ZodLiteral ? /^ratchet\.([\w-]+)\/\d+$/.exec(String(schema.value))?.[1] : undefined;
  return `${pascal(name ?? id)}Answer`;
}

function pascal(text: string): string {
  return text.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function refTo(id: string | undefined): JsonSchema {
  return { $ref: refText(String(id)) };
}

function refText(id: string): string {
  return `#/components/schemas/${id}`;
}
