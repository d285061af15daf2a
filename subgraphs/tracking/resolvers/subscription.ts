import { ApiError } from '#platform/errors.ts';
import type { SubscriptionResolvers } from '../generated/schema.ts';

const atTheGateway = {
  subscribe: (): never => {
    throw new ApiError('BAD_REQUEST', 'Subscriptions are served by the gateway: subscribe there.');
  },
};

/** The gateway serves `@live` fields from what is published; a subgraph by itself has no subscribers. */
export const Subscription = {
  shipmentUpdated: atTheGateway,
  shipmentViewers: atTheGateway,
  alertRaised: atTheGateway,
} satisfies SubscriptionResolvers;
