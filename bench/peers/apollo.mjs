import { readFile } from 'node:fs/promises';
process.env.APOLLO_TELEMETRY_DISABLED = '1';
const { ApolloServer } = await import('@apollo/server');
const { startStandaloneServer } = await import('@apollo/server/standalone');
const { ApolloGateway } = await import('@apollo/gateway');

/** Apollo Server with @apollo/gateway as its documentation starts it. Usage: `apollo.mjs SUPERGRAPH PORT`. */
const [file = '', port = '0'] = process.argv.slice(2);
const gateway = new ApolloGateway({ supergraphSdl: await readFile(file, 'utf8') });
const server = new ApolloServer({ gateway });
await startStandaloneServer(server, { listen: { host: '127.0.0.1', port: Number(port) } });
