import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  validate,
  type DocumentNode,
  type GraphQLSchema,
  type ValidationRule,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';

export const UnconditionalSubscriptionRootRule: ValidationRule = (context) => ({
  OperationDefinition(operation) {
    if (operation.operation !== OperationTypeNode.SUBSCRIPTION) return;
    const seen = new Set<string>();
    const check = (selections: typeof operation.selectionSet): void => {
      for (const selection of selections.selections) {
        const condition = selection.directives?.find(
          ({ name }) => name.value === 'skip' || name.value === 'include',
        );
        if (condition) {
          const message = `@${condition.name.value} is not allowed on the root field of a subscription.`;
          context.reportError(new GraphQLError(message, { nodes: [condition] }));
        }
        if (selection.kind === Kind.INLINE_FRAGMENT) check(selection.selectionSet);
        if (selection.kind === Kind.FRAGMENT_SPREAD && !seen.has(selection.name.value)) {
          seen.add(selection.name.value);
          const fragment = context.getFragment(selection.name.value);
          if (fragment) check(fragment.selectionSet);
        }
      }
    };
    check(operation.selectionSet);
  },
});

/**
 * The root field of a subscription stands without a condition. Whether there is a stream at all can't depend on a
 * variable: GraphQL's newer editions forbid it, and graphql-js 16 and the planner fail on it instead of reporting it.
 * That there is one root field only is graphql-js' own rule, which must therefore come second.
 */
export function validSubscriptionRoot(): Plugin {
  return {
    onValidate({ params: { schema, documentAST }, setResult }) {
      if (!hasSubscription(documentAST as DocumentNode)) return;
      const errors = validate(schema as GraphQLSchema, documentAST as DocumentNode, [
        UnconditionalSubscriptionRootRule,
      ]);
      if (errors.length > 0) setResult(errors);
    },
  };
}

function hasSubscription(document: DocumentNode): boolean {
  return document.definitions.some(
    (node) => node.kind === Kind.OPERATION_DEFINITION && node.operation === OperationTypeNode.SUBSCRIPTION,
  );
}
