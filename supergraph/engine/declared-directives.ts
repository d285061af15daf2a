import { isRecord } from '#platform/is-record.ts';
import { Kind, parse, visit, type DocumentNode } from 'graphql';
import { NEVER } from './departure.ts';
import type { Exchange } from './exchange.ts';
import type { EngineSettings } from './settings.ts';
import { readAnswer } from './subgraph-answer.ts';
import { askInTime, type Subgraph } from './subgraph.ts';

const NONE: ReadonlySet<string> = new Set();
const QUESTION = JSON.stringify({ query: '{_service{sdl}}' });

/**
 * Which subgraphs declare the directives that some of them have composed: the supergraph doesn't say, and a subgraph
 * refuses what it doesn't know. Each is asked once, when an operation first has such a directive for it.
 */
export class DeclaredDirectives {
  readonly #names: ReadonlySet<string>;
  readonly #settings: Pick<EngineSettings, 'log' | 'timeout'>;
  readonly #declared = new Map<string, Promise<ReadonlySet<string>>>();

  /** @param names all such directives */
  constructor(names: Iterable<string>, settings: Pick<EngineSettings, 'log' | 'timeout'>) {
    this.#names = new Set(names);
    this.#settings = settings;
  }

  /** The directives that a document has. */
  usedBy(document: DocumentNode): ReadonlySet<string> {
    const used = new Set<string>();
    visit(document, { Directive: ({ name }) => void used.add(name.value) });
    return new Set([...used].filter((name) => this.#names.has(name)));
  }

  /**
   * Those of `used` that a subgraph doesn't declare; none when it doesn't tell.
   * @param exchange on whose behalf it may have to be asked
   */
  async missing(
    subgraph: Subgraph,
    used: ReadonlySet<string>,
    exchange: Exchange,
  ): Promise<ReadonlySet<string>> {
    const asked = this.#declared.get(subgraph.name) ?? this.#ask(subgraph, exchange);
    this.#declared.set(subgraph.name, asked);
    try {
      const declared = await asked;
      return new Set([...used].filter((name) => !declared.has(name)));
    } catch (error) {
      this.#declared.delete(subgraph.name);
      const reason = error instanceof Error ? error.message : String(error);
      this.#settings.log.warn({ subgraph: subgraph.name, reason }, "a subgraph doesn't tell its directives");
      return NONE;
    }
  }

  async #ask(
    subgraph: Subgraph,
    { token, requestId, address = null }: Exchange,
  ): Promise<ReadonlySet<string>> {
    // Others may wait for it, whether this client stays or not.
    const request = { body: QUESTION, token, requestId, address, signal: NEVER };
    const response = await askInTime(subgraph, request, this.#settings.timeout);
    const { data, errors } = readAnswer(subgraph.name, response);
    const sdl = isRecord(data?._service) ? data._service.sdl : undefined;
    if (typeof sdl !== 'string') throw new Error(errors[0]?.message ?? 'answered without its SDL');
    return new Set(
      parse(sdl, { noLocation: true }).definitions.flatMap((node) =>
        node.kind === Kind.DIRECTIVE_DEFINITION ? [node.name.value] : [],
      ),
    );
  }
}
