import type { Context } from 'hono';

export class BodyTooLargeError extends Error {
  override name = 'BodyTooLargeError';
}

/** The raw bytes of a body, at most `bytesMax`; refuses before reading when the length is told. */
export async function readBody(c: Context, bytesMax: number): Promise<Uint8Array> {
  const told = c.req.header('content-length');
  if (told !== undefined) {
    if (Number(told) > bytesMax) throw new BodyTooLargeError();
    return new Uint8Array(await c.req.arrayBuffer());
  }
  const reader = c.req.raw.body?.getReader();
  if (!reader) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks);
    size += value.byteLength;
    if (size > bytesMax) {
      await reader.cancel();
      throw new BodyTooLargeError();
    }
    chunks.push(value);
  }
}
