import type { ContentItem } from "../../src/protocol/values.ts";
import { FakeGateway } from "./fake-gateway.ts";

export const text = (text: string): ContentItem => ({ type: "text", text });

/** The cell that tests ask for. */
export const cellId = "cell";

/** A turn, its gateway's end, and what it reports. */
export function welcomedTurn() {
  const errors: unknown[] = [];
  const gateway = new FakeGateway();
  const turn = gateway.welcome({ onError: (error) => errors.push(error) });
  return { gateway, turn, errors };
}
