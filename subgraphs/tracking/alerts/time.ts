export const HOUR = 3_600_000;

/** Hours between two instants, with one decimal. */
export function hoursBetween(from: Date, to: Date): number {
  return Math.round((to.getTime() - from.getTime()) / (HOUR / 10)) / 10;
}

export function hoursLater(instant: Date, hours: number): Date {
  return new Date(instant.getTime() + hours * HOUR);
}

/** The earlier of two instants, of which either may be missing. */
export function earlier(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other;
  return one <= other ? one : other;
}

/** An instant as people read it: 2026-05-04 10:00 UTC. */
export function shown(instant: Date | string): string {
  const text = typeof instant === 'string' ? instant : instant.toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 16)} UTC`;
}

/** "1 hour", "36 hours". */
export function hoursText(hours: number): string {
  return `${hours} ${hours === 1 ? 'hour' : 'hours'}`;
}
