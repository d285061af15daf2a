/** Stops what a bench has started when the bench itself is to stop early. @returns how to call that off */
export function stopOnSignal(stop: () => Promise<void>): () => void {
  const leave = (): void => void stop().finally(() => process.exit(1));
  const fail = (error: unknown): void => {
    console.error(error);
    leave();
  };
  process.once('SIGTERM', leave).once('SIGINT', leave);
  process.once('uncaughtException', fail).once('unhandledRejection', fail);
  return () => {
    process.off('SIGTERM', leave).off('SIGINT', leave);
    process.off('uncaughtException', fail).off('unhandledRejection', fail);
  };
}
