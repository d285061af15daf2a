import type { Metrics } from '#platform/telemetry/metrics.ts';
import type { FieldFault } from '../dcsa/fault.ts';
import type { PositionWriter } from './position-writer.ts';
import { validateReport } from './validate-report.ts';
import type { VesselPosition } from './vessel-position.ts';

/** What became of one position report. */
export interface ReportResult {
  /** Its place in the posted array, from 0. */
  readonly index: number;
  readonly outcome: 'accepted' | 'duplicate' | 'refused';
  readonly errors: readonly FieldFault[];
}

/** One entry for each report, and how many of them there are of each kind. */
export interface PositionsReport {
  readonly accepted: number;
  readonly duplicate: number;
  readonly refused: number;
  readonly results: readonly ReportResult[];
}

/**
 * Takes in position reports: refuses each that can't be true, recognises those that are known, and resolves when the
 * others are committed. When it throws, posting the same again is safe.
 * @throws {RefusedRequest} when too many do so at once; none was taken
 */
export type PositionAcceptance = (posted: readonly unknown[]) => Promise<PositionsReport>;

/** @param keepDays how long positions are kept */
export function createPositionAcceptance(
  writer: PositionWriter,
  metrics: Pick<Metrics, 'ingestedPositions'>,
  keepDays: number,
): PositionAcceptance {
  return async (posted) => {
    const now = Date.now();
    const results: ReportResult[] = [];
    const valid: { readonly index: number; readonly position: VesselPosition }[] = [];
    for (const [index, report] of posted.entries()) {
      const validation = validateReport(report, now, keepDays);
      if (validation.ok) valid.push({ index, position: validation.position });
      else results.push({ index, outcome: 'refused', errors: validation.faults });
    }
    const isNew = await writer.write(valid.map(({ position }) => position));
    for (const [place, { index }] of valid.entries()) {
      results.push({ index, outcome: isNew[place] ? 'accepted' : 'duplicate', errors: [] });
    }
    const counts = { accepted: 0, duplicate: 0, refused: 0 };
    for (const { outcome } of results) counts[outcome]++;
    for (const [outcome, count] of Object.entries(counts)) metrics.ingestedPositions.inc({ outcome }, count);
    return { ...counts, results: results.sort((a, b) => a.index - b.index) };
  };
}
