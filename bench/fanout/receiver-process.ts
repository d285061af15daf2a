import { Receivers, type Order, type Told } from './receivers.ts';

/** The receivers in a process of their own, told what to do by its parent. */
const receivers = new Receivers((told) => process.send?.(told));
process.on('message', (order: Order) => {
  receivers.take(order).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ kind: 'ready' } satisfies Told);
