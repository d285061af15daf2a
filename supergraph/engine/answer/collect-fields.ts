import {
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import { responseName } from '../fetch-document.ts';
import type { Holds } from './conditions.ts';

/** Selections with the type in whose terms they are written. */
export interface TypedSelections {
  readonly type: GraphQLCompositeType;
  readonly selections: SelectionSetNode;
  /** Whether the caller may not have the object that they select from. */
  readonly refused?: boolean;
}

/** One field of a response: every selection that asks for it under this name. */
export interface CollectedField {
  readonly name: string;
  readonly nodes: readonly {
    readonly node: FieldNode;
    readonly type: GraphQLOutputType | null;
    /** Whether the caller may not have it by this selection. */
    readonly refused: boolean;
  }[];
}

export interface CollectContext {
  readonly schema: GraphQLSchema;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  readonly holds: Holds;
  /** Under which name a field stands in the data. */
  readonly planned: (field: FieldNode) => string;
  /** What the caller may not have; null: it may have everything. */
  readonly refusal: Refusal | null;
}

/** What a caller may not have of an operation, and how it is told. */
export interface Refusal {
  readonly code: 'UNAUTHENTICATED' | 'FORBIDDEN';
  readonly isRefused: (field: FieldNode) => boolean;
}

/**
 * The fields of an object of one type, in the order of the response.
 * A field's type is the one that its selection sees, which may be an interface's.
 */
export function collectFields(
  { schema, fragments, holds, refusal }: CollectContext,
  selected: readonly TypedSelections[],
  runtimeType: GraphQLCompositeType,
): CollectedField[] {
  const fields = new Map<string, CollectedField['nodes'][number][]>();
  const spread = new Set<string>();
  const collect = ({ selections }: SelectionSetNode, type: GraphQLCompositeType, within: boolean): void => {
    for (const selection of selections) {
      if (!holds(selection)) continue;
      if (selection.kind === Kind.FIELD) {
        const name = responseName(selection);
        const refused = within || refusal?.isRefused(selection) === true;
        const entry = { node: selection, type: typeOfField(type, selection), refused };
        const known = fields.get(name);
        if (known) known.push(entry);
        else fields.set(name, [entry]);
        continue;
      }
      let fragment: {
        typeCondition?: { name: { value: string } } | undefined;
        selectionSet: SelectionSetNode;
      } = selection.kind === Kind.INLINE_FRAGMENT ? selection : NOTHING;
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const name = selection.name.value;
        const key = within ? `-${name}` : name;
        if (spread.has(key)) continue;
        spread.add(key);
        fragment = fragments[name] ?? NOTHING;
      }
      const condition = fragment.typeCondition ? schema.getType(fragment.typeCondition.name.value) : type;
      const narrowed = condition as GraphQLCompositeType;
      if (!fragment.typeCondition || applies(schema, narrowed, runtimeType))
        collect(fragment.selectionSet, narrowed, within);
    }
  };
  for (const { type, selections, refused = false } of selected) collect(selections, type, refused);
  return [...fields].map(([name, nodes]) => ({ name, nodes }));
}

const NOTHING = { selectionSet: { kind: Kind.SELECTION_SET, selections: [] } } as const;

function applies(
  schema: GraphQLSchema,
  condition: GraphQLCompositeType,
  runtimeType: GraphQLCompositeType,
): boolean {
  if (condition === runtimeType) return true;
  return (
    isAbstractType(condition) &&
    (isObjectType(runtimeType) || isInterfaceType(runtimeType)) &&
    schema.isSubType(condition, runtimeType)
  );
}

function typeOfField(type: GraphQLCompositeType, field: FieldNode): GraphQLOutputType | null {
  return isObjectType(type) || isInterfaceType(type)
    ? (type.getFields()[field.name.value]?.type ?? null)
    : null;
}
