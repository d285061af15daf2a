import type { FetchHandler } from '#platform/service.ts';
import { localSubgraph } from './local-subgraph.ts';
import type { RemoteSubgraphs } from './remote-subgraph.ts';
import type { Subgraph } from './subgraph.ts';

export interface Routes {
  /** Subgraphs of this process. */
  readonly local: ReadonlyMap<string, FetchHandler>;
  /** URLs that are configured, by name in lower case with `-` for every other sign that isn't a letter or digit. */
  readonly urls: ReadonlyMap<string, string>;
  readonly remote: RemoteSubgraphs;
}

/**
 * Where to ask a subgraph: in this process if it lives here, else at the configured URL, else at the supergraph's.
 * @throws when the URL isn't one, naming the subgraph
 */
export function routeTo(routes: Routes, name: string, urlInSupergraph: string): Subgraph {
  const local = routes.local.get(name);
  if (local) return localSubgraph(name, local);
  const url = routes.urls.get(name.toLowerCase().replace(/[^a-z0-9]/g, '-')) ?? urlInSupergraph;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    const variable = `SUBGRAPH_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_URL`;
    throw new Error(
      `subgraph "${name}" has the URL "${url}": expected http:// or https://, in the supergraph or in ${variable}`,
    );
  }
  return routes.remote.at(name, url);
}
