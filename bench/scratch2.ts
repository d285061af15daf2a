import { mkdtemp, rm } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import pg from 'pg';
import { issueDevelopmentToken } from '#platform/auth/development-issuer.ts';
import { DEMO_TENANTS, personaClaims, PERSONAS } from '#platform/auth/personas.ts';
import { readConfig } from '#platform/config.ts';
import { prepareDatabase } from '#platform/database/prepare-database.ts';
import { startPostgres } from '#tools/services/postgres.ts';
import { startRedis } from '#tools/services/redis.ts';
import { createPoster, makeLoad } from './ingest/load.ts';
import { backlogOf } from './ingest/sampler.ts';
import { readFileSync } from 'node:fs';
const directory = await mkdtemp('/tmp/ing/s2-');
const postgres = await startPostgres({ directory: directory + '/postgres' });
const redis = await startRedis({ directory: directory + '/redis' });
const database = new pg.Pool({ connectionString: postgres.url, max: 4 });
const client = new Redis(redis.url);
let child: any;
const gc: string[] = [];
try {
  await database.query('ALTER SYSTEM SET log_min_duration_statement = 100');
  await database.query('SELECT pg_reload_conf()');
  await prepareDatabase({ databaseUrl: postgres.url, migrationsDirectory: 'prisma/migrations' });
  const bookings = Array.from({ length: 2000 }, (_, i) => `BENCH-${i}`);
  await database.query(
    `INSERT INTO tracking.shipment (id, tenant_id, reference, carrier_scac, origin, destination, carrier_booking_reference) SELECT gen_random_uuid(), $1, booking, 'HLCU', 'CNSHA', 'NLRTM', booking FROM unnest($2::text[]) AS booking`,
    [DEMO_TENANTS.aurora, bookings],
  );
  const env = {
    PORT: '0',
    ROLES: 'tracking,worker',
    DATA_DIR: directory,
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    DEMO_DATA: 'off',
    LOG_LEVEL: 'warn',
  };
  child = spawn(
    process.execPath,
    [
      ...(process.env.NODE_EXTRA ?? '').split(' ').filter(Boolean),
      '--max-semi-space-size=64',
      '--import',
      'tsx',
      'main.ts',
    ],
    { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let origin = '';
  for await (const line of createInterface({ input: child.stdout })) {
    const m = /^ready (http:\/\/[^/]+)/.exec(line);
    if (m) {
      origin = m[1]!;
      break;
    }
  }
  process.env.TRACE ? child.stdout.on('data', (d: any) => gc.push(String(d))) : child.stdout.resume();
  const { auth } = readConfig(env, process.cwd());
  const token = await issueDevelopmentToken(
    auth,
    directory,
    personaClaims(PERSONAS.find(({ name }) => name === 'integration')!),
    3600,
  );
  const { post } = createPoster(origin, token);
  const load = makeLoad(bookings, 400);

  const { processorTime } = await import('./ingest/processor-time.ts');
  const N = Number(process.argv[2] ?? 80);
  const run = async (n: number) => {
    let i = 0;
    await Promise.all(
      [1, 2, 3, 4].map(async () => {
        while (i++ < n) {
          while ((await backlogOf(client)) > 8000) await new Promise((r) => setTimeout(r, 5));
          await post(load.next()!);
        }
      }),
    );
    while ((await backlogOf(client)) > 0) await new Promise((r) => setTimeout(r, 5));
  };
  await run(40);
  const pids = [child.pid, postgres.pid, redis.pid];
  const before = pids.map((p) => processorTime(p!));
  const t = performance.now();
  await run(N);
  const ev = N * 500;
  console.log(
    'events',
    ev,
    'rate',
    Math.round((ev / (performance.now() - t)) * 1000),
    'us/event: node, pg, redis',
    pids.map((p, i) => (((processorTime(p!) - before[i]!) * 1000) / ev).toFixed(1)).join(' '),
  );
  const st = await database.query('SELECT count(*) FROM tracking.event');
  console.log(st.rows[0]);
  if (process.env.PGSTAT)
    console.log(
      (
        await database.query(
          `SELECT relname, n_tup_ins, n_tup_upd, n_tup_hot_upd, n_tup_del, seq_scan, seq_tup_read, idx_scan FROM pg_stat_user_tables WHERE schemaname IN ('tracking','partitions') AND (n_tup_ins > 0 OR seq_scan > 0)`,
        )
      ).rows
        .map((r: any) => Object.values(r).join(' '))
        .join('\n'),
    );
} finally {
  child?.kill('SIGTERM');
  await new Promise((r) => child.once('exit', r));
  client.disconnect();
  await database.end();
  await redis.stop();
  await postgres.stop();
  if (process.env.PGLOG)
    console.log(readFileSync(directory + '/postgres/postgres.log', 'utf8').slice(0, 6000));
  await rm(directory, { recursive: true, force: true });
}
if (process.env.TRACE) {
  const t = gc.join('');
  console.log(
    t
      .split('\n')
      .filter((l) => /Mark-Compact|Scav/.test(l))
      .slice(-60)
      .join('\n'),
  );
}
