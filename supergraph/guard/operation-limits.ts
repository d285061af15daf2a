import {
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  type DocumentNode,
  type Source,
  type ValidationRule,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Config } from '#platform/config.ts';
import { ApiError } from '#platform/errors.ts';
import { checkShape } from './operation-shape.ts';
import { limitOperationSize } from './operation-size.ts';

/** What a document must keep to before anything is planned. */
export interface OperationLimits {
  /** @throws {GraphQLError} when it isn't a document, is too long, or looks like more than is allowed */
  readonly parse: (source: string | Source) => DocumentNode;
  /** GraphQL's own rules and ours. */
  readonly rules: readonly ValidationRule[];
}

/** The limits that the configuration asks for. */
export function operationLimits({
  maxOperationObjects,
  introspection,
  limits: { operation },
}: Pick<Config, 'maxOperationObjects' | 'introspection' | 'limits'>): OperationLimits {
  const own = [
    ...(maxOperationObjects === 0 ? [] : [limitOperationSize(maxOperationObjects)]),
    ...(introspection ? [] : [NoSchemaIntrospectionCustomRule]),
  ];
  return {
    parse: (source) => {
      let document: DocumentNode;
      try {
        document = parse(source, { maxTokens: operation.tokens });
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        throw new ApiError('GRAPHQL_PARSE_FAILED', 'Syntax Error: The document is nested too deeply.');
      }
      checkShape(document, operation);
      return document;
    },
    rules: [...specifiedRules, ...own],
  };
}

/** Keeps the general endpoint to the same limits. */
export function limitOperations({ parse: parseWithin, rules }: OperationLimits): Plugin {
  const own = rules.filter((rule) => !specifiedRules.includes(rule));
  return {
    onParse({ setParseFn }) {
      setParseFn(parseWithin);
    },
    onValidate({ addValidationRule }) {
      for (const rule of own) addValidationRule(rule);
    },
  };
}
