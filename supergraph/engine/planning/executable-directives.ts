import type { CoreFeature, Schema } from '@apollo/federation-internals';
import {
  isTypeDefinitionNode,
  Kind,
  visit,
  type ConstDirectiveNode,
  type DefinitionNode,
  type DirectiveDefinitionNode,
  type DirectiveNode,
  type DocumentNode,
  type TypeDefinitionNode,
} from 'graphql';
import {
  JOIN_ENUM_VALUE,
  JOIN_TYPE,
  namedType,
  nameNode,
  SupergraphDocument,
  textArgument,
} from './supergraph-document.ts';

/** Definitions by the directives' names. */
export type DirectiveDefinitions = ReadonlyMap<string, DirectiveDefinitionNode>;

/** Directives for operations that come from specifications of the subgraphs' own, composed by `@composeDirective`. */
export interface ExecutableDirectives {
  readonly definitions: DirectiveDefinitions;
  /** The supergraph with them as directives of no specification, which clients may see. */
  readonly document: DocumentNode;
}

const APOLLO = 'https://specs.apollo.dev/';
/** What answers by and by isn't offered, whoever specifies it. */
const NOT_OFFERED = new Set(['defer', 'stream']);
const LOCATIONS = new Set([
  'QUERY',
  'MUTATION',
  'SUBSCRIPTION',
  'FIELD',
  'FRAGMENT_DEFINITION',
  'FRAGMENT_SPREAD',
  'INLINE_FRAGMENT',
  'VARIABLE_DEFINITION',
]);

/**
 * Apollo's API schema is without everything that belongs to a linked specification, also the directives that are meant
 * for clients, and its planner knows none of them then. Here they are taken out of their specifications; what else of
 * those there is goes, as it would have.
 * @param document the supergraph
 * @param schema the same
 * @returns null when there are none
 */
export function executableDirectives(document: DocumentNode, schema: Schema): ExecutableDirectives | null {
  const features = foreignFeatures(schema);
  const definitions = new Map<string, DirectiveDefinitionNode>();
  const opened = new Set<CoreFeature>();
  for (const node of document.definitions) {
    if (node.kind !== Kind.DIRECTIVE_DEFINITION || NOT_OFFERED.has(node.name.value)) continue;
    const locations = node.locations.filter(({ value }) => LOCATIONS.has(value));
    const feature = features.find((one) => owns(one, schema, node.name.value));
    if (!feature || locations.length === 0) continue;
    definitions.set(node.name.value, { ...node, locations });
    opened.add(feature);
  }
  if (definitions.size === 0) return null;
  return { definitions, document: withoutFeatures(document, schema, [...opened], definitions) };
}

function foreignFeatures({ coreFeatures }: Schema): readonly CoreFeature[] {
  return (coreFeatures?.allFeatures() ?? []).filter(({ url }) => !url.identity.startsWith(APOLLO));
}

function owns(feature: CoreFeature, schema: Schema, directive: string): boolean {
  const definition = schema.directive(directive);
  return definition !== undefined && feature.isFeatureDefinition(definition);
}

function withoutFeatures(
  document: DocumentNode,
  schema: Schema,
  features: readonly CoreFeature[],
  kept: DirectiveDefinitions,
): DocumentNode {
  const { types, graphs } = new SupergraphDocument(document);
  const link = schema.coreFeatures?.coreItself.nameInSchema;
  const urls = new Set(features.map(({ directive }) => linked(directive.arguments())));
  const keptTypes = argumentTypes(kept, types);
  const isLink = (directive: DirectiveNode): boolean =>
    directive.name.value === link &&
    urls.has(textArgument(directive, 'url') ?? textArgument(directive, 'feature'));
  const own = new Set(
    schema
      .directives()
      .flatMap(({ name }) => (features.some((one) => owns(one, schema, name)) ? [name] : [])),
  );
  const isOwnType = (name: string): boolean => {
    const type = schema.type(name);
    return type !== undefined && features.some((one) => one.isFeatureDefinition(type));
  };
  const definitions = document.definitions.flatMap((node): DefinitionNode[] => {
    if (node.kind === Kind.DIRECTIVE_DEFINITION) {
      const definition = own.has(node.name.value) ? kept.get(node.name.value) : node;
      return definition ? [definition] : [];
    }
    if (!isTypeDefinitionNode(node)) return [node];
    if (keptTypes.has(node.name.value)) return [knownToAll(node, [...graphs.keys()])];
    return isOwnType(node.name.value) ? [] : [node];
  });
  return visit(
    { ...document, definitions },
    { Directive: (node) => (isLink(node) || own.has(node.name.value) ? null : undefined) },
  );
}

function linked({ url, feature }: Readonly<Record<string, unknown>>): unknown {
  return url ?? feature;
}

/** The names of the types that directives' arguments have, also inside others. */
function argumentTypes(
  directives: DirectiveDefinitions,
  types: SupergraphDocument['types'],
): ReadonlySet<string> {
  const names = new Set<string>();
  const add = (name: string): void => {
    const node = types.get(name);
    if (!node || names.has(name)) return;
    names.add(name);
    if (node.kind !== Kind.INPUT_OBJECT_TYPE_DEFINITION) return;
    for (const field of node.fields ?? []) add(namedType(field.type));
  };
  for (const { arguments: given = [] } of directives.values())
    for (const { type } of given) add(namedType(type));
  return names;
}

/** The planner gives these directives to every subgraph, and fails where one doesn't know a type of an argument. */
function knownToAll(node: TypeDefinitionNode, graphs: readonly string[]): TypeDefinitionNode {
  const joined = (name: string, directives: readonly ConstDirectiveNode[] = []): ConstDirectiveNode[] => [
    ...directives.filter((directive) => !directive.name.value.startsWith('join__')),
    ...(name === '' ? [] : graphs.map((graph) => joinedTo(name, graph))),
  ];
  const directives = joined(JOIN_TYPE, node.directives);
  switch (node.kind) {
    case Kind.SCALAR_TYPE_DEFINITION:
      return { ...node, directives };
    case Kind.ENUM_TYPE_DEFINITION: {
      const values = node.values?.map((value) => ({
        ...value,
        directives: joined(JOIN_ENUM_VALUE, value.directives),
      }));
      return { ...node, directives, ...(values && { values }) };
    }
    case Kind.INPUT_OBJECT_TYPE_DEFINITION: {
      const fields = node.fields?.map((field) => ({ ...field, directives: joined('', field.directives) }));
      return { ...node, directives, ...(fields && { fields }) };
    }
    default:
      return node;
  }
}

function joinedTo(name: string, graph: string): ConstDirectiveNode {
  const value = { kind: Kind.ENUM, value: graph } as const;
  return {
    kind: Kind.DIRECTIVE,
    name: nameNode(name),
    arguments: [{ kind: Kind.ARGUMENT, name: nameNode('graph'), value }],
  };
}

/**
 * A document as it can be planned and sent to subgraphs: with the arguments' defaults written out, which a subgraph need
 * not have. Named fragments don't reach subgraphs, nor do directives on them.
 */
export function forSubgraphs(document: DocumentNode, definitions: DirectiveDefinitions): DocumentNode {
  const withoutTheirs = <T extends { readonly directives?: readonly DirectiveNode[] | undefined }>(
    node: T,
  ): T => ({
    ...node,
    directives: node.directives?.filter(({ name }) => !definitions.has(name.value)) ?? [],
  });
  return visit(document, {
    FragmentDefinition: (node) => (node.directives?.length ? withoutTheirs(node) : undefined),
    FragmentSpread: (node) => (node.directives?.length ? withoutTheirs(node) : undefined),
    Directive(node) {
      const given = new Set(node.arguments?.map(({ name }) => name.value));
      const added = (definitions.get(node.name.value)?.arguments ?? []).flatMap(({ name, defaultValue }) =>
        defaultValue && !given.has(name.value)
          ? [{ kind: Kind.ARGUMENT, name, value: defaultValue } as const]
          : [],
      );
      return added.length > 0 ? { ...node, arguments: [...(node.arguments ?? []), ...added] } : undefined;
    },
  });
}
