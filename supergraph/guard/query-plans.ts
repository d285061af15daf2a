import { prettyFormatQueryPlan, type QueryPlan } from '@apollo/query-planner';
import type { Caller } from '#platform/auth/caller.ts';
import type { Config } from '#platform/config.ts';

/** The header by which a client asks to be shown the plan of its operation. */
export const PLAN_HEADER = 'x-query-plan';

/** Text for people, JSON for programs; both as Apollo writes them. */
export type PlanForm = 'text' | 'json';

/** How a client wants to see the plan; null: not at all. @param context yoga's, which holds the HTTP request */
export function planForm(context: unknown): PlanForm | null {
  const { request } = context as { readonly request?: Request };
  const wanted = request?.headers.get(PLAN_HEADER);
  return wanted === 'text' || wanted === 'json' ? wanted : null;
}

/** Whether the configuration lets a caller see plans, which tell how the graph is divided. */
export function maySeePlans(allowed: Config['queryPlans'], caller: Caller | null): boolean {
  if (allowed === 'on' || allowed === 'off') return allowed === 'on';
  if (caller === null) return false;
  return (
    allowed.roles.some((role) => caller.roles.has(role)) ||
    allowed.scopes.some((scope) => caller.scopes.has(scope))
  );
}

export function shownPlan(plan: QueryPlan, form: PlanForm): unknown {
  if (form === 'text') return prettyFormatQueryPlan(plan);
  const json = JSON.stringify(plan, (key, value: unknown) =>
    key === 'operationDocumentNode' ? undefined : value,
  );
  return JSON.parse(json);
}
