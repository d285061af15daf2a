import {
  getDirectiveValues,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

export type JsonObject = Record<string, unknown>;

export function responseName(field: FieldNode): string {
  return field.alias?.value ?? field.name.value;
}

/** The selections of a fetch's only operation. The planner is told to write no named fragments. */
export function operationSelections(document: DocumentNode): SelectionSetNode {
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) return definition.selectionSet;
  }
  throw new Error('a fetch of the plan holds no operation');
}

/** Whether @skip and @include let a selection stand. */
export function isSelected(selection: SelectionNode, variables: Readonly<JsonObject>): boolean {
  if (!selection.directives?.length) return true;
  if (getDirectiveValues(GraphQLSkipDirective, selection, variables)?.if === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, selection, variables)?.if !== false;
}

export function compositeType(schema: GraphQLSchema, name: unknown): GraphQLCompositeType | undefined {
  const type = typeof name === 'string' ? schema.getType(name) : undefined;
  return isCompositeType(type) ? type : undefined;
}

/** The type of a field; undefined when the schema doesn't have it (a subgraph may know more than the supergraph). */
export function fieldType(
  type: GraphQLCompositeType | undefined,
  field: FieldNode,
): GraphQLOutputType | undefined {
  return isObjectType(type) || isInterfaceType(type) ? type.getFields()[field.name.value]?.type : undefined;
}

/**
 * Every field that holds for an object, in order, with fragments opened: those whose type condition the object
 * meets, or may meet when its type isn't known.
 * @param type the object's own type, or the closest one that is known
 * @param variables decide on @skip and @include; without them everything is taken
 */
export function* selectedFields(
  schema: GraphQLSchema,
  selections: SelectionSetNode,
  type: GraphQLCompositeType | undefined,
  variables?: Readonly<JsonObject>,
): Generator<FieldNode> {
  for (const selection of selections.selections) {
    if (variables && !isSelected(selection, variables)) continue;
    if (selection.kind === Kind.FIELD) yield selection;
    else if (selection.kind === Kind.INLINE_FRAGMENT) {
      const condition = selection.typeCondition?.name.value;
      if (condition === undefined || mayBe(schema, type, condition)) {
        yield* selectedFields(schema, selection.selectionSet, type, variables);
      }
    }
  }
}

/** The same with one field for each response name, which selects what all of them do. */
export function mergedFields(
  schema: GraphQLSchema,
  selections: SelectionSetNode,
  type: GraphQLCompositeType | undefined,
  variables?: Readonly<JsonObject>,
): readonly FieldNode[] {
  const fields = new Map<string, FieldNode>();
  for (const field of selectedFields(schema, selections, type, variables)) {
    const name = responseName(field);
    const known = fields.get(name);
    fields.set(name, known ? withSelectionsOf(known, field) : field);
  }
  return [...fields.values()];
}

function withSelectionsOf(field: FieldNode, other: FieldNode): FieldNode {
  if (!field.selectionSet || !other.selectionSet) return field;
  const selections = [...field.selectionSet.selections, ...other.selectionSet.selections];
  return { ...field, selectionSet: { ...field.selectionSet, selections } };
}

function mayBe(schema: GraphQLSchema, type: GraphQLCompositeType | undefined, condition: string): boolean {
  if (type === undefined || type.name === condition) return true;
  const conditionType = compositeType(schema, condition);
  if (!conditionType) return false;
  if (isAbstractType(type)) return true;
  return isAbstractType(conditionType) && schema.isSubType(conditionType, type);
}
