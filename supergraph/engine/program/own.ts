import type { JsonObject } from '../fetch-document.ts';

/** Whether plain reading of a name could find something that objects inherit. */
export function isInherited(name: string): boolean {
  return name in Object.prototype;
}

/** An object's own value under a name, whatever the name is. */
export function getOwn(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Sets an object's own value, also under a name such as `__proto__` that assignment would treat as special. */
export function setOwn(object: JsonObject, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true });
  } else object[name] = value;
}
