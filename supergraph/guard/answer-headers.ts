const found = new WeakMap<Request, Readonly<Record<string, string>>>();

/** Has the answer to a request carry headers; one of the same name said before gives way. */
export function addAnswerHeaders(request: Request, headers: Readonly<Record<string, string>>): void {
  found.set(request, { ...found.get(request), ...headers });
}

/** What {@link addAnswerHeaders} was told. */
export function answerHeaders(request: Request): Readonly<Record<string, string>> {
  return found.get(request) ?? {};
}
