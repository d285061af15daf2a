import { parseArgs } from 'node:util';
import { openArena, until, type Arena, type Contestant } from './contestants.ts';
import type { Order, Told } from './receivers.ts';
import type { WatchedProcess } from './watched-process.ts';

const TEXT_SIZE = 900;

/** Sockets that are connected to a contestant and have subscribed. */
interface Audience {
  readonly contestant: Contestant;
  readonly receivers: WatchedProcess;
  /** Those who read. */
  readonly hearing: number;
  readonly rounds: Round[];
}

interface Round {
  readonly seconds: number;
  /** Microseconds of the server's CPU. */
  readonly cpu: number;
  readonly messages: number;
  readonly bytes: number;
}

/**
 * One event to many WebSockets, beside a bare `ws` that sends the same bytes to as many.
 * Options: `--sockets 1,100,1000,10000 --rounds 7 --messages 40000` (in a round, over all sockets) `--contestants
 * ws,supercargo,hive --parts fanout,selections,deaf,memory --idle 10000`.
 */
export async function runFanoutBench(options: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      sockets: { type: 'string', default: '1,100,1000,10000' },
      rounds: { type: 'string', default: '7' },
      contestants: { type: 'string', default: 'ws,supercargo' },
      parts: { type: 'string', default: 'fanout,memory,selections,deaf' },
      messages: { type: 'string', default: '40000' },
      idle: { type: 'string', default: '10000' },
    },
  });
  const rounds = Number(values.rounds);
  const parts = values.parts.split(',');
  const arena = await openArena();
  try {
    const names = values.contestants.split(',');
    if (parts.includes('fanout'))
      await measureFanout(
        arena,
        names,
        values.sockets.split(',').map(Number),
        rounds,
        Number(values.messages),
      );
    if (parts.includes('selections')) await measureSelections(arena, rounds);
    if (parts.includes('deaf')) await measureDeaf(arena, rounds);
    if (parts.includes('memory')) await measureMemory(arena, Number(values.idle));
  } finally {
    await arena.stop();
  }
}

async function measureFanout(
  arena: Arena,
  names: readonly string[],
  sizes: readonly number[],
  rounds: number,
  messages: number,
): Promise<void> {
  const contestants: Contestant[] = [];
  for (const name of names) contestants.push(await arena.start(name));
  for (const size of sizes) {
    const audiences: Audience[] = [];
    for (const contestant of contestants) audiences.push(await gather(arena, contestant, size, 1, 0));
    await compete(audiences, Math.min(2_000, Math.max(3, Math.ceil(messages / size))), TEXT_SIZE, rounds);
    print(`${size} subscribers to one selection`, audiences);
    for (const audience of audiences) await dismiss(audience);
  }
  for (const { process } of contestants) await process.stop();
}

async function measureSelections(arena: Arena, rounds: number): Promise<void> {
  const audiences = [
    await gather(arena, await arena.start('ws'), 10_000, 1, 0),
    await gather(arena, await arena.start('supercargo'), 10_000, 100, 0),
  ];
  await compete(audiences, 4, TEXT_SIZE, rounds);
  print('100 selections, 100 subscribers to each', audiences);
  for (const { contestant, receivers } of audiences)
    await Promise.all([receivers.stop(), contestant.process.stop()]);
}

/** Large updates, so that what the deaf don't read fills the system's buffers and then ours. */
async function measureDeaf(arena: Arena, rounds: number): Promise<void> {
  const TEXT = 16_000;
  const EVENTS = 60;
  const all = await arena.start('supercargo');
  const mixed = { ...(await arena.start('supercargo')), name: 'supercargo, 1 in 10 deaf' };
  const audiences = [await gather(arena, all, 900, 1, 0), await gather(arena, mixed, 1_000, 1, 10)];
  // The one hundred that don't read have filled up before it counts.
  await compete(audiences, EVENTS, TEXT, 5);
  for (const audience of audiences) audience.rounds.length = 0;
  const before = await mixed.process.usage(true);
  await compete(audiences, EVENTS, TEXT, rounds);
  const after = await mixed.process.usage(true);
  print('900 who read, alone and beside 100 who never do', audiences);
  const text = await (await fetch(`http://127.0.0.1:${mixed.port}/metrics`)).text();
  for (const line of text.split('\n'))
    if (/^supercargo_live_(updates|slow|waiting)/.test(line)) console.log(`  ${line}`);
  console.log(
    `  memory in use grew by ${((after.used - before.used) / 1024 / 1024).toFixed(1)} MiB meanwhile`,
  );
  for (const { contestant, receivers } of audiences)
    await Promise.all([receivers.stop(), contestant.process.stop()]);
}

async function measureMemory(arena: Arena, count: number): Promise<void> {
  console.log(`\nmemory of ${count} idle subscriptions`);
  const each: Record<string, { used: number; resident: number }> = {};
  for (const name of ['ws', 'supercargo']) {
    const contestant = await arena.start(name);
    // What is compiled and kept for all of them is no part of what each costs.
    const first = await gather(arena, contestant, 500, 1, 0);
    await compete([first], 20, TEXT_SIZE, 2);
    await dismiss(first);
    const before = await contestant.process.usage(true);
    const audience = await gather(arena, contestant, count, 1, 0);
    // Past every time-out of a beginning.
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    const after = await contestant.process.usage(true);
    const used = (after.used - before.used) / count;
    const resident = (after.resident - before.resident) / count;
    each[name] = { used, resident };
    console.log(
      `  ${name.padEnd(12)} ${used.toFixed(0)} bytes in use, ${resident.toFixed(0)} resident, for each`,
    );
    await Promise.all([audience.receivers.stop(), contestant.process.stop()]);
  }
  const { ws, supercargo } = each;
  if (ws && supercargo) {
    console.log(
      `  beyond the bare socket: ${(supercargo.used - ws.used).toFixed(0)} bytes in use, ${(supercargo.resident - ws.resident).toFixed(0)} resident`,
    );
  }
}

async function gather(
  arena: Arena,
  contestant: Contestant,
  count: number,
  selections: number,
  deaf: number,
): Promise<Audience> {
  const receivers = await arena.receivers();
  const hello = Array.from({ length: selections }, (_, variant) => contestant.hello(variant));
  // Neighbours have different selections and tokens.
  const longest = Math.max(...hello.map(({ length }) => length));
  const lists = Array.from({ length: longest }, (_, index) =>
    hello.map((list) => [...(list[index % list.length] ?? [])]),
  ).flat();
  const { port, path } = contestant;
  receivers.tell({ kind: 'connect', port, path, count, hello: lists, deaf } satisfies Order);
  await receivers.told<Told>('connected');
  await until(
    async () => ((await contestant.subscribed()) ?? count) === count,
    `${count} subscriptions at ${contestant.name}`,
  );
  const hearing = deaf === 0 ? count : count - Math.floor(count / deaf);
  return { contestant, receivers, hearing, rounds: [] };
}

async function dismiss({ receivers, contestant }: Audience): Promise<void> {
  await receivers.stop();
  await until(
    async () => ((await contestant.subscribed()) ?? 0) === 0,
    `${contestant.name} to be left alone`,
  );
}

/** In turns, so that what disturbs one disturbs the other. The first turn doesn't count. */
async function compete(
  audiences: readonly Audience[],
  events: number,
  size: number,
  rounds: number,
): Promise<void> {
  for (let turn = -1; turn < rounds; turn += 1) {
    for (const audience of audiences) {
      const round = await play(audience, events, size);
      if (turn >= 0) audience.rounds.push(round);
    }
  }
}

async function play(
  { contestant, receivers, hearing }: Audience,
  events: number,
  size: number,
): Promise<Round> {
  receivers.tell({ kind: 'expect', messages: events } satisfies Order);
  await receivers.told<Told>('expecting');
  const { cpu } = await contestant.process.usage();
  const received = receivers.told<Told & { kind: 'received' }>('received');
  const begun = process.hrtime.bigint();
  await contestant.publish(events, size);
  const { at, bytes } = await received;
  const after = await contestant.process.usage();
  const messages = events * hearing;
  return { seconds: Number(BigInt(at) - begun) / 1e9, cpu: after.cpu - cpu, messages, bytes };
}

function print(title: string, audiences: readonly Audience[]): void {
  console.log(`\n${title}`);
  const reference = audiences[0];
  for (const { contestant, rounds } of audiences) {
    const rate = median(rounds.map(({ messages, seconds }) => messages / seconds));
    const cost = median(rounds.map(({ messages, cpu }) => cpu / messages));
    const size = median(rounds.map(({ messages, bytes }) => bytes / messages));
    const slowest = Math.min(...rounds.map(({ messages, seconds }) => messages / seconds));
    const base = reference && median(reference.rounds.map(({ messages, seconds }) => messages / seconds));
    const baseCost = reference && median(reference.rounds.map(({ messages, cpu }) => cpu / messages));
    const cells = [
      contestant.name.padEnd(26),
      `${rate.toFixed(0).padStart(8)} messages/s`,
      base ? `${((rate / base) * 100).toFixed(0).padStart(4)} %` : '',
      `slowest ${slowest.toFixed(0).padStart(7)}`,
      `${cost.toFixed(2).padStart(7)} µs CPU each`,
      baseCost ? `${((baseCost / cost) * 100).toFixed(0).padStart(4)} %` : '',
      `${size.toFixed(0)} bytes`,
    ];
    console.log(`  ${cells.join('  ')}`);
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
