// @apollo/gateway reports usage to its maker unless it is told not to before it is loaded.
process.env.APOLLO_TELEMETRY_DISABLED = '1';
const { buildOperationContext, executeQueryPlan } = await import('@apollo/gateway');

export { buildOperationContext, executeQueryPlan };
