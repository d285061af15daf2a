/** How many denials of one subject within {@link WINDOW} raise an alert. */
export const THRESHOLD = 10;

/** Milliseconds. */
export const WINDOW = 60_000;

const MAX_SUBJECTS = 10_000;

interface Count {
  /** When the window began. */
  readonly since: number;
  denials: number;
}

/** Notices who is refused again and again. */
export class RepeatedDenials {
  readonly #counts = new Map<string, Count>();

  /**
   * Counts a denial.
   * @returns true when it is the one that makes too many of them: once for each subject and window
   */
  add(tenant: string, subject: string, now: number): boolean {
    const key = `${tenant} ${subject}`;
    let count = this.#counts.get(key);
    if (count === undefined || now - count.since >= WINDOW) {
      this.#counts.delete(key);
      count = { since: now, denials: 0 };
      this.#counts.set(key, count);
      // In the order of their beginnings: the first is the one that ends first.
      const [oldest] = this.#counts.keys();
      if (this.#counts.size > MAX_SUBJECTS && oldest !== undefined) this.#counts.delete(oldest);
    }
    count.denials += 1;
    return count.denials === THRESHOLD;
  }
}
