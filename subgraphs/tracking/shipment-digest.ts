import type { EventFacts } from './event-facts.ts';
import type { EventWord } from './event-version.ts';
import { compareCreation, compareEventTime, compareRecency } from './milestone-times.ts';

/**
 * What has to be known of the events of a shipment to tell its state, however many they are. Events that differ in
 * nothing but their times are of one class; of each class only the first ones by some orders can make a difference:
 * `projectEvents` of `words()` is that of all the events, but for how estimates have moved.
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
    known.add(wordOf(event));
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
    if (known !== undefined && key === classOf(former.facts)) return known.replace(former, wordOf(event));
    const isKnown = this.remove(former);
    this.add(event);
    return isKnown;
  }

  /** The events that decide, in no particular order. */
  words(): EventWord[] {
    const words: EventWord[] = [];
    for (const each of this.#classes.values()) each.addWords(words);
    return words;
  }

  /** How many events it holds: a measure of the memory that it takes. */
  get weight(): number {
    let weight = 1;
    for (const each of this.#classes.values()) weight += each.weight;
    return weight;
  }
}

/** What is kept for long is kept without the rest of the event, which is several times as large. */
function wordOf({ producerId, eventID, facts, estimates }: EventWord): EventWord {
  return { producerId, eventID, facts, estimates };
}

/**
 * Every fact by which a projection tells events apart, but for their times. What is null isn't there, nor what of a call
 * is as of the event itself: short texts are made fast, and there is one for every event.
 */
function classOf(facts: EventFacts): string {
  const { transportCall: call, coordinates } = facts;
  let key = `${facts.eventType} ${facts.eventClassifierCode} ${facts.eventTypeCode}`;
  if (facts.unLocationCode !== null) key += `|L${facts.unLocationCode}`;
  if (facts.facilityTypeCode !== null) key += `|F${facts.facilityTypeCode}`;
  if (facts.emptyIndicatorCode !== null) key += `|E${facts.emptyIndicatorCode}`;
  if (facts.documentTypeCode !== null) key += `|D${facts.documentTypeCode}`;
  if (coordinates !== null) key += `|${coordinates.latitude} ${coordinates.longitude}`;
  if (facts.equipmentReference !== null) key += `|Q${apart(facts.equipmentReference)}`;
  if (call === null) return key;
  key += `|M${call.modeOfTransport}|R${apart(call.reference)}`;
  if (call.unLocationCode !== facts.unLocationCode) key += `|l${call.unLocationCode ?? ''}`;
  if (call.facilityTypeCode !== facts.facilityTypeCode) key += `|f${call.facilityTypeCode ?? ''}`;
  if (call.vesselImo !== null) key += `|V${call.vesselImo}`;
  if (call.sequenceNumber !== null) key += `|S${call.sequenceNumber}`;
  if (call.exportVoyageNumber !== null) key += `|X${apart(call.exportVoyageNumber)}`;
  if (call.importVoyageNumber !== null) key += `|I${apart(call.importVoyageNumber)}`;
  if (call.carrierServiceCode !== null) key += `|C${apart(call.carrierServiceCode)}`;
  return key;
}

/** A reporter's text with its length: nothing that it contains can make two classes one. */
function apart(text: string): string {
  return `${text.length}:${text}`;
}

type Order = (a: EventWord, b: EventWord) => number;

const latestFirst: Order = (a, b) => compareRecency(b, a);
const lastSeenFirst: Order = (a, b) => compareEventTime(b, a);

/** The events of one class. */
class EventClass {
  size = 0;
  readonly #orders: readonly FirstOf[];

  constructor({ eventClassifierCode, coordinates }: EventFacts) {
    const orders = [latestFirst, compareEventTime];
    if (eventClassifierCode === 'PLN') orders.push(compareCreation);
    if (eventClassifierCode === 'ACT' && coordinates !== null) orders.push(lastSeenFirst);
    this.#orders = orders.map((order) => new FirstOf(order));
  }

  add(event: EventWord): void {
    this.size++;
    for (const order of this.#orders) order.add(event);
  }

  remove(event: EventWord): boolean {
    this.size--;
    return this.#orders.every((order) => order.remove(event));
  }

  replace(former: EventWord, event: EventWord): boolean {
    return this.#orders.every((order) => {
      const isKnown = order.remove(former);
      order.add(event);
      return isKnown;
    });
  }

  /** Adds those that are first by one of the orders, each once. */
  addWords(words: EventWord[]): void {
    const begin = words.length;
    for (const { first } of this.#orders) {
      if (first !== undefined && !words.includes(first, begin)) words.push(first);
    }
  }

  get weight(): number {
    return this.#orders.reduce((sum, order) => sum + order.all.length, 0);
  }
}

/** Events that are kept of each order of a class: how many of the first can be taken out. */
const KEPT = 3;

/** The first few members of a set of events by a total order. */
class FirstOf {
  readonly #order: Order;
  readonly #all: EventWord[] = [];
  /** Members that aren't among the first. */
  #others = 0;

  constructor(order: Order) {
    this.#order = order;
  }

  get first(): EventWord | undefined {
    return this.#all[0];
  }

  get all(): readonly EventWord[] {
    return this.#all;
  }

  add(member: EventWord): void {
    let place = 0;
    for (const each of this.#all) {
      if (this.#order(member, each) < 0) break;
      place++;
    }
    // Behind the last that is known there may be others before it.
    if (place === this.#all.length && (this.#others > 0 || place === KEPT)) this.#others++;
    else {
      if (this.#all.length === KEPT) {
        this.#all.pop();
        this.#others++;
      }
      this.#insert(member, place);
    }
  }

  // As `splice`, which makes an array of what it takes out, too.
  #insert(member: EventWord, place: number): void {
    this.#all.push(member);
    for (let at = this.#all.length - 1; at > place; at--) this.#all[at] = this.#all[at - 1] as EventWord;
    this.#all[place] = member;
  }

  /** @returns false when none is left of which it is known that it is the first */
  remove(member: EventWord): boolean {
    const place = this.#all.findIndex((each) => this.#order(member, each) === 0);
    if (place < 0) return --this.#others >= 0;
    this.#all.splice(place, 1);
    return this.#others === 0 || this.#all.length > 0;
  }
}
