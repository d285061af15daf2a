import { Kind, visit, type DirectiveNode, type DocumentNode, type SelectionNode } from 'graphql';
import type { JsonObject } from '../fetch-document.ts';
import { getOwn } from '../program/own.ts';

/** Which selections of an operation hold for the values of its variables. */
export type Holds = (selection: SelectionNode) => boolean;

/** The variables that decide by @skip and @include over parts of a document. */
export function conditionVariables(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  visit(document, {
    Directive(directive) {
      const value = isCondition(directive) ? argumentOf(directive) : undefined;
      if (value?.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names].sort();
}

/** @param variables with the defaults added */
export function conditionsFor(variables: Readonly<JsonObject>): Holds {
  return ({ directives }) =>
    !directives?.length ||
    directives.every((directive) => {
      if (!isCondition(directive)) return true;
      const value = argumentOf(directive);
      const given =
        value?.kind === Kind.VARIABLE
          ? getOwn(variables, value.name.value) === true
          : value?.kind === Kind.BOOLEAN && value.value;
      return directive.name.value === 'skip' ? !given : given;
    });
}

function isCondition({ name }: DirectiveNode): boolean {
  return name.value === 'skip' || name.value === 'include';
}

function argumentOf(
  directive: DirectiveNode,
): NonNullable<DirectiveNode['arguments']>[number]['value'] | undefined {
  return directive.arguments?.find(({ name }) => name.value === 'if')?.value;
}
