/** A server on 127.0.0.1 that this process started or took over. */
export interface LocalServer {
  /** Connection URL with the password. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Settles when the process has ended, with how it ended. Never rejects. */
  readonly ended: Promise<string>;
  /** Ends it cleanly, within six seconds. Does nothing when it has ended already. */
  stop(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Ends it cleanly if it still runs, and starts it again with the same data on the same port. */
  restart(): Promise<LocalServer>;
}
