import { getOperationAST, OperationTypeNode, type DocumentNode } from 'graphql';
import type { Caller } from '#platform/auth/caller.ts';
import { forbidden, unauthenticated } from '#platform/errors.ts';
import type { AccessRules } from '../guard/access/access-rules.ts';
import { GuardedDocument, refusedRootField, type Permission } from '../guard/access/permission.ts';
import { LruMap } from './lru-map.ts';
import { compileOperation, type OperationParts, type OperationPlan } from './plan.ts';
import type { Planner } from './planning/planner.ts';
import type { Override } from './planning/overrides.ts';
import type { ResponseNames } from './planning/response-names.ts';

export interface OperationPlansParts extends Omit<OperationParts, 'names' | 'refusal'> {
  readonly planner: Planner;
  /** Null: everything is open. */
  readonly rules: AccessRules | null;
  /** From 0 up to 1; for tests. */
  readonly random?: () => number;
}

const NOTHING_OVERRIDDEN: ReadonlyMap<string, boolean> = new Map();

/** What is kept of one document. */
interface Known {
  /** Of callers who may have everything, by the operation's name. */
  readonly whole: Map<string | undefined, OperationPlan>;
  /** Of the others, by what they may have and the operation's name. */
  readonly parts: LruMap<string, OperationPlan>;
  readonly names: ResponseNames;
  readonly guarded: GuardedDocument | null;
  readonly overrides: readonly Override[];
}

/** Plans of one document for callers who may have different parts of it. */
const MAX_PARTS = 64;

/** The plans of one supergraph's operations, kept as long as their documents are. */
export class OperationPlans {
  readonly #parts: OperationPlansParts;
  readonly #documents = new WeakMap<DocumentNode, Known>();
  readonly #countHit: () => void;

  constructor(parts: OperationPlansParts) {
    this.#parts = parts;
    const hits = parts.settings.metrics.planLookups.labels({ outcome: 'hit' });
    this.#countHit = () => hits.inc();
  }

  /** As `Supergraph.plan`. */
  get(document: DocumentNode, operationName: string | undefined, caller: Caller | null): OperationPlan {
    const known = this.#known(document);
    const key = known.guarded?.keyOf(caller) ?? null;
    const overridden = known.overrides.length === 0 ? NOTHING_OVERRIDDEN : this.#draw(known.overrides);
    const drawn = [...overridden.values()].map(Number).join('');
    const part = key === null && drawn === '' ? null : `${key ?? ''} ${drawn} ${operationName ?? ''}`;
    const made = part === null ? known.whole.get(operationName) : known.parts.get(part);
    if (made) {
      this.#countHit();
      return made;
    }
    const permission = key === null ? null : (known.guarded?.permission(key, caller) ?? null);
    const plan = this.#make(document, operationName, known.names, permission, overridden);
    if (part === null) known.whole.set(operationName, plan);
    else known.parts.set(part, plan);
    return plan;
  }

  /** Decides for one operation which overrides hold. */
  #draw(overrides: readonly Override[]): ReadonlyMap<string, boolean> {
    const { random = Math.random } = this.#parts;
    return new Map(overrides.map(({ label, percent }) => [label, random() * 100 < percent]));
  }

  #known(document: DocumentNode): Known {
    let known = this.#documents.get(document);
    if (!known) {
      const { rules, schema, planner } = this.#parts;
      known = {
        whole: new Map(),
        parts: new LruMap(MAX_PARTS),
        names: planner.names(document),
        guarded: rules && new GuardedDocument(document, schema, rules),
        overrides: planner.overrides(document),
      };
      this.#documents.set(document, known);
    }
    return known;
  }

  #make(
    document: DocumentNode,
    operationName: string | undefined,
    names: ResponseNames,
    permission: Permission | null,
    overridden: ReadonlyMap<string, boolean>,
  ): OperationPlan {
    const { planner, settings, ...parts } = this.#parts;
    if (permission) refuseSubscription(document, operationName, permission);
    settings.metrics.planLookups.inc({ outcome: 'miss' });
    const stop = settings.metrics.planningSeconds.startTimer();
    const queryPlan = planner.plan(names.rename(permission?.document ?? document), operationName, overridden);
    const plan = compileOperation(queryPlan, document, operationName, {
      ...parts,
      settings,
      names,
      refusal: permission,
    });
    stop();
    if (plan.unplanned) {
      settings.log.warn(
        { field: plan.unplanned.first },
        'no subgraph can be asked for a field as it is selected',
      );
    }
    return plan;
  }
}

/** There is no stream whose every answer would be null. */
function refuseSubscription(
  document: DocumentNode,
  operationName: string | undefined,
  permission: Permission,
): void {
  if (getOperationAST(document, operationName)?.operation !== OperationTypeNode.SUBSCRIPTION) return;
  if (!refusedRootField(document, operationName, permission)) return;
  throw permission.code === 'UNAUTHENTICATED' ? unauthenticated() : forbidden();
}
