import { z } from 'zod';
import { REFERENCE_PATH } from '../api.ts';
import { type OpenApiDocument, openApiDocument } from '../openapi.ts';
import { type Operation, view } from '../operation.ts';

const OpenApiAnswer = z.looseObject({
  openapi: z.string(),
  info: z.looseObject({}),
  paths: z.looseObject({}),
  components: z.looseObject({}),
});

/** These operations and what describes them: the document, and the same as a page. */
export function withReference(operations: readonly Operation[], version: string, page: (document: OpenApiDocument) => string): Operation[] {
  const all: Operation[] = [
    ...operations,
    view({
      id: 'showReference',
      group: 'Reference',
      path: REFERENCE_PATH,
      summary: 'This API as a page.',
      answer: z.string(),
      run: () => page(document()),
    }),
    view({
      id: 'showOpenApi',
      group: 'Reference',
      path: '/openapi.json',
      summary: 'This API as an OpenAPI 3.1 document.',
      answer: OpenApiAnswer,
      run: () => ({ ...document() }),
    }),
  ];
  let written: OpenApiDocument | undefined;
  function document(): OpenApiDocument {
    written ??= openApiDocument(all, version);
    return written;
  }
  return all;
}
