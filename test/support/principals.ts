import { type Principal, scopes } from "../../src/session/principal.ts";

/** A principal who may do everything, but for what a test says. */
export function principal(name: string, fields: Partial<Principal> = {}): Principal {
  return { name, scopes: new Set(scopes), ...fields };
}
