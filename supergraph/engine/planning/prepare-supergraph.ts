import {
  Kind,
  print,
  stripIgnoredCharacters,
  type ArgumentNode,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type FieldNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import {
  hasFlag,
  isFieldedType,
  JOIN_FIELD,
  JOIN_TYPE,
  namedType,
  nameNode,
  parseFieldSet,
  SupergraphDocument,
  textArgument,
  type FieldedType,
} from './supergraph-document.ts';

/** What a field that only the planner knows stands for. */
export interface Stand {
  readonly name: string;
  readonly arguments: readonly ArgumentNode[];
}

/** What a field of one subgraph requires, of what only the planner knows: by the place in the representation, the name. */
export type Needs = ReadonlyMap<string, string>;

/** A supergraph as the planner is given it. */
export interface PreparedSupergraph {
  /** Null: the planner can take it as it was composed. */
  readonly document: DocumentNode | null;
  /** By the names that only the planner knows. */
  readonly stands: ReadonlyMap<string, Stand>;
  /** By `SUBGRAPH TYPE FIELD`. */
  readonly needs: ReadonlyMap<string, Needs>;
  /** By `SUBGRAPH TYPE FIELD`: what is required besides keys. */
  readonly requirements: ReadonlyMap<string, ReadonlySet<string>>;
  /** Interfaces that a subgraph takes for an object whose fields require others. */
  readonly interfaces: ReadonlySet<string>;
  /** Names that the planner may select beside what the client does: keys, required fields, contexts. */
  readonly selectedNames: ReadonlySet<string>;
  /** The labels of progressive overrides, with the names of the fields that they decide over. */
  readonly overrides: ReadonlyMap<string, ReadonlySet<string>>;
  /** The names of the types that each subgraph knows. */
  readonly typesOf: ReadonlyMap<string, ReadonlySet<string>>;
}

/** How `needs` names a field of a subgraph. */
export function needsKey(subgraph: string, type: string, field: string): string {
  return `${subgraph} ${type} ${field}`;
}

/**
 * Puts right what the planner would get wrong.
 * - A field that takes arguments and is required with some is confused with the same field with others, whether the
 *   client or another requirement asks for it. Each use gets a field of its own name without arguments; when a plan is
 *   made, the names are put back under an alias.
 * - Of a type's keys in a subgraph the planner takes the first that it can fill, also when the subgraph resolves
 *   nothing by it. Keys that resolve come first.
 */
export function prepareSupergraph(document: DocumentNode): PreparedSupergraph {
  const preparation = new Preparation(new SupergraphDocument(document));
  const definitions = document.definitions.map((node) =>
    isFieldedType(node) ? preparation.withOwnRequirements(preparation.withSortedKeys(node)) : node,
  );
  const { changed, stands, needs, requirements, interfaces, overrides, selectedNames, typesOf } = preparation;
  const known = { stands, needs, requirements, interfaces, overrides, selectedNames, typesOf };
  if (!changed) return { document: null, ...known };
  const uses = usedNames(definitions.filter(isFieldedType));
  return {
    document: {
      ...document,
      definitions: definitions.map((node) =>
        isFieldedType(node) ? preparation.withStands(node, uses) : node,
      ),
    },
    ...known,
  };
}

interface StandIn {
  readonly stand: Stand;
  readonly type: string;
  readonly synthetic: string;
  /** The enum values of the subgraphs that require it. */
  readonly graphs: Set<string>;
}

class Preparation {
  readonly stands = new Map<string, Stand>();
  readonly needs = new Map<string, Needs>();
  readonly requirements = new Map<string, ReadonlySet<string>>();
  readonly interfaces = new Set<string>();
  readonly overrides = new Map<string, Set<string>>();
  readonly selectedNames = new Set<string>(['__typename']);
  readonly typesOf = new Map<string, Set<string>>();
  changed = false;
  readonly #supergraph: SupergraphDocument;
  readonly #standIns = new Map<string, StandIn>();

  constructor(supergraph: SupergraphDocument) {
    this.#supergraph = supergraph;
  }

  /** Within each subgraph the keys that resolve first; every directive stays in a place of its subgraph. */
  withSortedKeys<T extends FieldedType>(node: T): T {
    const { directives = [] } = node;
    for (const directive of directives) {
      if (directive.name.value !== JOIN_TYPE) continue;
      this.#noteNames(textArgument(directive, 'key'));
      const graph = textArgument(directive, 'graph') ?? '';
      const subgraph = this.#supergraph.graphs.get(graph) ?? graph;
      const types = this.typesOf.get(subgraph) ?? new Set();
      this.typesOf.set(subgraph, types.add(node.name.value));
    }
    if (!directives.some((directive) => hasFlag(directive, 'resolvable', false))) return node;
    const queues = new Map<string | undefined, ConstDirectiveNode[]>();
    for (const resolving of [true, false]) {
      for (const directive of directives) {
        if (hasFlag(directive, 'resolvable', false) === resolving) continue;
        const graph = slotOf(directive);
        queues.set(graph, [...(queues.get(graph) ?? []), directive]);
      }
    }
    const sorted = directives.map((directive) => queues.get(slotOf(directive))?.shift() ?? directive);
    if (sorted.every((directive, index) => directive === directives[index])) return node;
    this.changed = true;
    return { ...node, directives: sorted };
  }

  /** Requirements in the terms of the planner's own fields. */
  withOwnRequirements<T extends FieldedType>(node: T): T {
    const fields = node.fields?.map((field) => ({
      ...field,
      directives:
        field.directives?.map((directive) => this.#withOwnRequirement(node, field, directive)) ?? [],
    }));
    return fields ? { ...node, fields } : node;
  }

  /**
   * The type with the planner's own fields beside those that they stand for.
   * @param uses the names that each subgraph's directives use
   */
  withStands<T extends FieldedType>(node: T, uses: ReadonlyMap<string, ReadonlySet<string>>): T {
    const added: FieldDefinitionNode[] = [];
    const replaced = new Map<string, Set<string>>();
    for (const { type, synthetic, stand, graphs } of this.#standIns.values()) {
      if (type !== node.name.value) continue;
      const original = node.fields?.find((field) => field.name.value === stand.name);
      if (!original) continue;
      const elsewhere = replaced.get(stand.name) ?? new Set();
      replaced.set(stand.name, elsewhere);
      for (const graph of graphs) if (!uses.get(graph)?.has(stand.name)) elsewhere.add(graph);
      added.push({
        ...original,
        name: nameNode(synthetic),
        arguments: [],
        // Where it is external, it must be for a use of its own.
        directives: (original.directives ?? []).filter(
          (directive) =>
            !hasFlag(directive, 'external', true) || graphs.has(textArgument(directive, 'graph') ?? ''),
        ),
      });
    }
    if (added.length === 0) return node;
    const fields = (node.fields ?? []).map((field) =>
      this.#isOfInterface(node, field.name.value)
        ? field
        : withoutExternal(field, replaced.get(field.name.value)),
    );
    return { ...node, fields: [...fields, ...added] };
  }

  #isOfInterface(node: FieldedType, field: string): boolean {
    return (node.interfaces ?? []).some(({ name }) => this.#supergraph.field(name.value, field));
  }

  #withOwnRequirement(
    type: FieldedType,
    field: FieldDefinitionNode,
    directive: ConstDirectiveNode,
  ): ConstDirectiveNode {
    if (directive.name.value !== JOIN_FIELD) return directive;
    this.#noteContexts(directive);
    const label = textArgument(directive, 'overrideLabel');
    if (label !== undefined) {
      this.overrides.set(label, (this.overrides.get(label) ?? new Set()).add(field.name.value));
    }
    const text = textArgument(directive, 'requires');
    const graph = textArgument(directive, 'graph');
    if (text === undefined || graph === undefined) return directive;
    this.#noteNames(text);
    const needs = new Map<string, string>();
    const selections = this.#rename(parseFieldSet(text), type.name.value, graph, [], needs);
    const subgraph = this.#supergraph.graphs.get(graph) ?? graph;
    const keys = keyNames(type, graph);
    const names = selections.selections.flatMap((one) =>
      one.kind === Kind.FIELD && !keys.has(one.name.value) ? [one.name.value] : [],
    );
    this.requirements.set(needsKey(subgraph, type.name.value, field.name.value), new Set(names));
    if (type.kind === Kind.INTERFACE_TYPE_DEFINITION) this.interfaces.add(type.name.value);
    if (needs.size === 0) return directive;
    this.changed = true;
    this.needs.set(needsKey(subgraph, type.name.value, field.name.value), needs);
    const value = stripIgnoredCharacters(print(selections)).slice(1, -1);
    return {
      ...directive,
      arguments: (directive.arguments ?? []).map((argument) =>
        argument.name.value === 'requires'
          ? { ...argument, value: { kind: Kind.STRING, value } as const }
          : argument,
      ),
    };
  }

  #rename(
    set: SelectionSetNode,
    type: string | undefined,
    graph: string,
    path: readonly string[],
    needs: Map<string, string>,
  ): SelectionSetNode {
    const selections = set.selections.map((selection): SelectionNode => {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const inner = selection.typeCondition?.name.value ?? type;
        return {
          ...selection,
          selectionSet: this.#rename(selection.selectionSet, inner, graph, path, needs),
        };
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD) return selection;
      const name = selection.name.value;
      const definition = this.#supergraph.field(type, name);
      const place = [...path, name];
      let renamed: FieldNode = selection;
      if (type !== undefined && definition?.arguments?.length) {
        const synthetic = this.#standFor(selection, type, graph);
        needs.set(place.join('.'), synthetic);
        renamed = { ...selection, name: nameNode(synthetic), arguments: [] };
      }
      if (!selection.selectionSet) return renamed;
      const inner = definition && namedType(definition.type);
      return { ...renamed, selectionSet: this.#rename(selection.selectionSet, inner, graph, place, needs) };
    });
    return { ...set, selections };
  }

  #standFor(
    { name: { value: name }, arguments: given = [] }: FieldNode,
    type: string,
    graph: string,
  ): string {
    const text = given.map(print).sort().join(',');
    let synthetic = [...this.stands].find(
      ([, stand]) => stand.name === name && stand.arguments.map(print).sort().join(',') === text,
    )?.[0];
    if (synthetic === undefined) {
      synthetic = `${name}__${this.stands.size}`;
      this.stands.set(synthetic, { name, arguments: given });
    }
    const stand = this.stands.get(synthetic) ?? { name, arguments: given };
    for (const member of this.#supergraph.withImplementations(type)) {
      const key = `${member}.${synthetic}`;
      const known = this.#standIns.get(key);
      if (known) known.graphs.add(graph);
      else this.#standIns.set(key, { stand, type: member, synthetic, graphs: new Set([graph]) });
    }
    return synthetic;
  }

  #noteContexts(directive: ConstDirectiveNode): void {
    const contexts = directive.arguments?.find(({ name }) => name.value === 'contextArguments')?.value;
    if (contexts?.kind !== Kind.LIST) return;
    for (const context of contexts.values) {
      if (context.kind !== Kind.OBJECT) continue;
      const selection = context.fields.find(({ name }) => name.value === 'selection')?.value;
      if (selection?.kind === Kind.STRING) this.#noteNames(selection.value);
    }
  }

  #noteNames(fieldSet: string | undefined): void {
    for (const [name] of fieldSet?.matchAll(NAMES) ?? []) this.selectedNames.add(name);
  }
}

function keyNames(type: FieldedType, graph: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const directive of type.directives ?? []) {
    if (directive.name.value !== JOIN_TYPE || textArgument(directive, 'graph') !== graph) continue;
    for (const [name] of textArgument(directive, 'key')?.matchAll(NAMES) ?? []) names.add(name);
  }
  return names;
}

/** What a subgraph declares as external it must have a use for. */
function withoutExternal(
  field: FieldDefinitionNode,
  graphs: ReadonlySet<string> | undefined,
): FieldDefinitionNode {
  if (!graphs) return field;
  const directives = (field.directives ?? []).filter(
    (directive) =>
      !(hasFlag(directive, 'external', true) && graphs.has(textArgument(directive, 'graph') ?? '')),
  );
  return { ...field, directives };
}

/** The names in the keys, requirements and provisions of each subgraph. */
function usedNames(types: readonly FieldedType[]): ReadonlyMap<string, ReadonlySet<string>> {
  const uses = new Map<string, Set<string>>();
  for (const type of types) {
    const directives = [type, ...(type.fields ?? [])].flatMap((node) => node.directives ?? []);
    for (const directive of directives) {
      const graph = textArgument(directive, 'graph');
      if (graph === undefined) continue;
      const names = uses.get(graph) ?? new Set();
      uses.set(graph, names);
      for (const argument of ['key', 'requires', 'provides']) {
        const text = textArgument(directive, argument) ?? '';
        for (const [name] of text.matchAll(NAMES)) names.add(name);
      }
    }
  }
  return uses;
}

const NAMES = /[_A-Za-z]\w*/g;

function slotOf(directive: ConstDirectiveNode): string | undefined {
  return directive.name.value === JOIN_TYPE ? textArgument(directive, 'graph') : undefined;
}
