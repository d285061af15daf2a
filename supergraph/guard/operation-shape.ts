import {
  Kind,
  type ASTNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { ShapeLimits } from '#platform/limits.ts';
import { ApiError } from '#platform/errors.ts';
import { PAGE_SIZE_ARGUMENTS } from './operation-size.ts';

/** Selection sets within selection sets without a field in between, before a document counts as nested too deeply. */
const MAX_FRAGMENTS_NESTED = 100;

/** What a selection set adds up to, its fragments counted wherever they are spread. */
interface Tally {
  /** Fields within fields. */
  depth: number;
  fields: number;
  aliases: number;
  directives: number;
  /** Fields and fragments that the same selection set has asked for before. */
  repeats: number;
  /** Fields at its own level. */
  width: number;
}

const NOTHING: Readonly<Tally> = { depth: 0, fields: 0, aliases: 0, directives: 0, repeats: 0, width: 0 };

const NAMES = {
  depth: 'is nested %d levels deep',
  fields: 'selects %d fields',
  aliases: 'has %d aliases',
  directives: 'has %d directives',
  repeats: 'repeats %d selections',
  rootFields: 'has %d root fields',
} as const;

/**
 * Refuses a document by what it looks like, before it is validated: the schema isn't needed, every fragment is counted
 * once, and nothing about it takes longer than reading it.
 * @throws {ApiError} GRAPHQL_VALIDATION_FAILED; the message and `extensions.limit` tell which limit, what the document
 * comes to and what is allowed
 */
export function checkShape(document: DocumentNode, limits: ShapeLimits): void {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const count = new Count(fragments, limits);
  let operations = 0;
  for (const node of document.definitions) {
    // A fragment that nobody spreads is invalid, but it is looked at before that is found out.
    if (node.kind === Kind.FRAGMENT_DEFINITION) compare(count.fragment(node.name.value), limits, node);
    if (node.kind !== Kind.OPERATION_DEFINITION) continue;
    operations += 1;
    const tally = count.operation(node);
    compare(tally, limits, node);
    if (tally.width > limits.rootFields) throw exceeded('rootFields', tally.width, limits.rootFields, node);
  }
  if (operations > limits.rootFields) {
    throw refusal(
      `The document has ${operations} operations: at most ${limits.rootFields} are allowed.`,
      { name: 'operations', value: operations, maximum: limits.rootFields },
      document.definitions[0],
    );
  }
}

function compare(
  tally: Readonly<Tally>,
  limits: ShapeLimits,
  node: OperationDefinitionNode | FragmentDefinitionNode,
): void {
  for (const name of ['depth', 'aliases', 'directives', 'repeats', 'fields'] as const) {
    if (tally[name] > limits[name]) throw exceeded(name, tally[name], limits[name], node);
  }
}

class Count {
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #limits: ShapeLimits;
  /** Nothing while a fragment is being counted: a circle ends, and validation reports it. */
  readonly #known = new Map<string, Readonly<Tally>>();

  constructor(fragments: ReadonlyMap<string, FragmentDefinitionNode>, limits: ShapeLimits) {
    this.#fragments = fragments;
    this.#limits = limits;
  }

  operation(node: OperationDefinitionNode): Readonly<Tally> {
    const tally = this.#selectionSet(node.selectionSet, 0, 0);
    tally.directives += node.directives?.length ?? 0;
    for (const variable of node.variableDefinitions ?? [])
      tally.directives += variable.directives?.length ?? 0;
    return tally;
  }

  fragment(name: string): Readonly<Tally> {
    const known = this.#known.get(name);
    if (known) return known;
    const node = this.#fragments.get(name);
    if (!node) return NOTHING;
    this.#known.set(name, NOTHING);
    const tally = this.#selectionSet(node.selectionSet, 0, 0);
    tally.directives += node.directives?.length ?? 0;
    this.#known.set(name, tally);
    return tally;
  }

  /**
   * @param depth fields around it, within its operation or fragment
   * @param nested selection sets around it since the nearest field
   */
  #selectionSet(node: SelectionSetNode, depth: number, nested: number): Tally {
    const { depth: most } = this.#limits;
    // Refused here already, so that no document goes deeper than the stack.
    if (depth > most) throw exceeded('depth', depth, most, node.selections[0]);
    if (nested > MAX_FRAGMENTS_NESTED)
      throw exceeded('depth', nested, MAX_FRAGMENTS_NESTED, node.selections[0]);
    const tally = { ...NOTHING };
    const seen = new Set<string>();
    for (const selection of node.selections) {
      tally.directives += selection.directives?.length ?? 0;
      const key = keyOf(selection);
      if (key !== null && seen.size === seen.add(key).size) tally.repeats += 1;
      if (selection.kind === Kind.FIELD) this.#addField(tally, selection, depth);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) add(tally, this.fragment(selection.name.value));
      else add(tally, this.#selectionSet(selection.selectionSet, depth, nested + 1));
    }
    return tally;
  }

  #addField(tally: Tally, field: FieldNode, depth: number): void {
    this.#checkPageSize(field);
    tally.fields += 1;
    tally.width += 1;
    if (field.alias) tally.aliases += 1;
    const below = field.selectionSet ? this.#selectionSet(field.selectionSet, depth + 1, 0) : NOTHING;
    const { width } = tally;
    add(tally, { ...below, depth: below.depth + 1 });
    tally.width = width;
  }

  #checkPageSize(field: FieldNode): void {
    const { pageSize } = this.#limits;
    if (pageSize === 0) return;
    for (const { name, value } of field.arguments ?? []) {
      if (value.kind !== Kind.INT || !PAGE_SIZE_ARGUMENTS.includes(name.value)) continue;
      if (Number(value.value) <= pageSize) continue;
      const shown = value.value.slice(0, 20);
      throw refusal(
        `${field.name.value}.${name.value} is ${shown}: at most ${pageSize} is allowed.`,
        { name: 'pageSize', value: Number(value.value), maximum: pageSize },
        field,
      );
    }
  }
}

function add(tally: Tally, other: Readonly<Tally>): void {
  tally.depth = Math.max(tally.depth, other.depth);
  tally.fields += other.fields;
  tally.aliases += other.aliases;
  tally.directives += other.directives;
  tally.repeats += other.repeats;
  tally.width += other.width;
}

/** What tells a selection from another one of the same selection set. */
function keyOf(selection: SelectionNode): string | null {
  if (selection.kind === Kind.FIELD) return (selection.alias ?? selection.name).value;
  return selection.kind === Kind.FRAGMENT_SPREAD ? `...${selection.name.value}` : null;
}

function exceeded(
  name: keyof typeof NAMES,
  value: number,
  maximum: number,
  node: ASTNode | undefined,
): ApiError {
  const what = NAMES[name].replace('%d', Number.isSafeInteger(value) ? String(value) : 'far too many');
  return refusal(`The operation ${what}: at most ${maximum} are allowed.`, { name, value, maximum }, node);
}

function refusal(
  message: string,
  limit: { readonly name: string; readonly value: number; readonly maximum: number },
  node: ASTNode | undefined,
): ApiError {
  return new ApiError('GRAPHQL_VALIDATION_FAILED', message, { limit }, node);
}
