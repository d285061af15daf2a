import type { PortCall } from './itinerary.ts';
import { HOUR } from './uncertainty.ts';

/**
 * Speed at sea where neither the plan nor the ship tells another, in knots. Container ships of 3,000 to 14,500 TEU
 * averaged 16 to 16.3 knots at sea in 2012 (IMO, Third Greenhouse Gas Study 2014, section 1.3.4); their design
 * speeds are 24 and more, which hardly any sails.
 */
export const TYPICAL_SPEED = 16;

/** Speeds over ground, in knots, that tell how fast the voyage goes; slower is anchored or drifting, faster an error. */
const OBSERVABLE_SPEED = { slowest: 5, fastest: 27 };
/**
 * What a leg's plan may come to, in knots. A plan can be slower than any ship sails, with calls in between that nobody
 * named, and faster when the lanes lead a longer way than the ship takes.
 */
const PLANNABLE_SPEED = { slowest: 8, fastest: 23 };
/** A ship keeps the speed it was seen at for this long and then goes at the speed of its plan. */
const SPEED_PERSISTS_HOURS = 24;

/** No container ship is faster, in knots. */
export const TOP_SPEED = OBSERVABLE_SPEED.fastest;

/** The speed over ground when it tells how fast the voyage goes. */
export function voyageSpeed(speedOverGround: number | undefined): number | undefined {
  const { slowest, fastest } = OBSERVABLE_SPEED;
  return speedOverGround !== undefined && speedOverGround >= slowest && speedOverGround <= fastest
    ? speedOverGround
    : undefined;
}

/**
 * The speed of a leg in knots: its sea distance over the time at sea that the plan gives it, within plausible bounds;
 * {@link TYPICAL_SPEED} without a plan. Never more than the ship's service speed, which its engine is built for: that
 * is a limit, not the speed of a voyage.
 */
export function legSpeed(
  from: PortCall,
  to: PortCall,
  nauticalMiles: number | null,
  service?: number,
): number {
  const limit = voyageSpeed(service) ?? Infinity;
  return Math.min(plannedSpeed(from, to, nauticalMiles) ?? TYPICAL_SPEED, limit);
}

function plannedSpeed(
  { departure }: PortCall,
  { arrival }: PortCall,
  nauticalMiles: number | null,
): number | undefined {
  if (!departure.planned || !arrival.planned || !nauticalMiles) return undefined;
  const hours = (arrival.planned.getTime() - departure.planned.getTime()) / HOUR;
  if (hours <= 0) return undefined;
  const { slowest, fastest } = PLANNABLE_SPEED;
  return Math.min(Math.max(nauticalMiles / hours, slowest), fastest);
}

/** Hours for a distance, at first at the speed that the ship was seen at and then at that of the leg. */
export function hoursAtSea(nauticalMiles: number, speed: number, seen: number | undefined): number {
  if (seen === undefined) return nauticalMiles / speed;
  const atSeenSpeed = Math.min(nauticalMiles, seen * SPEED_PERSISTS_HOURS);
  return atSeenSpeed / seen + (nauticalMiles - atSeenSpeed) / speed;
}
