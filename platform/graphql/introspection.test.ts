import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { isIntrospectionOnly } from './introspection.ts';

describe('isIntrospectionOnly', () => {
  it.each([
    '{ __schema { types { name } } }',
    '{ __type(name: "Shipment") { name } __typename }',
    'query { ...F } fragment F on Query { ... on Query { __schema { description } } }',
  ])('says yes to %s', (text) => expect(isIntrospectionOnly(parse(text))).toBe(true));

  it.each([
    '{ __typename shipments { __typename } }',
    '{ alias: shipments { id } }',
    '{ __schema: shipments { id } }',
    'query A { __typename } query B { shipments { id } }',
    'query { ...F } fragment F on Query { shipments { id } }',
    'query { ... { shipments { id } } }',
    'mutation { __typename }',
    'subscription { __typename }',
    'query { ...F } fragment F on Query { ...F }',
    'query { ...Missing }',
    'fragment F on Query { __typename }',
  ])('says no to %s', (text) => expect(isIntrospectionOnly(parse(text))).toBe(false));

  it('judges a fragment once, however often others spread it', () => {
    const depth = 40;
    const fragments = Array.from(
      { length: depth },
      (_, level) => `fragment F${level} on Query { ...F${level + 1} ...F${level + 1} }`,
    );
    const text = `{ ...F0 } ${fragments.join(' ')} fragment F${depth} on Query { __typename }`;
    expect(isIntrospectionOnly(parse(text))).toBe(true);
  });

  it('takes further schema fields', () => {
    expect(isIntrospectionOnly(parse('{ _service { sdl } }'), ['_service'])).toBe(true);
    expect(isIntrospectionOnly(parse('{ _entities { id } }'), ['_service'])).toBe(false);
  });
});
