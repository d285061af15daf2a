import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { subscribe } from './harness/live.ts';
import {
  startTestProcess,
  startTestServices,
  type TestProcess,
  type TestServices,
} from './harness/system.ts';

const SAMPLES = join(process.cwd(), '../shared/data/dcsa');
const SUBSCRIPTION = /* GraphQL */ `
  subscription {
    shipmentUpdated {
      cursor
      event {
        eventID
        eventTypeCode
      }
      shipment {
        reference
        status
        carrier {
          name
        }
        destination {
          name
        }
        eta {
          predictedAt
        }
      }
    }
  }
`;

interface Update {
  data: {
    shipmentUpdated: {
      cursor: string;
      event: { eventID: string; eventTypeCode: string } | null;
      shipment: {
        reference: string;
        carrier: { name: string };
        destination: { name: string };
        eta: { predictedAt: string };
      };
    };
  };
}

interface Report {
  accepted: number;
  duplicate: number;
  refused: number;
  results: { index: number; outcome: string; errors: { field: string; value: string; reason: string }[] }[];
}

let services: TestServices;
let system: TestProcess;
let integration: string;
let operations: string;

async function post(body: string): Promise<{ status: number; report: Report }> {
  const response = await fetch(`${system.origin}/ingest/dcsa/v2/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${integration}` },
    body,
  });
  return { status: response.status, report: (await response.json()) as Report };
}

beforeAll(async () => {
  services = await startTestServices();
  system = await startTestProcess(services.env);
  integration = await services.token('integration');
  operations = await services.token('aurora-operations');
  const { errors } = await system.query(
    `mutation ($input: CreateShipmentInput!) { createShipment(input: $input, idempotencyKey: "sample") { __typename } }`,
    {
      token: operations,
      variables: {
        input: {
          reference: 'SAMPLE',
          carrierScac: 'MAEU',
          origin: 'CNSHA',
          destination: 'NLRTM',
          carrierBookingReference: 'ABC123123123',
          plannedDeparture: '2027-01-05T00:00:00Z',
          plannedArrival: '2027-02-08T00:00:00Z',
        },
      },
    },
  );
  expect(errors).toBeUndefined();
});
afterAll(async () => {
  await system.stop();
  await services.close();
});

describe.runIf(existsSync(SAMPLES))('the published DCSA samples', () => {
  const sample = (name: string): Promise<string> =>
    readFile(join(SAMPLES, `tnt-220-response${name}.json`), 'utf8');

  it('go in and come out of a subscription, with fields of every subgraph; again, they are duplicates', async () => {
    const updates = await subscribe<Update>(system.webSocketUrl, operations, SUBSCRIPTION);
    const stranger = await subscribe<Update>(
      system.webSocketUrl,
      await services.token('borealis-operations'),
      SUBSCRIPTION,
    );
    const text = await sample('');
    const ids = (JSON.parse(text) as { eventID: string }[]).map(({ eventID }) => eventID);
    await expect
      .poll(() => system.metric('supercargo_live_subscriptions'), { message: 'both are subscribed' })
      .toBe(2);
    const first = await post(text);
    expect(first.status).toBe(202);
    expect(first.report).toMatchObject({ accepted: ids.length, duplicate: 0, refused: 0 });
    const received = await updates.atLeast(1);
    const [update] = received.map(({ data }) => data.shipmentUpdated);
    expect(ids).toContain(update?.event?.eventID);
    expect(update?.shipment).toMatchObject({
      reference: 'SAMPLE',
      carrier: { name: 'Maersk' },
      destination: { name: 'Rotterdam' },
      eta: { predictedAt: expect.stringMatching(/^\d{4}-/) as string },
    });
    await updates.atLeast(ids.length);
    expect(new Set(updates.values.map(({ data }) => data.shipmentUpdated.event?.eventID))).toEqual(
      new Set(ids),
    );

    const second = await post(text);
    expect(second.report).toMatchObject({ accepted: 0, duplicate: ids.length, refused: 0 });
    expect(stranger.values).toEqual([]);
    await updates.stop();
    await stranger.stop();
  });

  it.each([
    ['-wrong-attribute-values', { refused: 2 }, /UNLocationCode/],
    ['-wrong-date-times', { refused: 6, accepted: 1 }, /eventCreatedDateTime|eventDateTime/],
    ['-wrong-event-ids', { refused: 2 }, /eventID/],
    ['-wrong-structure', { refused: 2, accepted: 0 }, /event/],
  ])(
    'with %s: what breaks the contract is refused with field and reason, the rest is kept',
    async (name, counts, field) => {
      const { report } = await post(await sample(name));
      expect(report).toMatchObject(counts);
      for (const { outcome, errors } of report.results) {
        if (outcome !== 'refused') continue;
        expect(errors.length).toBeGreaterThan(0);
        expect(errors.map((error) => error.field).join()).toMatch(field);
        for (const error of errors) expect(error.reason).not.toBe('');
      }
    },
  );
});
