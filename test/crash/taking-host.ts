import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A NanoMDM that takes every command and push and remembers what it was given. */
export interface TakingHost {
  enqueueUrl: string;
  /** CommandUUIDs as they came, with the enrollment they are for. */
  commands: Map<string, string>;
  /** CommandUUIDs that came for two enrollments. */
  reused: string[];
  close(): Promise<void>;
}

export async function startTakingHost(): Promise<TakingHost> {
  const commands = new Map<string, string>();
  const reused: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    request.on('end', () => {
      const id = decodeURIComponent((request.url ?? '').split('?')[0]?.split('/').at(-1) ?? '');
      const uuid = /<key>CommandUUID<\/key>\s*<string>([^<]+)</.exec(Buffer.concat(chunks).toString('utf8'))?.[1];
      if (uuid !== undefined) {
        if ((commands.get(uuid) ?? id) !== id) reused.push(uuid);
        commands.set(uuid, id);
      }
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ status: { [id]: { push_result: 'sent' } }, ...(uuid === undefined ? {} : { command_uuid: uuid }) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    enqueueUrl: `http://127.0.0.1:${port}/v1/enqueue/`,
    commands,
    reused,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
