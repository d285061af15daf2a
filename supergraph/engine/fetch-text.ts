import type { FetchNode } from '@apollo/query-planner';
import { print, stripIgnoredCharacters, visit, type DocumentNode } from 'graphql';
import type { Exchange } from './exchange.ts';
import { stringText, valueText } from './json-text.ts';
import { getOwn } from './program/own.ts';

/** What of a plan's fetch is written to the subgraph. */
export type FetchWords = Pick<FetchNode, 'operation' | 'operationName' | 'variableUsages'> & {
  readonly operationDocumentNode: DocumentNode;
};

/** A fetch as JSON text, but for the values of its variables. */
export class FetchText {
  readonly #words: FetchWords;
  readonly #head: string;
  readonly #variables: readonly { readonly name: string; readonly key: string }[];

  constructor(words: FetchWords) {
    const { operation, operationName, variableUsages = [] } = words;
    this.#words = words;
    const name = operationName === undefined ? '' : `"operationName":${stringText(operationName)},`;
    this.#head = `{"query":${stringText(operation)},${name}"variables":{`;
    this.#variables = variableUsages.map((variable) => ({ name: variable, key: `${stringText(variable)}:` }));
  }

  /** @param representations those of entities to be asked for, as JSON texts; null: it asks for none */
  body(exchange: Exchange, representations: readonly string[] | null): string {
    const variables = this.variables(exchange);
    if (!representations) return `${this.#head}${variables}}}`;
    const separator = variables === '' ? '' : ',';
    return `${this.#head}${variables}${separator}"representations":[${representations.join(',')}]}}`;
  }

  /** The values of the variables that the client gave. */
  variables(exchange: Exchange): string {
    let text = '';
    for (const { name, key } of this.#variables) {
      const value = getOwn(exchange.variables, name);
      if (value !== undefined) text += `${text === '' ? '' : ','}${key}${valueText(value)}`;
    }
    return text;
  }

  /** The same fetch without some directives, and without the variables that nothing else uses. */
  without(directives: ReadonlySet<string>): FetchText {
    const { operationName, variableUsages = [], operationDocumentNode } = this.#words;
    const used = new Set<string>();
    const bare = visit(operationDocumentNode, {
      Directive: ({ name }) => (directives.has(name.value) ? null : undefined),
    });
    visit(bare, {
      VariableDefinition: () => false,
      Variable: ({ name }) => void used.add(name.value),
    });
    const document = visit(bare, {
      VariableDefinition: ({ variable }) => (used.has(variable.name.value) ? undefined : null),
    });
    return new FetchText({
      operation: stripIgnoredCharacters(print(document)),
      operationName,
      variableUsages: variableUsages.filter((name) => used.has(name)),
      operationDocumentNode: document,
    });
  }
}
