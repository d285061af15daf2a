import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { presenceKey, type Place, type Viewer } from '#platform/presence.ts';
import type { Logger } from '#platform/telemetry/log.ts';
import type { Attendee, PresenceStore, PresenceTimes } from './presence-store.ts';

export interface AttendanceParts {
  readonly redis: Pick<Redis, 'on' | 'off' | 'status'>;
  readonly store: PresenceStore;
  readonly times: PresenceTimes;
  readonly log: Logger;
  /** Called whenever other gateways may have come or gone, with all of their people. */
  readonly onGateways: () => void;
}

interface Entry extends Attendee {
  /** Screens of this person at this place. */
  screens: number;
}

/** Changes in one step: Redis does nothing else meanwhile. */
const STEP = 500;

/** Names of registrations that were not answered; after so many, the oldest one's lease has ended. */
const MAX_NAMES = 20;

/**
 * Keeps in Redis who is present by this gateway: a heartbeat for all of them together, and each arrival and departure
 * at once, as many as there are in one round trip. One thing at a time, so that they arrive in order.
 */
export class Attendance {
  readonly #parts: AttendanceParts;
  readonly #entries = new Map<string, Entry>();
  /** Who has come or left and isn't in Redis so. */
  #changed = new Map<string, Attendee>();
  #id = '';
  /** Every name under which entries of this gateway may count. */
  #names: readonly string[] = [];
  #mustRegister = true;
  #beatDue = false;
  #registeredAt = 0;
  #gateways = '';
  #isWorking = false;
  #worked: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: AttendanceParts) {
    this.#parts = parts;
    parts.redis.on('ready', this.#onReady);
    this.#timer = setInterval(this.#onHeartbeat, parts.times.heartbeat);
    this.#timer.unref();
    if (parts.redis.status === 'ready') this.#onReady();
  }

  /** Somebody opens a screen at a place. @returns to be called once, when it is closed */
  arrive(place: Place, shown: Omit<Viewer, 'since'>): () => void {
    const key = `${presenceKey(place)} ${shown.subject}`;
    let entry = this.#entries.get(key);
    if (!entry) {
      entry = { place, viewer: { ...shown, since: new Date().toISOString() }, screens: 0 };
      this.#entries.set(key, entry);
      this.#change(key, entry);
    }
    const attended = entry;
    attended.screens += 1;
    return () => {
      attended.screens -= 1;
      if (attended.screens > 0) return;
      this.#entries.delete(key);
      this.#change(key, attended);
    };
  }

  /** Takes everybody away. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#parts.redis.off('ready', this.#onReady);
    await this.#worked;
    const places = [...this.#entries.values(), ...this.#changed.values()].map(({ place }) => place);
    // When Redis is away, the lease ends by itself.
    await this.#parts.store.leave(this.#names, places).catch(() => undefined);
  }

  /** Stops as a process that is killed does: nobody is told. For tests. */
  vanish(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#parts.redis.off('ready', this.#onReady);
  }

  readonly #onReady = (): void => {
    // Whatever Redis had when the connection broke, it may have lost.
    this.#mustRegister = true;
    this.#work();
  };

  readonly #onHeartbeat = (): void => {
    this.#beatDue = true;
    this.#work();
  };

  #change(key: string, attendee: Attendee): void {
    this.#changed.set(key, attendee);
    this.#work();
  }

  #work(): void {
    if (this.#isWorking) return;
    this.#isWorking = true;
    this.#worked = this.#workOff().catch((error: unknown) => {
      // The next heartbeat tries again.
      this.#isWorking = false;
      this.#parts.log.debug({ error }, 'presence could not be written');
      this.#parts.onGateways();
    });
  }

  async #workOff(): Promise<void> {
    // What comes in this turn of the event loop goes together.
    await new Promise((resolve) => setImmediate(resolve));
    while (!this.#closed) {
      if (this.#mustRegister) await this.#register();
      else if (this.#beatDue) await this.#beat();
      else if (this.#changed.size > 0) await this.#tellChanges();
      else break;
    }
    this.#isWorking = false;
  }

  async #register(): Promise<void> {
    const { store, redis } = this.#parts;
    if (redis.status !== 'ready') throw new Error('Redis is not connected');
    // A new name: whatever stands under the former one counts no more.
    const id = randomUUID();
    const former = this.#names;
    this.#names = [...former, id].slice(-MAX_NAMES);
    this.#changed.clear();
    this.#mustRegister = this.#beatDue = false;
    try {
      const gateways = await store.register(id, former, this.#entries.values());
      this.#id = id;
      this.#names = [id];
      this.#registeredAt = Date.now();
      this.#compare(gateways);
    } catch (error) {
      this.#mustRegister = true;
      throw error;
    }
  }

  async #beat(): Promise<void> {
    this.#beatDue = false;
    if (Date.now() - this.#registeredAt >= this.#parts.times.renewal) {
      this.#mustRegister = true;
      return;
    }
    const gateways = await this.#parts.store.beat(this.#id);
    if (gateways) this.#compare(gateways);
    else this.#mustRegister = true;
  }

  async #tellChanges(): Promise<void> {
    const all = [...this.#changed];
    const step = new Map(all.slice(0, STEP));
    this.#changed = new Map(all.slice(STEP));
    const changes = [...step].map(([key, attendee]) => ({ ...attendee, present: this.#entries.has(key) }));
    try {
      if (!(await this.#parts.store.change(this.#id, changes))) this.#mustRegister = true;
    } catch (error) {
      // What has changed anew meanwhile stands.
      this.#changed = new Map([...step, ...this.#changed]);
      throw error;
    }
  }

  #compare(gateways: readonly string[]): void {
    const text = [...gateways].sort().join(' ');
    if (text === this.#gateways) return;
    this.#gateways = text;
    this.#parts.onGateways();
  }
}
