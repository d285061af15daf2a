import { runGatewayBench } from './gateway/run.ts';
import { runHistoryBench } from './history.ts';
import { runIngestBench } from './ingest/run.ts';

/** `npm run bench -- NAME [options]`: measures side by side, in one run, and prints ratios. */
const BENCHES: Readonly<Record<string, (options: readonly string[]) => Promise<void>>> = {
  gateway: runGatewayBench,
  history: runHistoryBench,
  ingest: runIngestBench,
};

const [name = '', ...options] = process.argv.slice(2);
const bench = BENCHES[name];
if (!bench) {
  process.stderr.write(`there is no bench "${name}": expected one of ${Object.keys(BENCHES).join(', ')}\n`);
  process.exitCode = 2;
} else await bench(options);
