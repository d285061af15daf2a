/** One operation for one subgraph. */
export interface SubgraphRequest {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  /** The caller's bearer token, passed on as it is. */
  readonly token: string | undefined;
  /** Correlates the records of one client request across processes. */
  readonly requestId: string;
  /** Aborts when the client has left or the time for the answer is over. */
  readonly signal: AbortSignal;
}

/** A way to ask one subgraph. */
export interface Subgraph {
  readonly name: string;
  /**
   * @returns the answer's JSON value, not yet checked
   * @throws {SubgraphUnavailable} when there is no answer that could be one
   */
  ask(request: SubgraphRequest): Promise<unknown>;
}

/** A subgraph that gave no usable answer. The message is for the log and for developers, not for clients. */
export class SubgraphUnavailable extends Error {
  override readonly name = 'SubgraphUnavailable';
  readonly subgraph: string;

  constructor(subgraph: string, reason: string, options?: ErrorOptions) {
    super(`subgraph "${subgraph}" ${reason}`, options);
    this.subgraph = subgraph;
  }
}

/**
 * Asks a subgraph, for at most `timeout` milliseconds, also when it pays no attention to the signal.
 * @throws {SubgraphUnavailable} for every failure, the client's leaving included
 */
export async function askInTime(
  subgraph: Subgraph,
  request: SubgraphRequest,
  timeout: number,
): Promise<unknown> {
  const { name } = subgraph;
  const controller = new AbortController();
  const { signal: client } = request;
  const leave = (): void =>
    controller.abort(new SubgraphUnavailable(name, 'is not needed any more: the client left'));
  const timer = setTimeout(
    () => controller.abort(new SubgraphUnavailable(name, `gave no answer within ${timeout} ms`)),
    timeout,
  );
  client.addEventListener('abort', leave, { once: true });
  if (client.aborted) leave();
  try {
    return await Promise.race([
      aborted(controller.signal),
      subgraph.ask({ ...request, signal: controller.signal }),
    ]);
  } catch (error) {
    if (controller.signal.aborted) throw controller.signal.reason;
    if (error instanceof SubgraphUnavailable) throw error;
    throw new SubgraphUnavailable(name, `failed: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  } finally {
    clearTimeout(timer);
    client.removeEventListener('abort', leave);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const give = (): void => reject(signal.reason as Error);
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });
}
