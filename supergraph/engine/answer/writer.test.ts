import {
  buildSchema,
  Kind,
  OperationTypeNode,
  parse,
  type DocumentNode,
  type OperationDefinitionNode,
} from 'graphql';
import { expect, it } from 'vitest';
import { responseName, type JsonObject } from '../fetch-document.ts';
import { compileAnswer, type WrittenData } from './compile.ts';

const schema = buildSchema(`
  type Query { items: [Item] item: Item! count: Int size: Size any: Any }
  type Item { id: ID! part: Part parts: [Part!] }
  type Part { name: String! toString: String }
  enum Size { SMALL LARGE }
  scalar Any
`);

function write(
  query: string,
  data: JsonObject,
  shared: readonly object[] = [],
  variables: JsonObject = {},
): WrittenData {
  const [operation] = parse(query).definitions as [OperationDefinitionNode];
  expect([operation.kind, operation.operation]).toEqual([Kind.OPERATION_DEFINITION, OperationTypeNode.QUERY]);
  const names = { planned: responseName, rename: (document: DocumentNode) => document };
  return compileAnswer(schema, operation, {}, names, null)(data, variables, new Set(shared));
}

it('writes what is selected, in the order of the selections', () => {
  const data = { count: 3, item: { id: 'ü"\n', more: 1, part: null }, any: { a: [1, 'x'] } };
  expect(write('{ any n: __typename item { part { name } id } count }', { ...data })).toEqual({
    text: '{"any":{"a":[1,"x"]},"n":"Query","item":{"part":null,"id":"ü\\"\\n"},"count":3}',
    errors: [],
  });
});

it('puts null where a value is missing or wrong, as far up as the schema demands', () => {
  const data = {
    items: [{ parts: [{ name: 'a' }, {}] }, { parts: [{ name: 7 }] }],
    size: 'HUGE',
    count: 1.5,
  };
  expect(write('{ items { parts { name } } size count }', data)).toEqual({
    text: '{"items":[{"parts":null},{"parts":null}],"size":null,"count":null}',
    errors: [
      {
        message: 'Cannot return null for non-nullable field Part.name.',
        path: ['items', 0, 'parts', 1, 'name'],
      },
      { message: 'Invalid value found for field Part.name.', path: ['items', 1, 'parts', 0, 'name'] },
      { message: 'Invalid value found for field Query.size.', path: ['size'] },
      { message: 'Invalid value found for field Query.count.', path: ['count'] },
    ],
  });
  expect(write('{ item { id } }', { item: {} }).text).toBe('null');
});

it('tells what is wrong with a value that stands at two places at both of them', () => {
  const part = { name: null };
  const items = [{ part }, { part }];
  const holder = { part };
  const { text, errors } = write('{ items { part { name } } }', { items }, [part]);
  expect(text).toBe('{"items":[{"part":null},{"part":null}]}');
  expect(errors.map(({ path }) => path.join('.'))).toEqual(['items.0.part.name', 'items.1.part.name']);
  const twice = write('{ items { part { name } } }', { items: [holder, holder] }, [holder]);
  expect(twice.errors.map(({ path }) => path.join('.'))).toEqual(['items.0.part.name', 'items.1.part.name']);
});

it('takes nothing that objects inherit for data', () => {
  expect(write('{ items { part { toString } } }', { items: [{ part: {} }] }).text).toBe(
    '{"items":[{"part":{"toString":null}}]}',
  );
});

it('leaves out what @skip and @include say, for each combination of variables', () => {
  const query = 'query($a: Boolean!, $b: Boolean!) { count @skip(if: $a) size @include(if: $b) }';
  const data = { count: 1, size: 'SMALL' };
  const texts = [
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ].map(([a, b]) => write(query, data, [], { a, b }).text);
  expect(texts).toEqual(['{"size":"SMALL"}', '{}', '{"count":1,"size":"SMALL"}', '{"count":1}']);
});
