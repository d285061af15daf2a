import { knownEvent } from '../event-version.ts';
import type { KnownEvent } from '../event-version.ts';
import { readMessage, readWholeMessage, reporterIn } from '../ingestion/event-message.ts';
import type { EntryContent, EventMessage } from '../ingestion/event-message.ts';
import type { Reporter } from '../ingestion/reporter.ts';

/** The events of an entry, as the door accepted them. */
export interface AcceptedEvents {
  readonly reporter: Reporter;
  readonly events: readonly KnownEvent[];
}

/** @throws when one of the messages can't be read */
export function acceptedEventsOf({ beginning, messages }: EntryContent): AcceptedEvents {
  if (beginning === '') return eventsOfWhole(messages);
  const reporter = reporterIn(beginning);
  const { producerId } = reporter;
  const events = messages.map((text) => {
    const message = readMessage(text);
    if (message === null) throw notAccepted(beginning + text);
    const { eventID, payloadText } = message;
    const payload = JSON.parse(payloadText) as EventMessage['payload'];
    // A part of the message would keep all of it in memory for as long as the id is remembered.
    const { eventID: own = eventID } = payload;
    // What is stored of the payload needn't be written again.
    return knownEvent({ producerId, eventID: own === eventID ? own : eventID, payload }, [], payloadText);
  });
  return { reporter, events };
}

/** Messages that stand by themselves: of an earlier version, or put back one by one. */
function eventsOfWhole(texts: readonly string[]): AcceptedEvents {
  const messages = texts.map((text) => {
    const message = readWholeMessage(text);
    if (message === null) throw notAccepted(text);
    return message;
  });
  const [first] = messages;
  if (first === undefined) throw new Error('the entry has no messages');
  const { reporter } = first;
  const common = JSON.stringify(reporter);
  if (messages.some((message) => JSON.stringify(message.reporter) !== common))
    throw new Error('the messages of the entry have different reporters');
  const { producerId } = reporter;
  return {
    reporter,
    events: messages.map(({ eventID, payload }) => knownEvent({ producerId, eventID, payload })),
  };
}

function notAccepted(text: string): Error {
  // An error that says where, if it isn't JSON at all.
  JSON.parse(text);
  return new Error('the message is not an accepted event: expected reporter, eventID and payload');
}
