import { onTestFinished } from "vitest";
import { connect, type ConnectOptions, type Turn } from "../../client/index.ts";
import type { TestGateway } from "../support/running-gateway.ts";

/** What {@link sdkTurn} takes: all but the token, which is the gateway's. */
export type SdkOptions = ConnectOptions extends infer Options
  ? Options extends ConnectOptions
    ? Omit<Options, "token">
    : never
  : never;

/** A turn by the SDK, which is closed when the test has ended. What its `onError` hears fails the test, unless it has one. */
export async function sdkTurn(gateway: TestGateway, options: SdkOptions = {}): Promise<Turn> {
  const errors: unknown[] = [];
  const turn = await connect(gateway.url, {
    onError: (error) => void errors.push(error),
    ...options,
    token: gateway.token,
  });
  onTestFinished(async () => {
    await turn.close();
    if (errors.length > 0) throw new AggregateError(errors, "the SDK reported errors");
  });
  return turn;
}

/** In the source of a cell: `attempt(f)` puts out what `f` throws, or what it returns. */
export const ATTEMPT = `const attempt = (f) => { try { text(f() ?? "done") } catch (error) { text(error.toString()) } };\n`;
