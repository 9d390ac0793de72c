import type { Context } from 'hono';

/** A file that is written while it is sent, so that a long one never stands in memory. */
export class Download {
  constructor(
    readonly body: ReadableStream<Uint8Array>,
    readonly type: 'text/csv',
    /** Of plain letters, digits, dots and dashes. */
    readonly fileName: string,
  ) {}
}

export function download(c: Context, { body, type, fileName }: Download): Response {
  return c.body(body, 200, {
    'Content-Type': `${type}; charset=utf-8`,
    'Content-Disposition': `attachment; filename="${fileName}"`,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
}

/** Asks for the next piece when the last one is sent, and for no more once the receiver is gone. */
export function streamOf(pieces: AsyncIterator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      async cancel() {
        await pieces.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
