import { specifiedRules, type parse, type ParseOptions, type Source, type ValidationRule } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Config } from '#platform/config.ts';
import { ApiError } from '#platform/errors.ts';
import { limitOperationSize } from './operation-size.ts';

/** What a document must keep to before anything is planned. */
export interface OperationLimits {
  /** Lexical tokens of a document; the parser gives up beyond them. */
  readonly maxTokens: number;
  /** GraphQL's own rules and ours. */
  readonly rules: readonly ValidationRule[];
}

const MAX_TOKENS = 10_000;

/** The limits that the configuration asks for. */
export function operationLimits({
  maxOperationObjects,
}: Pick<Config, 'maxOperationObjects'>): OperationLimits {
  const own = maxOperationObjects === 0 ? [] : [limitOperationSize(maxOperationObjects)];
  return { maxTokens: MAX_TOKENS, rules: [...specifiedRules, ...own] };
}

/** Keeps the general endpoint to the same limits. */
export function limitOperations({ maxTokens, rules }: OperationLimits): Plugin {
  const own = rules.filter((rule) => !specifiedRules.includes(rule));
  return {
    onParse({ parseFn, setParseFn }) {
      const parseWhole = parseFn as typeof parse;
      setParseFn((source: string | Source, options?: ParseOptions) => {
        try {
          return parseWhole(source, { ...options, maxTokens });
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          throw new ApiError('GRAPHQL_PARSE_FAILED', 'Syntax Error: The document is nested too deeply.');
        }
      });
    },
    onValidate({ addValidationRule }) {
      for (const rule of own) addValidationRule(rule);
    },
  };
}
