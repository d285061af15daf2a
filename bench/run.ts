import { runAccessBench } from './access/run.ts';
import { runFanoutBench } from './fanout/run.ts';
import { runGatewayBench } from './gateway/run.ts';
import { runHistoryBench } from './history.ts';
import { runIngestBench } from './ingest/run.ts';
import { runLatencyBench } from './latency.ts';
import { runPositionsBench } from './positions.ts';
import { runRlsBench } from './rls.ts';
import { runSoakBench } from './soak.ts';

/** `npm run bench -- NAME [options]`: measures side by side, in one run, and prints ratios. */
const BENCHES: Readonly<Record<string, (options: readonly string[]) => Promise<void>>> = {
  access: runAccessBench,
  fanout: runFanoutBench,
  gateway: runGatewayBench,
  history: runHistoryBench,
  ingest: runIngestBench,
  latency: runLatencyBench,
  positions: runPositionsBench,
  soak: runSoakBench,
  rls: runRlsBench,
};

const [name = '', ...options] = process.argv.slice(2);
const bench = BENCHES[name];
if (!bench) {
  process.stderr.write(`there is no bench "${name}": expected one of ${Object.keys(BENCHES).join(', ')}\n`);
  process.exitCode = 2;
} else await bench(options);
