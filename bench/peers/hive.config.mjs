import { defineConfig } from '@graphql-hive/gateway';

/** Hive Gateway with its de-duplication of requests, in and out, switched by DEDUPLICATE. */
const deduplicate = process.env.DEDUPLICATE === 'on';

export const gatewayConfig = defineConfig({
  maxDepth: false,
  maxTokens: false,
  logging: false,
  inboundInflightRequestDeduplication: deduplicate,
  transportEntries: { '*.http': { options: { deduplicateInflightRequests: deduplicate } } },
});
