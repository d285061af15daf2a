import type { Estimate } from './estimates.ts';
import { compareEstimates, MAX_ESTIMATES } from './estimates.ts';
import type { EventFacts } from './event-facts.ts';
import type { EventWord } from './event-version.ts';
import { compareCreation, compareEventTime, compareRecency } from './milestone-times.ts';

/**
 * What has to be known of the events of a shipment to tell its state, however many they are. Events that differ in
 * nothing but their times are of one class; of each class only the first ones by some orders can make a difference:
 * `projectEvents` of `words()` is that of all the events.
 *
 * A few more than the first are kept, so that most events can also be taken out again without looking at the others.
 */
export class ShipmentDigest {
  readonly #classes = new Map<string, EventClass>();

  /** Adds the current version of an event that counts. It must not be in there. */
  add(event: EventWord): void {
    const key = classOf(event.facts);
    let known = this.#classes.get(key);
    if (known === undefined) this.#classes.set(key, (known = new EventClass(event.facts)));
    known.add(event);
  }

  /** Takes an event out that was added. @returns false: what remains isn't known any more, make another digest */
  remove(event: EventWord): boolean {
    const key = classOf(event.facts);
    const known = this.#classes.get(key);
    if (!known?.remove(event)) return false;
    if (known.size === 0) this.#classes.delete(key);
    return true;
  }

  /** Puts a version in the place of one that was added. @returns as `remove` */
  replace(former: EventWord, event: EventWord): boolean {
    const key = classOf(event.facts);
    const known = this.#classes.get(key);
    if (known !== undefined && key === classOf(former.facts)) return known.replace(former, event);
    const isKnown = this.remove(former);
    this.add(event);
    return isKnown;
  }

  /** The events that decide, in no particular order. */
  words(): EventWord[] {
    return [...this.#classes.values()].flatMap((each) => each.words());
  }

  /** How many events and estimates it holds: a measure of the memory that it takes. */
  get weight(): number {
    let weight = 1;
    for (const each of this.#classes.values()) weight += each.weight;
    return weight;
  }
}

/** Every fact by which a projection tells events apart, but for their times. */
function classOf(facts: EventFacts): string {
  const { transportCall: call, coordinates } = facts;
  const own = `${facts.eventType} ${facts.eventClassifierCode} ${facts.eventTypeCode}|${facts.unLocationCode ?? ''}|${
    facts.facilityTypeCode ?? ''
  }|${facts.emptyIndicatorCode ?? ''}|${facts.documentTypeCode ?? ''}|${
    coordinates === null ? '' : `${coordinates.latitude} ${coordinates.longitude}`
  }`;
  // Texts of reporters as JSON: nothing that they contain can make two classes one.
  const equipment = facts.equipmentReference === null ? '' : JSON.stringify(facts.equipmentReference);
  if (call === null) return `${own}|${equipment}`;
  const { reference, exportVoyageNumber, importVoyageNumber, carrierServiceCode } = call;
  const texts = JSON.stringify([reference, exportVoyageNumber, importVoyageNumber, carrierServiceCode]);
  return `${own}|${call.modeOfTransport}|${call.unLocationCode ?? ''}|${call.facilityTypeCode ?? ''}|${
    call.vesselImo ?? ''
  }|${call.sequenceNumber ?? ''}|${texts}|${equipment}`;
}

type Order = (a: EventWord, b: EventWord) => number;

const latestFirst: Order = (a, b) => compareRecency(b, a);
const lastSeenFirst: Order = (a, b) => compareEventTime(b, a);

/** The events of one class. */
class EventClass {
  size = 0;
  readonly #orders: readonly FirstOf<EventWord>[];
  readonly #estimates = new FirstOf<Estimate>(MAX_ESTIMATES, compareEstimates, MAX_ESTIMATES);

  constructor({ eventClassifierCode, coordinates }: EventFacts) {
    const orders = [latestFirst, compareEventTime];
    if (eventClassifierCode === 'PLN') orders.push(compareCreation);
    if (eventClassifierCode === 'ACT' && coordinates !== null) orders.push(lastSeenFirst);
    this.#orders = orders.map((order) => new FirstOf(KEPT, order, 1));
  }

  add(event: EventWord): void {
    this.size++;
    for (const order of this.#orders) order.add(event);
    for (const estimate of event.estimates) this.#estimates.add(estimate);
  }

  remove(event: EventWord): boolean {
    this.size--;
    return this.#orders.every((order) => order.remove(event)) && this.#withoutEstimates(event.estimates);
  }

  replace(former: EventWord, event: EventWord): boolean {
    const isKnown = this.#orders.every((order) => {
      const isRemoved = order.remove(former);
      order.add(event);
      return isRemoved;
    });
    const has = (list: readonly Estimate[], estimate: Estimate): boolean =>
      list.some((each) => compareEstimates(each, estimate) === 0);
    for (const estimate of event.estimates)
      if (!has(former.estimates, estimate)) this.#estimates.add(estimate);
    const gone = former.estimates.filter((estimate) => !has(event.estimates, estimate));
    return this.#withoutEstimates(gone) && isKnown;
  }

  #withoutEstimates(estimates: readonly Estimate[]): boolean {
    return estimates.every((estimate) => this.#estimates.remove(estimate));
  }

  words(): EventWord[] {
    const words = new Set<EventWord>();
    for (const order of this.#orders) if (order.first !== undefined) words.add(order.first);
    // The estimates of all are told by one.
    return [...words].map((word, place) => ({ ...word, estimates: place === 0 ? this.#estimates.all : [] }));
  }

  get weight(): number {
    return this.#orders.reduce((sum, order) => sum + order.all.length, this.#estimates.all.length);
  }
}

/** Events that are kept of each order of a class: how many of the first can be taken out. */
const KEPT = 3;

/** The first few members of a set by a total order. */
class FirstOf<T> {
  readonly #kept: number;
  readonly #order: (a: T, b: T) => number;
  readonly #needed: number;
  #all: T[] = [];
  /** Members that aren't among the first. */
  #others = 0;

  constructor(kept: number, order: (a: T, b: T) => number, needed: number) {
    this.#kept = kept;
    this.#order = order;
    this.#needed = needed;
  }

  get first(): T | undefined {
    return this.#all[0];
  }

  get all(): readonly T[] {
    return this.#all;
  }

  add(member: T): void {
    const found = this.#all.findIndex((each) => this.#order(member, each) < 0);
    const place = found < 0 ? this.#all.length : found;
    // Behind the last that is known there may be others before it.
    if (place === this.#all.length && (this.#others > 0 || place === this.#kept)) this.#others++;
    else {
      this.#all.splice(place, 0, member);
      if (this.#all.length > this.#kept) {
        this.#all.pop();
        this.#others++;
      }
    }
  }

  /** @returns false when there are too few left of which it is known that they are the first */
  remove(member: T): boolean {
    const place = this.#all.findIndex((each) => this.#order(member, each) === 0);
    if (place < 0) return --this.#others >= 0;
    this.#all.splice(place, 1);
    return this.#others === 0 || this.#all.length >= this.#needed;
  }
}
