import type { FetchNode, PlanNode, QueryPlanSelectionNode, SubscriptionNode } from '@apollo/query-planner';
import {
  Kind,
  print,
  stripIgnoredCharacters,
  visit,
  type DocumentNode,
  type FieldNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { needsKey, type PreparedSupergraph } from './prepare-supergraph.ts';
import { nameNode } from './supergraph-document.ts';

type Node = PlanNode | SubscriptionNode;

/**
 * Replaces the fields that only the planner knows by what they stand for. A representation can hold one value under a
 * name: a fetch whose fields require the same one with different arguments becomes several. So does one whose fields
 * are conditional or for different types of an interface: what they require wasn't always asked for, and fields that
 * need no more than the key must not be lost with them.
 * @param conditional whether the operation has conditions; what they leave out may be required elsewhere
 */
export function putBack(node: Node, prepared: PreparedSupergraph, conditional: boolean): Node {
  if (prepared.stands.size === 0 && prepared.requirements.size === 0) return node;
  const inner = (child: PlanNode): PlanNode => putBack(child, prepared, conditional) as PlanNode;
  switch (node.kind) {
    case 'Subscription':
      return { ...node, ...(node.rest ? { rest: inner(node.rest) } : {}) };
    case 'Sequence':
    case 'Parallel':
      return { ...node, nodes: node.nodes.map(inner) };
    case 'Condition':
      return {
        ...node,
        ...(node.ifClause ? { ifClause: inner(node.ifClause) } : {}),
        ...(node.elseClause ? { elseClause: inner(node.elseClause) } : {}),
      };
    case 'Flatten': {
      const replaced = inner(node.node);
      return replaced.kind === 'Parallel'
        ? { kind: 'Parallel', nodes: replaced.nodes.map((one) => ({ ...node, node: one })) }
        : { ...node, node: replaced };
    }
    case 'Fetch': {
      const fetches = split(node, prepared, conditional).map((one) => withNamesBack(one, prepared));
      return fetches.length === 1 ? (fetches[0] as FetchNode) : { kind: 'Parallel', nodes: fetches };
    }
    case 'Defer':
      return node;
  }
}

/** A part of a fetch: fields whose requirements fit into one representation. */
interface Part {
  readonly needs: Map<string, string>;
  /** What is required besides keys, and may not be there. */
  readonly required: ReadonlySet<string>;
  /** All that its fields require besides keys. */
  readonly all: Set<string>;
  readonly fields: Set<FieldNode>;
}

const NOTHING: ReadonlySet<string> = new Set();

function split(
  node: FetchNode,
  { needs, requirements, interfaces }: PreparedSupergraph,
  conditional: boolean,
): readonly FetchNode[] {
  const { requires, operationDocumentNode: document, serviceName } = node;
  if (!requires || !document) return [node];
  const parts: Part[] = [];
  for (const { type, field } of entityFields(document)) {
    const key = needsKey(serviceName, type, field.name.value);
    const wanted = needs.get(key);
    const wantedFields = requirements.get(key) ?? NOTHING;
    const required = conditional || interfaces.has(type) ? wantedFields : NOTHING;
    const fits = ({ needs: held, required: others }: Part): boolean =>
      isSame(required, others) &&
      [...(wanted ?? [])].every(([place, name]) => (held.get(`${type}.${place}`) ?? name) === name);
    let part = parts.find(fits);
    if (!part) {
      part = { needs: new Map(), required, all: new Set(), fields: new Set() };
      parts.push(part);
    }
    part.fields.add(field);
    for (const name of wantedFields) part.all.add(name);
    for (const [place, name] of wanted ?? []) part.needs.set(`${type}.${place}`, name);
  }
  if (parts.length < 2) return [node];
  const all = new Set(parts.flatMap((part) => [...part.needs.values()]));
  return parts.map((part) => {
    const held = new Set(part.needs.values());
    const dropped = new Set([...all].filter((name) => !held.has(name)));
    const others = new Set(parts.flatMap((one) => [...one.all].filter((name) => !part.all.has(name))));
    const own = withoutFields(without(requires, dropped), others);
    return onlyPart(node, document, part, withFields(own, fieldsNamed(requires, part.required)));
  });
}

type QueryPlanField = Extract<QueryPlanSelectionNode, { kind: 'Field' }>;

function fieldsNamed(
  requires: readonly QueryPlanSelectionNode[],
  names: ReadonlySet<string>,
): readonly QueryPlanField[] {
  const found = new Map<string, QueryPlanField>();
  const collect = (selection: QueryPlanSelectionNode): void => {
    if (selection.kind === 'InlineFragment') selection.selections.forEach(collect);
    else if (names.has(selection.name)) found.set(selection.name, selection);
  };
  requires.forEach(collect);
  return [...found.values()];
}

/** With fields for entities of every type: those of which they aren't known must not be sent. */
function withFields(
  requires: readonly QueryPlanSelectionNode[],
  fields: readonly QueryPlanField[],
): QueryPlanSelectionNode[] {
  if (fields.length === 0) return [...requires];
  const names = new Set(fields.map(({ name }) => name));
  return requires.map((selection) =>
    selection.kind === 'Field'
      ? selection
      : { ...selection, selections: [...withoutFields(selection.selections, names), ...fields] },
  );
}

function isSame(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((name) => other.has(name));
}

/** Of each entity, without these fields of its own. */
function withoutFields(
  requires: readonly QueryPlanSelectionNode[],
  names: ReadonlySet<string>,
): QueryPlanSelectionNode[] {
  return requires.flatMap((selection): QueryPlanSelectionNode[] => {
    if (selection.kind === 'Field') return names.has(selection.name) ? [] : [selection];
    const selections = withoutFields(selection.selections, names);
    // By the name of its type alone no entity is known.
    return selections.every(isTypename) ? [] : [{ ...selection, selections }];
  });
}

function isTypename(selection: QueryPlanSelectionNode): boolean {
  return selection.kind === 'Field' && selection.name === '__typename';
}

/** The fields that a fetch asks of entities, with the type in whose terms they stand. */
function* entityFields(document: DocumentNode): Generator<{ type: string; field: FieldNode }> {
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    for (const root of definition.selectionSet.selections) {
      if (root.kind === Kind.FIELD && root.selectionSet) yield* fieldsOf(root.selectionSet, '');
    }
  }
}

function* fieldsOf(set: SelectionSetNode, type: string): Generator<{ type: string; field: FieldNode }> {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) yield { type, field: selection };
    else if (selection.kind === Kind.INLINE_FRAGMENT) {
      yield* fieldsOf(selection.selectionSet, selection.typeCondition?.name.value ?? type);
    }
  }
}

function onlyPart(
  node: FetchNode,
  document: DocumentNode,
  { fields }: Part,
  requires: QueryPlanSelectionNode[],
): FetchNode {
  const keep = (set: SelectionSetNode): SelectionSetNode => ({
    ...set,
    selections: set.selections.flatMap((selection): SelectionNode[] => {
      if (selection.kind === Kind.FIELD) return fields.has(selection) ? [selection] : [];
      if (selection.kind === Kind.FRAGMENT_SPREAD) return [selection];
      const inner = keep(selection.selectionSet);
      return inner.selections.length > 0 ? [{ ...selection, selectionSet: inner }] : [];
    }),
  });
  const used = new Set<string>();
  const kept: DocumentNode = {
    ...document,
    definitions: document.definitions.map((definition) => {
      if (definition.kind !== Kind.OPERATION_DEFINITION) return definition;
      const selections = definition.selectionSet.selections.map((root) =>
        root.kind === Kind.FIELD && root.selectionSet
          ? { ...root, selectionSet: keep(root.selectionSet) }
          : root,
      );
      const selectionSet = { ...definition.selectionSet, selections };
      visit(selectionSet, { Variable: ({ name }) => void used.add(name.value) });
      const variableDefinitions = (definition.variableDefinitions ?? []).filter(({ variable }) =>
        used.has(variable.name.value),
      );
      return { ...definition, selectionSet, variableDefinitions };
    }),
  };
  return {
    ...node,
    operationDocumentNode: kept,
    operation: textOf(kept),
    variableUsages: (node.variableUsages ?? []).filter((name) => used.has(name)),
    requires,
  };
}

function without(
  selections: readonly QueryPlanSelectionNode[],
  dropped: ReadonlySet<string>,
): QueryPlanSelectionNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind === 'Field' && dropped.has(selection.name)) return [];
    if (!selection.selections) return [selection];
    const inner = without(selection.selections, dropped);
    return inner.length > 0 ? [{ ...selection, selections: inner }] : [];
  });
}

function withNamesBack(node: FetchNode, { stands }: PreparedSupergraph): FetchNode {
  const { requires, operationDocumentNode: document } = node;
  // `visit` gives the same document back when nothing changes.
  const renamed =
    document &&
    visit(document, {
      Field: {
        leave(field) {
          const stand = stands.get(field.name.value);
          if (!stand) return undefined;
          const { alias = field.name } = field;
          return { ...field, alias, name: nameNode(stand.name), arguments: stand.arguments };
        },
      },
    });
  const rewrites = renamings(requires ?? [], stands, []);
  return {
    ...node,
    ...(renamed && renamed !== document
      ? { operationDocumentNode: renamed, operation: textOf(renamed) }
      : {}),
    ...(rewrites.length > 0 ? { inputRewrites: [...(node.inputRewrites ?? []), ...rewrites] } : {}),
  };
}

type Renaming = Extract<NonNullable<FetchNode['inputRewrites']>[number], { kind: 'KeyRenamer' }>;

/** What is required goes to the subgraph under its own name. The innermost first: a path ends where a name changes. */
function renamings(
  selections: readonly QueryPlanSelectionNode[],
  stands: PreparedSupergraph['stands'],
  path: readonly string[],
): Renaming[] {
  return selections.flatMap((selection) => {
    if (selection.kind === 'InlineFragment') {
      const { typeCondition } = selection;
      const inner = typeCondition === undefined ? path : [...path, `... on ${typeCondition}`];
      return renamings(selection.selections, stands, inner);
    }
    const name = selection.alias ?? selection.name;
    const stand = stands.get(selection.name);
    const place = [...path, name];
    return [
      ...renamings(selection.selections ?? [], stands, place),
      ...(stand ? [{ kind: 'KeyRenamer', path: place, renameKeyTo: stand.name } as const] : []),
    ];
  });
}

function textOf(document: DocumentNode): string {
  return stripIgnoredCharacters(print(document));
}
