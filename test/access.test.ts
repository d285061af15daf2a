import { readFile } from 'node:fs/promises';
import { Kind, parse, print, type FieldDefinitionNode, type ObjectTypeDefinitionNode } from 'graphql';
import { describe, expect, it } from 'vitest';
import { ruleOf, type Rules } from '#platform/policy/guard.ts';
import { ownRuleOf, type OwnRule } from '#platform/policy/rules.ts';
import { rules as carriers } from '#subgraphs/carriers/rules.ts';
import { rules as eta } from '#subgraphs/eta/rules.ts';
import { rules as procurement } from '#subgraphs/procurement/rules.ts';
import { rules as tracking } from '#subgraphs/tracking/rules.ts';

/*
 * What the schemas and docs/access.md say of who may see what, against what the rules are.
 * `npx vitest run test/access.test.ts -u` writes the table of the page anew.
 */

const SUBGRAPHS: Readonly<Record<string, Rules>> = { procurement, tracking, carriers, eta };
const ROOTS = new Set(['Query', 'Mutation', 'Subscription']);

interface GuardedField {
  readonly type: string;
  readonly name: string;
  readonly node: FieldDefinitionNode;
  readonly rule: OwnRule;
}

/** The fields of a subgraph's own schema that it answers itself, each with its rule. */
async function fieldsOf(subgraph: string): Promise<readonly GuardedField[]> {
  const sdl = await readFile(new URL(`../subgraphs/${subgraph}/schema.graphql`, import.meta.url), 'utf8');
  const types = parse(sdl).definitions.filter(
    (node): node is ObjectTypeDefinitionNode => node.kind === Kind.OBJECT_TYPE_DEFINITION,
  );
  return types.flatMap(({ name: { value: type }, fields = [] }) =>
    fields
      .filter(({ directives = [] }) => !directives.some(({ name }) => name.value === 'external'))
      .map((node) => {
        const rule = ownRuleOf(ruleOf(SUBGRAPHS[subgraph] as Rules, type, node.name.value));
        if (rule === undefined) throw new Error(`${type}.${node.name.value} has a rule that isn't ours`);
        return { type, name: node.name.value, node, rule };
      }),
  );
}

/** Whether a type has one rule for all of its fields: what leads to its objects says who may have them. */
function isWhole(fields: readonly GuardedField[], name: string): boolean {
  const rules = new Set(fields.filter(({ type }) => type === name).map(({ rule }) => rule));
  return rules.size === 1 && !ROOTS.has(name);
}

/** The types that are under one rule. */
function typesOf(fields: readonly GuardedField[], name: string): string {
  const types = new Set(fields.filter(({ rule }) => rule.spec.name === name).map(({ type }) => type));
  return [...types].map((type) => `\`${type}\``).join(', ');
}

function stated(node: FieldDefinitionNode): Record<string, string> | null {
  const directive = node.directives?.find(({ name }) => name.value === 'access');
  if (!directive) return null;
  return Object.fromEntries(
    (directive.arguments ?? []).map(({ name, value }) => [
      name.value,
      value.kind === Kind.STRING ? value.value : '',
    ]),
  );
}

describe.each(Object.keys(SUBGRAPHS))('%s', (subgraph) => {
  it('has a rule for each of its fields, and none that passes everyone or nobody', async () => {
    // What another subgraph's key needs of a type is answered by nobody here.
    const parts = subgraph === 'eta' ? /^(Port|Vessel|Container|TransportCall)$/ : /^$/;
    const fields = (await fieldsOf(subgraph)).filter(({ type }) => !parts.test(type));
    expect(fields.length).toBeGreaterThan(5);
    const odd = fields.filter(({ rule }) => rule.open || rule.spec.name === 'closed');
    expect(odd.map(({ type, name }) => `${type}.${name}`)).toEqual([]);
  });

  it('says in its schema of each root field, and of each that not every reader sees, who may', async () => {
    const all = await fieldsOf(subgraph);
    for (const { type, name, node, rule } of all) {
      if (rule.spec.name === 'closed') continue;
      const needed = ROOTS.has(type) || (rule.spec.name !== 'read' && !isWhole(all, type));
      const expected = needed ? { rule: rule.spec.name, to: rule.spec.to } : null;
      expect({ [`${type}.${name}`]: stated(node) }).toEqual({ [`${type}.${name}`]: expected });
      // A reason for null is told where null may be.
      if (needed && !ROOTS.has(type)) expect(node.type.kind).not.toBe(Kind.NON_NULL_TYPE);
    }
  });

  it('has the gateway ask for a scope before each root field', async () => {
    const scopes: Readonly<Record<string, string>> = {
      Query: 'graph:read',
      Mutation: 'graph:write',
      Subscription: 'graph:read',
      'Mutation.reportEvents': 'events:write',
      'Mutation.reportPositions': 'positions:write',
    };
    for (const { type, name, node } of await fieldsOf(subgraph)) {
      const directives = (node.directives ?? []).map((directive) => print(directive));
      const scope = scopes[`${type}.${name}`] ?? scopes[type];
      const expected = scope ? ['@authenticated', `@requiresScopes(scopes: [["${scope}"]])`] : [];
      const given = directives.filter((text) => /^@(authenticated|requiresScopes)/.test(text));
      expect({ [`${type}.${name}`]: given }).toEqual({ [`${type}.${name}`]: expected });
    }
  });

  it('changes something only where the rule says who may change', async () => {
    for (const { type, rule } of await fieldsOf(subgraph)) {
      expect(rule.personal).toBe(type === 'Mutation');
    }
  });
});

it('docs/access.md has every rule and what it guards', async () => {
  const path = new URL('../docs/access.md', import.meta.url);
  const rows: string[] = [];
  for (const subgraph of Object.keys(SUBGRAPHS)) {
    const fields = await fieldsOf(subgraph);
    const named = new Map(fields.map(({ rule }) => [rule.spec.name, rule.spec]));
    for (const { name, to, sensitivity = 'ORDINARY' } of named.values()) {
      if (name === 'closed') continue;
      const guarded = fields.filter(
        ({ type, rule }) => rule.spec.name === name && (name === 'read' || !isWhole(fields, type)),
      );
      const everywhere = guarded.some(({ type }) => !ROOTS.has(type)) && name === 'read';
      const what = everywhere
        ? 'every other query and field'
        : guarded.length > 0
          ? guarded.map(({ type, name: field }) => `\`${type}.${field}\``).join(', ')
          : typesOf(fields, name);
      rows.push(`| ${subgraph} | ${what} | ${to} | \`${name}\` | ${sensitivity.toLowerCase()} |`);
    }
  }
  const table = [
    '| subgraph | what | who | rule | sensitivity |',
    '|---|---|---|---|---|',
    ...rows.toSorted(),
  ].join('\n');
  const page = await readFile(path, 'utf8');
  const written = page.replace(
    /(<!-- rules -->)[\s\S]*(<!-- end of rules -->)/,
    (_, start: string, end: string) => `${start}\n\n${table}\n\n${end}`,
  );
  expect(written).toContain(table);
  await expect(written).toMatchFileSnapshot(path.pathname);
});
