import { runBookingsBench } from './bookings.ts';
import { runShipmentsBench } from './shipments.ts';

/** What the access rules cost: of a page from all subgraphs, and of one from a single subgraph. Options: `--rounds 200`. */
export async function runAccessBench(args: readonly string[]): Promise<void> {
  await runShipmentsBench(args);
  await runBookingsBench(args);
}
