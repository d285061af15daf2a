import { createHash } from 'node:crypto';
import { Kind, print, visit, type DefinitionNode, type DocumentNode } from 'graphql';
import { accessScope } from '#platform/auth/access-scope.ts';
import type { Caller } from '#platform/auth/caller.ts';
import type { OperationPlan } from '#supergraph/engine/plan.ts';
import { RESUME_ARGUMENT, rootField } from './live-field.ts';
import type { LiveOperation } from './live-operation.ts';
import { isPersonal } from './personal-fields.ts';
import type { WhenSlow } from './when-slow.ts';

/** What an operation asks for, without its name, its layout and where it is to resume. */
interface Question {
  readonly text: string;
  /** The variables that its answers depend on. */
  readonly variables: readonly string[];
}

const questions = new WeakMap<OperationPlan, Question>();

/** Equal for subscribers to whom the same event is answered by the same bytes. */
export function groupKey(
  { supergraph, plan, variables, request: { region } }: LiveOperation,
  caller: Caller | null,
  whenSlow: WhenSlow,
): string {
  const question = questionOf(plan);
  const values = question.variables.map((name) => variables[name] ?? null);
  const subject = isPersonal(supergraph, plan) ? (caller?.subject ?? null) : null;
  const parts = [question.text, values, accessScope(caller), region, subject, whenSlow];
  // Thousands of groups may differ in one value: their keys are kept short.
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}

function questionOf(plan: OperationPlan): Question {
  let question = questions.get(plan);
  if (!question) {
    question = normalise(plan);
    questions.set(plan, question);
  }
  return question;
}

function normalise({ operationContext: { operation, fragments } }: OperationPlan): Question {
  const root = rootField(operation.selectionSet, fragments);
  const { name: _, variableDefinitions = [], ...anonymous } = operation;
  const definitions = [anonymous, ...Object.values(fragments)].map(
    (definition: DefinitionNode): DefinitionNode =>
      visit(definition, {
        Field: (field) =>
          field === root
            ? {
                ...field,
                arguments: field.arguments?.filter(({ name }) => name.value !== RESUME_ARGUMENT) ?? [],
              }
            : undefined,
        VariableDefinition: () => null,
      }),
  );
  const document: DocumentNode = { kind: Kind.DOCUMENT, definitions };
  const used = new Set<string>();
  visit(document, { Variable: ({ name }) => void used.add(name.value) });
  const variables = variableDefinitions
    .map(({ variable }) => variable.name.value)
    .filter((name) => used.has(name));
  return { text: print(document), variables: variables.sort() };
}
