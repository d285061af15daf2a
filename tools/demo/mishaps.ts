import { chance, pick } from './chance.ts';
import type { Itinerary } from './itinerary.ts';
import { scriptedVoyage } from './scripted-voyages.ts';
import { stepsOf, type Step } from './timetable.ts';

/**
 * What goes wrong with the reporting of a voyage:
 * - CORRECTION: a step is reported with a wrong time and, minutes later, under the same eventID, with the right one;
 * - RETRACTION: a step is reported before it happens, withdrawn minutes later, and reported again when it happens;
 * - LATE_REPORT: a step is reported hours after it happened, when later steps are known already;
 * - CANCELLATION: the booking is voided before the voyage begins.
 */
export type Mishap =
  | { readonly kind: 'CORRECTION' | 'RETRACTION' | 'LATE_REPORT'; readonly step: Step }
  | { readonly kind: 'CANCELLATION' };

/** Of a hundred voyages, how many meet with each. */
const SHARES = { CORRECTION: 20, RETRACTION: 12, LATE_REPORT: 15, CANCELLATION: 3 };

/** The mishap of a voyage, if any: as its script says, else by chance, but always the same for the same itinerary. */
export function mishapOf(itinerary: Itinerary): Mishap | null {
  const { key } = itinerary;
  const script = scriptedVoyage(key);
  if (script) return script.mishap;
  let draw = chance(key, 'mishap') * 100;
  for (const [kind, share] of Object.entries(SHARES) as [keyof typeof SHARES, number][]) {
    draw -= share;
    if (draw >= 0) continue;
    if (kind === 'CANCELLATION') return { kind };
    const candidates = stepsOf(itinerary).filter(({ action }) => SUBJECTS[kind].includes(action));
    return { kind, step: pick(candidates, key, 'mishap-step') };
  }
  return null;
}

const SUBJECTS: Readonly<Record<'CORRECTION' | 'RETRACTION' | 'LATE_REPORT', readonly Step['action'][]>> = {
  CORRECTION: ['ARRIVAL', 'DEPARTURE', 'DISCHARGE', 'GATE_IN'],
  RETRACTION: ['LOAD', 'DISCHARGE', 'GATE_OUT'],
  LATE_REPORT: ['LOAD', 'GATE_IN', 'DISCHARGE'],
};
