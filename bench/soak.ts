import { parseArgs } from 'node:util';
import { liveChannel } from '#platform/live-events.ts';
import { openArena, TENANT, until, type Arena, type Contestant } from './fanout/contestants.ts';
import { Receivers } from './fanout/receivers.ts';
import type { Usage } from './fanout/usage-hook.ts';

/** Sockets that come and go together. */
const COHORT = 50;
const COHORTS = 12;
/** Milliseconds that a cohort stays, at least and at most. */
const STAY = [500, 6_000] as const;
/** Seconds between two moments at which nobody is there and memory is looked at. */
const CYCLE = 20;
/** Milliseconds from the last departure until it is looked at what is left. */
const SETTLING = 6_000;
/** Milliseconds between two bursts of events. */
const PAUSE = 100;
const EVENTS = 5;
const SELECTIONS = 20;
/** Growth of memory in use, from the first third to the last, that is no leak. */
const ALLOWED_GROWTH = 0.05;

interface Sample {
  readonly usage: Usage;
  readonly redisClients: number;
}

/**
 * Subscribers who join, read or don't, and leave, over WebSocket and over HTTP, while events come. Afterwards nothing
 * may be left behind. Options: `--minutes 10`.
 */
export async function runSoakBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { minutes: { type: 'string', default: '10' } } });
  const arena = await openArena();
  try {
    const gateway = await arena.start('supercargo');
    const end = Date.now() + Number(values.minutes) * 60_000;
    const samples: Sample[] = [];
    let served = 0;
    // What is compiled and kept for good is there after the first cycle.
    await cycle(arena, gateway);
    while (Date.now() < end || samples.length < 3) {
      served += await cycle(arena, gateway);
      const sample = await look(arena, gateway);
      samples.push(sample);
      const { used, resident } = sample.usage;
      console.log(
        `${served} subscriptions so far, ${megabytes(used)} in use, ${megabytes(resident)} resident, ` +
          JSON.stringify(sample.usage.resources),
      );
    }
    judge(samples);
  } finally {
    await arena.stop();
  }
}

/** Cohorts come and go for a while; then nobody is there. @returns how many have subscribed */
async function cycle(arena: Arena, gateway: Contestant): Promise<number> {
  const end = Date.now() + CYCLE * 1_000;
  let served = 0;
  const cohort = async (number: number): Promise<void> => {
    while (Date.now() < end) {
      const [least, most] = STAY;
      const stay = least + Math.random() * (most - least);
      const came = number % 4 === 0 ? await streams(gateway, stay) : await sockets(gateway, number, stay);
      served += came;
    }
  };
  const publish = async (): Promise<void> => {
    while (Date.now() < end) {
      await gateway.publish(EVENTS, 2_000);
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  };
  await Promise.all([publish(), ...Array.from({ length: COHORTS }, (_, number) => cohort(number))]);
  await until(async () => (await gateway.subscribed()) === 0, 'everyone to have left');
  const channel = liveChannel('item', TENANT);
  await until(async () => {
    const [, heard] = (await arena.redis.pubsub('NUMSUB', channel)) as [string, number];
    return heard === 0;
  }, 'the Redis subscription to be gone');
  return served;
}

/** One in ten never reads. */
async function sockets({ port, path, hello }: Contestant, number: number, stay: number): Promise<number> {
  const receivers = new Receivers(() => undefined);
  const lists = hello(number % SELECTIONS).map((list) => [...list]);
  await receivers.take({ kind: 'connect', port, path, count: COHORT, hello: lists, deaf: 10 });
  await new Promise((resolve) => setTimeout(resolve, stay));
  await receivers.take({ kind: 'close' });
  return COHORT;
}

async function streams({ port, path, hello }: Contestant, stay: number): Promise<number> {
  const COUNT = 10;
  const leave = new AbortController();
  const [[initialise = '{}', subscribe = '{}'] = []] = hello(0);
  const { payload: parameters } = JSON.parse(initialise) as { payload: { Authorization: string } };
  const { payload } = JSON.parse(subscribe) as { payload: object };
  const read = async (accept: string): Promise<void> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept, authorization: parameters.Authorization },
      body: JSON.stringify(payload),
      signal: leave.signal,
    });
    await response.text();
  };
  const reading = Array.from({ length: COUNT }, (_, index) =>
    read(
      index % 2 === 0 ? 'text/event-stream' : 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0',
    ).catch(() => undefined),
  );
  await new Promise((resolve) => setTimeout(resolve, stay));
  leave.abort();
  await Promise.all(reading);
  return COUNT;
}

async function look(arena: Arena, gateway: Contestant): Promise<Sample> {
  // Connections that are kept for a while, by the streams' readers and to subgraphs, are gone then.
  await new Promise((resolve) => setTimeout(resolve, SETTLING));
  const clients = (await arena.redis.client('LIST')) as string;
  const metrics = await (await fetch(`http://127.0.0.1:${gateway.port}/metrics`)).text();
  for (const [line, name, value] of metrics.matchAll(/^supercargo_live_(groups|waiting)\{.*\} (\S+)$/gm))
    if (Number(value) !== 0) throw new Error(`${name} are left: ${line}`);
  return { usage: await gateway.process.usage(true), redisClients: clients.trim().split('\n').length };
}

/** @throws when something was left behind */
function judge(samples: readonly Sample[]): void {
  const third = Math.max(1, Math.floor(samples.length / 3));
  const mean = (some: readonly Sample[]): number =>
    some.reduce((sum, { usage }) => sum + usage.used, 0) / some.length;
  const before = mean(samples.slice(0, third));
  const after = mean(samples.slice(-third));
  const growth = after / before - 1;
  console.log(
    `memory in use: ${megabytes(before)} at first, ${megabytes(after)} at last (${(growth * 100).toFixed(1)} %)`,
  );
  const [first] = samples;
  const last = samples.at(-1);
  if (!first || !last) throw new Error('nothing was measured');
  const faults: string[] = [];
  if (growth > ALLOWED_GROWTH) faults.push('memory has grown');
  if (last.redisClients > first.redisClients)
    faults.push(`Redis has ${last.redisClients} clients, ${first.redisClients} at first`);
  for (const [kind, count] of Object.entries(last.usage.resources)) {
    // Connections to subgraphs are kept; how many depends on how many were needed at once.
    const allowed =
      (first.usage.resources[kind] ?? 0) + (kind === 'TCPSocketWrap' || kind === 'Timeout' ? 8 : 0);
    if (count > allowed) faults.push(`${count} ${kind}, ${first.usage.resources[kind] ?? 0} at first`);
  }
  if (faults.length > 0) throw new Error(faults.join('; '));
  console.log('nothing was left behind');
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
