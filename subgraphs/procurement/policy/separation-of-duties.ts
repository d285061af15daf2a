import { policy, type Policy } from '#platform/policy/decision.ts';
import type { Resource } from '#platform/policy/resource.ts';
import type { Actor } from '#platform/policy/subject.ts';

/** An award to be approved. `owner` is who proposed it. */
export interface Proposal {
  readonly actor: Actor;
  readonly award: Pick<Resource, 'owner'>;
}

/** Whoever proposed an award can't approve it. */
export const byAnother: Policy<Proposal> = policy({
  rule: 'separation of duties',
  holds: 'somebody else proposed it',
  test: ({ actor, award }) => award.owner !== actor.id,
  attributes: ({ award }) => ({ owner: award.owner }),
});
