import type { EventVersion } from '../event-version.ts';

/** A valid event on its way through the door. */
export interface PostedEvent extends EventVersion {
  /** The payload as JSON. */
  readonly payloadText: string;
}
