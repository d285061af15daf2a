import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DEMO_TENANTS } from '#platform/auth/personas.ts';
import { createLog } from '#platform/telemetry/log.ts';
import { demoShipments } from '#prisma/seed/demo-shipments.ts';
import type { DcsaEvent } from '#subgraphs/tracking/dcsa/event.ts';
import { freePort } from '#tools/services/ports.ts';
import type { DemoShipment } from './demo-shipment.ts';
import { followingReference } from './next-shipment.ts';
import { playVoyages, type PlayOptions } from './play-voyages.ts';
import { planVoyage } from './voyages.ts';

interface Posted {
  readonly at: number;
  readonly authorization: string | undefined;
  readonly events: readonly DcsaEvent[];
}

/** A door that answers as told, and remembers what was posted. */
interface TestDoor {
  readonly url: string;
  readonly posts: Posted[];
  /** Requests that had no answer yet, at most at the same time. */
  readonly mostAtOnce: () => number;
  close(): Promise<void>;
}

type Answer = (post: Posted, response: ServerResponse) => void;

const PATH = '/ingest/dcsa/v2/events';
const FAR_FROM_DONE = Date.parse('2026-05-06T07:08:09.101Z');

const accept: Answer = (_, response) => reply(response, 202, { results: [] });

function reply(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

async function openDoor(answer: Answer, port = 0): Promise<TestDoor> {
  const posts: Posted[] = [];
  let open = 0;
  let most = 0;
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    most = Math.max(most, ++open);
    response.once('close', () => open--);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const events = JSON.parse(Buffer.concat(chunks).toString()) as DcsaEvent[];
    const post = { at: Date.now(), authorization: request.headers.authorization, events };
    posts.push(post);
    answer(post, response);
  };
  const server: Server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  closers.push(close);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`,
    posts,
    mostAtOnce: () => most,
    close,
  };
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Plays until the test ends, on a clock that starts at a fixed time and runs as usual. */
function play(ingestUrl: string, options: Partial<PlayOptions> = {}): { stop: () => Promise<void> } {
  const controller = new AbortController();
  const started = Date.now();
  const ended = playVoyages({
    ingestUrl,
    token: () => Promise.resolve('token'),
    shipments: SHIPMENTS,
    log: createLog('silent'),
    signal: controller.signal,
    now: () => FAR_FROM_DONE + Date.now() - started,
    ...options,
  });
  const stop = async (): Promise<void> => {
    controller.abort();
    await ended;
  };
  closers.push(stop);
  return { stop };
}

const ALL = demoShipments(FAR_FROM_DONE);
const of = (tenantId: string, count: number): DemoShipment[] =>
  ALL.filter(
    (shipment) => shipment.tenantId === tenantId && shipment.carrierBookingReference !== 'ABC123123123',
  ).slice(0, count);
const SHIPMENTS = [...of(DEMO_TENANTS.aurora, 3), ...of(DEMO_TENANTS.borealis, 1)];
const PAST = SHIPMENTS.map((shipment) => planVoyage(shipment)).flatMap(({ reports }) =>
  reports.filter(({ at }) => at <= FAR_FROM_DONE).map(({ event }) => event),
);
const eventsOf = (posts: readonly Posted[]): DcsaEvent[] => posts.flatMap(({ events }) => [...events]);
const identity = ({ eventID, eventUpdatedDateTime }: DcsaEvent): string =>
  `${eventID} ${eventUpdatedDateTime ?? ''}`;
const bookingOf = (event: DcsaEvent): string | undefined =>
  event.eventType === 'SHIPMENT' ? undefined : event.documentReferences?.[0]?.documentReferenceValue;

/** Waits until everything from before the start has been posted. */
const caughtUp = (door: TestDoor): Promise<void> =>
  vi.waitFor(() => {
    const posted = new Set(eventsOf(door.posts).map(identity));
    expect(PAST.filter((event) => !posted.has(identity(event)))).toEqual([]);
  }, 10_000);

describe('playing voyages', () => {
  it('first posts what should have happened by now, in requests of a bearable size', async () => {
    const door = await openDoor(accept);
    play(door.url);
    await caughtUp(door);
    expect(door.posts[0]?.authorization).toBe('Bearer token');
    for (const { events } of door.posts) expect(events.length).toBeLessThanOrEqual(100);
    expect(door.mostAtOnce()).toBe(1);
  });

  it.each([
    ['accepted', true],
    ['duplicate', false],
  ])(
    'then tells all its estimates, unless the door knew the reports before: %s',
    async (outcome, tellsAll) => {
      const door = await openDoor(({ events }, response) =>
        reply(response, 202, { results: events.map(() => ({ outcome })) }),
      );
      const onCaughtUp = vi.fn(() => door.posts.length);
      play(door.url, { onCaughtUp });
      await vi.waitFor(() => expect(onCaughtUp).toHaveBeenCalled(), 10_000);
      const before = eventsOf(door.posts.slice(0, onCaughtUp.mock.results[0]?.value as number));
      const fromPlans = new Set(PAST.map(identity));
      const estimates = before.filter((event) => !fromPlans.has(identity(event)));
      expect(estimates.every(({ eventClassifierCode }) => eventClassifierCode === 'EST')).toBe(true);
      expect(estimates.length > 20).toBe(tellsAll);
      expect(onCaughtUp).toHaveBeenCalledTimes(1);
    },
  );

  it('then keeps every tenant supplied with estimates, under eventIDs that it uses again', async () => {
    const door = await openDoor(accept);
    play(door.url);
    await caughtUp(door);
    const bookings = (tenantId: string): Set<string> =>
      new Set(
        SHIPMENTS.filter((each) => each.tenantId === tenantId).map((each) => each.carrierBookingReference),
      );
    const postsFor = (tenantId: string): Posted[] =>
      door.posts.filter(({ events }) =>
        events.some((event) => bookings(tenantId).has(bookingOf(event) ?? '')),
      );
    await vi.waitFor(() => expect(postsFor(DEMO_TENANTS.aurora).length).toBeGreaterThan(5), 20_000);
    const longestGap = (tenantId: string): number => {
      const times = postsFor(tenantId).map(({ at }) => at);
      return Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? 0)));
    };
    expect(longestGap(DEMO_TENANTS.aurora)).toBeLessThan(2_000);
    expect(longestGap(DEMO_TENANTS.borealis)).toBeLessThan(5_000);
    const estimated = eventsOf(door.posts).filter(({ eventClassifierCode }) => eventClassifierCode === 'EST');
    const known = new Set(
      SHIPMENTS.map((shipment) => planVoyage(shipment)).flatMap(({ reports }) =>
        reports.map(({ event }) => event.eventID),
      ),
    );
    expect(estimated.filter(({ eventID }) => !known.has(eventID))).toEqual([]);
  }, 30_000);

  it('waits for a door that is away, and then posts everything', async () => {
    const port = await freePort();
    const fresh: boolean[] = [];
    play(`http://127.0.0.1:${port}${PATH}`, {
      token: (anew) => {
        fresh.push(anew);
        return Promise.resolve('token');
      },
    });
    await vi.waitFor(() => expect(fresh.length).toBeGreaterThan(1), 10_000);
    const door = await openDoor(accept, port);
    await caughtUp(door);
  }, 20_000);

  it.each([429, 503])(
    'comes back with the same after a %i, not before the door wants it',
    async (status) => {
      let refusals = 2;
      const door = await openDoor((post, response) => {
        if (refusals-- > 0) reply(response, status, { error: 'later' }, { 'retry-after': '1' });
        else accept(post, response);
      });
      play(door.url);
      await caughtUp(door);
      const [first, second, third] = door.posts as [Posted, Posted, Posted];
      expect(second.at - first.at).toBeGreaterThanOrEqual(990);
      expect(third.at - second.at).toBeGreaterThanOrEqual(990);
      const reported = ({ events }: Posted): string[] =>
        events.filter(({ eventClassifierCode }) => eventClassifierCode !== 'EST').map(identity);
      expect(reported(second)).toEqual(reported(first));
      expect(reported(third)).toEqual(reported(first));
    },
    20_000,
  );

  it('gets a new token when the old one is not accepted', async () => {
    const door = await openDoor((post, response) => {
      if (post.authorization === 'Bearer old') reply(response, 401, { error: 'who are you' });
      else accept(post, response);
    });
    play(door.url, { token: (fresh) => Promise.resolve(fresh ? 'new' : 'old') });
    await vi.waitFor(() =>
      expect(door.posts.some(({ authorization }) => authorization === 'Bearer new')).toBe(true),
    );
  });

  it('leaves behind what the door refuses', async () => {
    const answers: Answer[] = [
      (_, response) => reply(response, 422, { results: [{ outcome: 'refused', errors: ['all of it'] }] }),
      (_, response) => reply(response, 413, { error: 'too large' }),
      (_, response) => reply(response, 202, { results: [{ outcome: 'refused', errors: ['one of them'] }] }),
    ];
    const door = await openDoor((post, response) => (answers.shift() ?? accept)(post, response));
    play(door.url);
    await caughtUp(door);
  });

  it('survives answers that make no sense', async () => {
    const answers: Answer[] = [
      (_, response) => void response.writeHead(202).end('<html>'),
      (_, response) => void response.destroy(),
      (_, response) => void response.writeHead(200).end(),
    ];
    const door = await openDoor((post, response) => (answers.shift() ?? accept)(post, response));
    play(door.url);
    await caughtUp(door);
  });

  it('stops at once, also while the door keeps it waiting', async () => {
    const door = await openDoor(() => {});
    const { stop } = play(door.url);
    await vi.waitFor(() => expect(door.posts).toHaveLength(1));
    const before = Date.now();
    await stop();
    expect(Date.now() - before).toBeLessThan(500);
  });

  it('has each voyage that has ended followed by one other, slowly', async () => {
    const door = await openDoor(accept);
    const long = 365 * 86_400_000;
    const asked: string[] = [];
    const next = (ended: DemoShipment): Promise<DemoShipment> => {
      asked.push(ended.reference);
      return Promise.resolve({
        ...ended,
        id: `${ended.id}.2`,
        reference: followingReference(ended.reference),
        plannedDeparture: new Date(FAR_FROM_DONE + long + 864e6),
      });
    };
    const started = Date.now();
    play(door.url, { next, now: () => FAR_FROM_DONE + long + Date.now() - started });
    await vi.waitFor(() => expect(asked).toHaveLength(1), 20_000);
    const before = door.posts.length;
    await vi.waitFor(() => expect(door.posts.length).toBeGreaterThan(before + 2), 10_000);
    expect(asked).toHaveLength(1);
    const last = door.posts.at(-1)?.events ?? [];
    expect(new Set(last.map(({ references }) => references?.[0]?.referenceValue))).toEqual(
      new Set([`${asked[0]}.2`]),
    );
  }, 40_000);

  it('does not play a voyage again that has a follower', async () => {
    const door = await openDoor(accept);
    const [first, second] = SHIPMENTS as [DemoShipment, DemoShipment];
    const follower = { ...first, id: 'follower', reference: followingReference(first.reference) };
    play(door.url, { shipments: [first, follower, second] });
    const references = (): Set<string | undefined> =>
      new Set(eventsOf(door.posts).map((event) => event.references?.[0]?.referenceValue));
    await vi.waitFor(() => expect(references()).toEqual(new Set([follower.reference, second.reference])));
  });
});
