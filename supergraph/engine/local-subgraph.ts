import { TELL_READS_HEADER } from '#platform/audit/told-reads.ts';
import {
  CLIENT_ADDRESS_HEADER,
  CLIENT_REGION_HEADER,
  currentClientRegion,
} from '#platform/http/client-region.ts';
import type { FetchHandler } from '#platform/service.ts';
import type { Subgraph } from './subgraph.ts';

/** A subgraph that lives in this process: the same request and the same answer as over HTTP, without a socket. */
export function localSubgraph(name: string, handler: FetchHandler): Subgraph {
  const url = `http://${name}.localhost/graphql`;
  return {
    name,
    ask: async ({ body, token, requestId, address, tellsReads, signal }) => {
      const headers = new Headers({
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json;q=0.9',
        'x-request-id': requestId,
      });
      if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
      if (address) headers.set(CLIENT_ADDRESS_HEADER, address);
      if (tellsReads) headers.set(TELL_READS_HEADER, 'on');
      const region = currentClientRegion();
      if (region !== null) headers.set(CLIENT_REGION_HEADER, region);
      const controller = new AbortController();
      const leave = (): void => controller.abort();
      signal.addEventListener('abort', leave);
      try {
        const request = new Request(url, { method: 'POST', headers, body, signal: controller.signal });
        const response = await handler(request);
        return {
          status: response.status,
          contentType: response.headers.get('content-type') ?? undefined,
          text: await response.text(),
        };
      } finally {
        signal.removeEventListener('abort', leave);
      }
    },
  };
}
