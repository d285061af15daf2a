/** How much harm it does when the wrong people see it. */
export const SENSITIVITIES = ['ORDINARY', 'COMMERCIAL', 'PERSONAL'] as const;
export type Sensitivity = (typeof SENSITIVITIES)[number];

/** What is asked for, as decisions see it. Each decision says which of these it needs. */
export interface Resource {
  /** UUID of the tenant that it belongs to. */
  readonly tenant: string;
  /** Who made it: an organisation by its code, or a person by its id. */
  readonly owner: string;
  /** Where it stands, in its own type's words. */
  readonly state: string;
  /** The region that its tenant's data are bound to; null when to none. */
  readonly region: string | null;
  readonly sensitivity: Sensitivity;
  /** Codes of the carriers that are asked to take part. */
  readonly invitedCarriers: readonly string[];
  /** Until when nobody but its owner may see it. */
  readonly sealedUntil: Date;
}

/** What a read may depend on besides the subject and the resource. */
export interface Moment {
  /** By the clock that deadlines are judged by. */
  readonly time: Date;
}

/** What a change may depend on besides the actor and the resource. */
export interface Environment extends Moment {
  /** Where the client is, as a trusted proxy says; null when none does. */
  readonly clientRegion: string | null;
}
