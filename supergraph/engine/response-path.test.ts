import { Kind, parse, type FragmentDefinitionNode } from 'graphql';
import { describe, expect, it } from 'vitest';
import { ClientSelection } from './response-path.ts';

function selectionOf(text: string): ClientSelection {
  const { definitions } = parse(text);
  const sets = definitions.flatMap((node) =>
    node.kind === Kind.OPERATION_DEFINITION ? [node.selectionSet] : [],
  );
  const fragments = definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  return new ClientSelection(
    sets,
    Object.fromEntries(fragments.map((node): [string, FragmentDefinitionNode] => [node.name.value, node])),
  );
}

describe('what a client selected', () => {
  it('ends a path where the client selected no further', () => {
    const selection = selectionOf('{ a { ...B } } fragment B on T { c: b { d } }');
    expect(selection.clip(['a', 0, 'c', 'd'])).toEqual(['a', 0, 'c', 'd']);
    expect(selection.clip(['a', 0, 'c', 'key', 'id'])).toEqual(['a', 0, 'c']);
  });

  it('merges what several fields of one name select through several fragments', () => {
    const selection = selectionOf(
      '{ a { ...B } ... on T { a { e } } } fragment B on T { ...C c { d } } fragment C on T { c { f } }',
    );
    for (const path of [
      ['a', 'e'],
      ['a', 'c', 'd'],
      ['a', 'c', 'f'],
    ])
      expect(selection.clip(path)).toEqual(path);
  });

  it('reads fragments that spread each other twice in time that grows with the text', () => {
    const depth = 40;
    const fragments = Array.from(
      { length: depth },
      (_, level) => `fragment F${level} on T { a { ...F${level + 1} } a { ...F${level + 1} } }`,
    );
    const selection = selectionOf(`{ ...F0 } ${fragments.join(' ')} fragment F${depth} on T { b }`);
    const path = [...Array<string>(depth).fill('a'), 'b'];
    expect(selection.clip(path)).toEqual(path);
  });
});
