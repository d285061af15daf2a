import { createServer, type IncomingMessage } from 'node:http';
import { execute, parse } from 'graphql';
import { SHOP_NAMES, shopSchema, type ShopName } from './shop.ts';

/**
 * The benchmark's subgraphs in one process, so cheap that only gateways are measured: the answer to a body that was seen
 * before is sent from memory. Usage: `subgraphs.ts PORT DELAY_MS`, at `/NAME`.
 */
const [port = '0', delay = '0'] = process.argv.slice(2);
const schemas = new Map(SHOP_NAMES.map((name) => [name, shopSchema(name)]));
const answers = new Map<string, Buffer>();
/** Bodies with distinct variables would fill the memory. */
const MAX_ANSWERS = 10_000;

async function answer(name: ShopName, body: string): Promise<Buffer> {
  const key = `${name}\n${body}`;
  const known = answers.get(key);
  if (known) return known;
  const schema = schemas.get(name);
  if (!schema) throw new Error(`there is no subgraph ${name}`);
  const { query, variables, operationName } = JSON.parse(body) as {
    query: string;
    variables?: Record<string, unknown>;
    operationName?: string;
  };
  const result = await execute({
    schema,
    document: parse(query),
    variableValues: variables ?? {},
    operationName: operationName ?? null,
  });
  const bytes = Buffer.from(JSON.stringify(result));
  if (answers.size < MAX_ANSWERS) answers.set(key, bytes);
  return bytes;
}

function read(request: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(Buffer.concat(chunks).toString()));
  });
}

let requests = 0;
const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
  if (request.url === '/count') {
    response.end(String(requests));
    return;
  }
  requests += 1;
  void (async () => {
    const bytes = await answer((request.url ?? '').slice(1) as ShopName, await read(request));
    const send = (): void => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length });
      response.end(bytes);
    };
    if (delay === '0') send();
    else setTimeout(send, Number(delay));
  })();
});
server.listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'));
