import { startTestPlatform, type TestPlatform } from '#test/harness/platform.ts';
import { startCarriers } from '../server.ts';

interface Answer {
  // Tests say what they expect of the data; its type would only repeat that.
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: { readonly code?: string };
  }[];
}

/** The subgraph over a database and a Redis of its own. */
export interface CarriersUnderTest {
  readonly platform: TestPlatform;
  /** @param token a reader's by default; null: none */
  query(query: string, variables?: Readonly<Record<string, unknown>>, token?: string | null): Promise<Answer>;
  /** SQL statements that `act` makes the subgraph send. */
  statementsOf(act: () => Promise<unknown>): Promise<number>;
  close(): Promise<void>;
}

export async function startCarriersUnderTest(): Promise<CarriersUnderTest> {
  const platform = await startTestPlatform();
  const service = await startCarriers(platform);
  const reader = await platform.token('aurora-viewer');
  return {
    platform,
    query: async (query, variables = {}, token = reader) => {
      const response = await service.graphql(
        new Request('http://carriers.test/graphql', {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          },
          body: JSON.stringify({ query, variables }),
        }),
      );
      return (await response.json()) as Answer;
    },
    statementsOf: async (act) => {
      const before = await platform.sqlStatements('carriers');
      await act();
      return (await platform.sqlStatements('carriers')) - before;
    },
    close: async () => {
      await service.close();
      await platform.close();
    },
  };
}
