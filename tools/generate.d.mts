/** `root` is the project's folder; all of them default to this project's. */
export function schemaFingerprint(root?: string): string;
export function isGenerated(root?: string): boolean;
export function generateClient(root?: string): Promise<void>;
