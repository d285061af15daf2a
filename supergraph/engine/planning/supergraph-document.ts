import {
  isTypeDefinitionNode,
  Kind,
  parse,
  type ConstDirectiveNode,
  type DirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  type ObjectTypeDefinitionNode,
  type SelectionSetNode,
  type TypeDefinitionNode,
  type TypeNode,
} from 'graphql';

/** A type of the supergraph that has fields. */
export type FieldedType = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

/** How the composed document says what belongs to which subgraph. */
export const JOIN_TYPE = 'join__type';
export const JOIN_FIELD = 'join__field';
export const JOIN_ENUM_VALUE = 'join__enumValue';

export function isFieldedType(node: DocumentNode['definitions'][number]): node is FieldedType {
  return node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION;
}

/** The text of a directive's argument, also when it is an enum's value; undefined when it isn't there. */
export function textArgument(directive: DirectiveNode, name: string): string | undefined {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : undefined;
}

/** Whether a directive's argument is there and true, or false if that is asked for. */
export function hasFlag(directive: ConstDirectiveNode, name: string, wanted: boolean): boolean {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.BOOLEAN && value.value === wanted;
}

/** A set of fields as the directives of federation write it: a selection without its braces. */
export function parseFieldSet(text: string): SelectionSetNode {
  const [operation] = parse(`{${text}}`, { noLocation: true }).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`"${text}" is no set of fields`);
  return operation.selectionSet;
}

export function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}

export function nameNode(value: string): { readonly kind: Kind.NAME; readonly value: string } {
  return { kind: Kind.NAME, value };
}

/** The types of a document and the names of subgraphs that its directives use. */
export class SupergraphDocument {
  readonly types: ReadonlyMap<string, TypeDefinitionNode>;
  /** Subgraphs' names by the enum values that stand for them. */
  readonly graphs: ReadonlyMap<string, string>;

  constructor(document: DocumentNode) {
    const types = new Map<string, TypeDefinitionNode>();
    const graphs = new Map<string, string>();
    for (const node of document.definitions) {
      if (!isTypeDefinitionNode(node)) continue;
      types.set(node.name.value, node);
      if (node.kind !== Kind.ENUM_TYPE_DEFINITION || node.name.value !== 'join__Graph') continue;
      for (const { name, directives = [] } of node.values ?? []) {
        const join = directives.find((directive) => directive.name.value === 'join__graph');
        graphs.set(name.value, (join && textArgument(join, 'name')) ?? name.value);
      }
    }
    this.types = types;
    this.graphs = graphs;
  }

  field(type: string | undefined, name: string): FieldDefinitionNode | undefined {
    const node = type === undefined ? undefined : this.types.get(type);
    return node && isFieldedType(node) ? node.fields?.find((field) => field.name.value === name) : undefined;
  }

  /** An interface's name and those of all types that implement it; else the name alone. */
  withImplementations(name: string): readonly string[] {
    const node = this.types.get(name);
    if (node?.kind !== Kind.INTERFACE_TYPE_DEFINITION) return [name];
    const names = [name];
    for (const [other, type] of this.types) {
      if (isFieldedType(type) && type.interfaces?.some((one) => one.name.value === name)) names.push(other);
    }
    return names;
  }
}
