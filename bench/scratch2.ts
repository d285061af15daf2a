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
try {
  await database.query("ALTER SYSTEM SET log_min_duration_statement = 100"); await database.query('SELECT pg_reload_conf()');
  await prepareDatabase({ databaseUrl: postgres.url, migrationsDirectory: 'prisma/migrations' });
  const bookings = Array.from({ length: 2000 }, (_, i) => `BENCH-${i}`);
  await database.query(`INSERT INTO tracking.shipment (id, tenant_id, reference, carrier_scac, origin, destination, carrier_booking_reference) SELECT gen_random_uuid(), $1, booking, 'HLCU', 'CNSHA', 'NLRTM', booking FROM unnest($2::text[]) AS booking`, [DEMO_TENANTS.aurora, bookings]);
  const env = { PORT: '0', ROLES: 'tracking,worker', DATA_DIR: directory, DATABASE_URL: postgres.url, REDIS_URL: redis.url, DEMO_DATA: 'off', LOG_LEVEL: 'debug' };
  child = spawn(process.execPath, [...(process.env.NODE_EXTRA ?? '').split(' ').filter(Boolean), '--max-semi-space-size=64', '--import', 'tsx', 'main.ts'], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  let origin = ''; for await (const line of createInterface({ input: child.stdout })) { const m = /^ready (http:\/\/[^/]+)/.exec(line); if (m) { origin = m[1]!; break; } } child.stdout.resume();
  const { auth } = readConfig(env, process.cwd());
  const token = await issueDevelopmentToken(auth, directory, personaClaims(PERSONAS.find(({ name }) => name === 'integration')!), 3600);
  const post = createPoster(origin, token); const load = makeLoad(bookings, 400);
  for (let i = 0; i < Number(process.argv[2] ?? 12); i++) { const t = performance.now(); await Promise.all([1, 2].map(() => post(load.next()!))); const p = performance.now() - t; let b; do { b = await backlogOf(client); await new Promise((r) => setTimeout(r, 2)); } while (b > 0); console.log('posted', p.toFixed(0), 'applied', (performance.now() - t).toFixed(0)); }
} finally { child?.kill('SIGTERM'); await new Promise((r) => child.once('exit', r)); client.disconnect(); await database.end(); await redis.stop(); await postgres.stop(); console.log(readFileSync(directory + '/postgres/postgres.log', 'utf8').slice(0, 6000)); await rm(directory, { recursive: true, force: true }); }
