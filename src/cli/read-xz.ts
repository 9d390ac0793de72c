// A CommonJS bundle, whose names Node does not see.
import xz from 'xz-decompress';

const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];

/** The text of a file that may be packed with xz: told by its first bytes, whatever it is called. Rejects with a sentence for people. */
export async function textOfMaybeXz(bytes: Uint8Array, name: string): Promise<string> {
  const isXz = MAGIC.every((byte, index) => bytes[index] === byte);
  const unpacked = isXz ? await unpack(bytes, name) : [bytes];
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    return unpacked.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode();
  } catch {
    throw new Error(`${name} is not UTF-8 text, nor packed with xz.`);
  }
}

async function unpack(bytes: Uint8Array, name: string): Promise<Uint8Array[]> {
  const packed = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
  const chunks: Uint8Array[] = [];
  try {
    const reader = new xz.XzReadableStream(packed).getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) chunks.push(read.value.slice());
    return chunks;
  } catch (error) {
    throw new Error(`${name} begins like an xz file and can't be unpacked (${error instanceof Error ? error.message : String(error)}).`);
  }
}
