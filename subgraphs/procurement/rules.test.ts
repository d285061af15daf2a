import { readFile } from 'node:fs/promises';
import { Kind, parse } from 'graphql';
import { allow, deny } from 'graphql-shield';
import { expect, test } from 'vitest';
import { rules } from './rules.ts';

test('every object type, query and mutation of the schema has a rule of its own', async () => {
  const schema = parse(await readFile(new URL('./schema.graphql', import.meta.url), 'utf8'));
  const types = schema.definitions.filter((node) => node.kind === Kind.OBJECT_TYPE_DEFINITION);
  expect(Object.keys(rules).toSorted()).toEqual(
    [...types.map((type) => type.name.value), '_Service'].toSorted(),
  );
  for (const [name, own] of [
    ['Query', rules.Query],
    ['Mutation', rules.Mutation],
  ] as const) {
    const fields =
      types.find((type) => type.name.value === name)?.fields?.map((field) => field.name.value) ?? [];
    expect(fields.length).toBeGreaterThan(3);
    expect(Object.keys(own)).toEqual(expect.arrayContaining(fields));
  }
});

test('what can be read has the rule to read, and nothing but the schema is open to all', () => {
  const { Query, Mutation, _Service, AuditEntry, AuditFact, AuditEntryConnection, AuditEntryEdge, ...types } =
    rules;
  expect(new Set(Object.values(types))).toEqual(new Set([Query.rfq]));
  const { '*': others, _service, _entities, auditEntries, ...queries } = Query;
  expect(new Set([AuditEntry, AuditFact, AuditEntryConnection, AuditEntryEdge])).toEqual(
    new Set([auditEntries]),
  );
  expect(auditEntries).not.toBe(Query.rfq);
  expect(new Set(Object.values(queries))).toEqual(new Set([Query.rfq]));
  expect([_service, _entities, _Service].every((rule) => rule === allow)).toBe(true);
  expect(others).toBe(deny);
  expect(Object.values(Mutation)).not.toContain(allow);
  expect(Mutation['*']).toBe(deny);
});
