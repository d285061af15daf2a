import { Kind, visit, type DocumentNode, type FieldDefinitionNode } from 'graphql';

/**
 * A subgraph's schema with `@access(to: …)` told in the descriptions of its fields, where clients and their tools see
 * it: a directive isn't shown to them.
 */
export function describeAccess(document: DocumentNode): DocumentNode {
  return visit(document, {
    FieldDefinition: (field) => {
      const to = accessOf(field);
      if (to === undefined) return undefined;
      const text = field.description === undefined ? '' : `${field.description.value}\n\n`;
      return {
        ...field,
        description: { kind: Kind.STRING, value: `${text}Access: ${to}`, block: true },
      } satisfies FieldDefinitionNode;
    },
  });
}

function accessOf({ directives = [] }: FieldDefinitionNode): string | undefined {
  const access = directives.find(({ name }) => name.value === 'access');
  const to = access?.arguments?.find(({ name }) => name.value === 'to')?.value;
  return to?.kind === Kind.STRING ? to.value : undefined;
}
