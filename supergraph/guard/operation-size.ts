import {
  getNamedType,
  getNullableType,
  GraphQLError,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type FieldNode,
  type GraphQLField,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationRule,
  type ValueNode,
} from 'graphql';

/** What a list without a page size counts for: the most that the descriptions of such lists promise. */
const UNPAGED_LIST = 100;
/** The arguments by which a page size is given (Relay connections, and what others use). */
export const PAGE_SIZE_ARGUMENTS: readonly string[] = ['first', 'last', 'limit'];

/**
 * The objects that an operation could ask for: list sizes multiply along the selection. A page size counts as given, a
 * list without one as 100, a page size in a variable as its default or 100. It is reckoned from the document alone,
 * each fragment once.
 */
export function operationSize(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): number {
  const type = schema.getRootType(operation.operation);
  return type ? new Reckoning(schema, document, operation).size(operation.selectionSet, type, null) : 0;
}

/** Refuses operations whose {@link operationSize} is beyond `limit`, before anything is planned. */
export function limitOperationSize(limit: number): ValidationRule {
  return (context) => ({
    OperationDefinition(operation) {
      const size = operationSize(context.getSchema(), context.getDocument(), operation);
      if (size <= limit) return;
      const asked = Number.isFinite(size) ? `${size}` : 'far more';
      context.reportError(
        new GraphQLError(
          `The operation may ask for ${asked} objects: at most ${limit} are allowed. Ask for smaller pages or fewer nested lists.`,
          { nodes: operation },
        ),
      );
    },
  });
}

class Reckoning {
  readonly #schema: GraphQLSchema;
  readonly #defaults: ReadonlyMap<string, ValueNode | undefined>;
  readonly #definitions: ReadonlyMap<string, FragmentDefinitionNode>;
  /** By fragment and the page size it stands under; 0 while being reckoned, so that a circle ends. */
  readonly #fragments = new Map<string, number>();

  constructor(
    schema: GraphQLSchema,
    { definitions }: DocumentNode,
    { variableDefinitions = [] }: OperationDefinitionNode,
  ) {
    this.#schema = schema;
    this.#defaults = new Map(
      variableDefinitions.map(({ variable, defaultValue }) => [variable.name.value, defaultValue]),
    );
    this.#definitions = new Map(
      definitions.flatMap((definition) =>
        definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
      ),
    );
  }

  /** @param page the page size that the nearest list below stands under; null when none was given */
  size(selections: SelectionSetNode, type: GraphQLNamedType, page: number | null): number {
    let sum = 0;
    for (const selection of selections.selections) {
      if (selection.kind === Kind.FIELD) sum += this.#fieldSize(selection, type, page);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) sum += this.#fragmentSize(selection.name.value, page);
      else
        sum += this.size(
          selection.selectionSet,
          this.#typeNamed(selection.typeCondition?.name.value) ?? type,
          page,
        );
    }
    return sum;
  }

  #fragmentSize(name: string, page: number | null): number {
    const key = `${name} ${page}`;
    const known = this.#fragments.get(key);
    if (known !== undefined) return known;
    this.#fragments.set(key, 0);
    const fragment = this.#definitions.get(name);
    const type = this.#typeNamed(fragment?.typeCondition.name.value);
    const size = fragment && type ? this.size(fragment.selectionSet, type, page) : 0;
    this.#fragments.set(key, size);
    return size;
  }

  #fieldSize(node: FieldNode, parent: GraphQLNamedType, page: number | null): number {
    if (!node.selectionSet || !(isObjectType(parent) || isInterfaceType(parent))) return 0;
    const field = parent.getFields()[node.name.value];
    const type = field && getNamedType(field.type);
    if (!field || !isCompositeType(type)) return 0;
    const asked = this.#pageSize(node, field);
    if (!isListType(getNullableType(field.type))) return 1 + this.size(node.selectionSet, type, asked);
    return (asked ?? page ?? UNPAGED_LIST) * (1 + this.size(node.selectionSet, type, null));
  }

  #pageSize(node: FieldNode, field: GraphQLField<unknown, unknown>): number | null {
    for (const name of PAGE_SIZE_ARGUMENTS) {
      const argument = field.args.find((candidate) => candidate.name === name);
      if (!argument) continue;
      const given = node.arguments?.find((candidate) => candidate.name.value === name)?.value;
      const value = given?.kind === Kind.VARIABLE ? this.#defaults.get(given.name.value) : given;
      if (value?.kind === Kind.INT) return Number(value.value);
      if (given?.kind === Kind.VARIABLE) return UNPAGED_LIST;
      if (typeof argument.defaultValue === 'number') return argument.defaultValue;
    }
    return null;
  }

  #typeNamed(name: string | undefined): GraphQLNamedType | undefined {
    return name === undefined ? undefined : this.#schema.getType(name);
  }
}
