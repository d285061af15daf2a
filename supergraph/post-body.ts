import type { IncomingMessage } from 'node:http';

/** A request's whole body; null when the client left before its end. */
export function readBody(request: IncomingMessage): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      const [first] = chunks;
      resolve(chunks.length === 1 && first ? first : Buffer.concat(chunks));
    });
    request.once('error', () => resolve(null));
    // Comes last; after the end it changes nothing.
    request.once('close', () => resolve(null));
  });
}
