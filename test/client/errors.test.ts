import { describe, expect, test } from "vitest";
import { closureError, closureOf } from "../../client/closure.ts";
import { CellgateError, ConnectionError, RequestError, SessionLostError, UnsentError } from "../../client/errors.ts";
import { closeCodes, mayReconnect } from "../../src/protocol/close-codes.ts";
import { type RequestErrorCode, requestErrors } from "../../src/protocol/error-codes.ts";

describe("the error of a connection that was closed", () => {
  test.each(Object.entries(closeCodes))(
    "with %s has the code's name and says whether to reconnect",
    (key, { name }) => {
      const code = Number(key);
      const error = closureError(closureOf(code, "why"), "the connection was closed");
      expect(error).toBeInstanceOf(code === 4404 || code === 4410 ? SessionLostError : ConnectionError);
      expect(error).toMatchObject({
        code: name,
        closeCode: code,
        reason: "why",
        retryable: mayReconnect(code),
        message: `the connection was closed: ${code} ${name}, why`,
      });
    },
  );

  test("with a code of other software is that of a lost connection", () => {
    expect(closureError(closureOf(4999, ""), "closed")).toMatchObject({
      code: "connection_lost",
      closeCode: 4999,
      retryable: true,
      message: "closed: 4999 connection_lost",
    });
  });

  test("keeps its cause", () => {
    const cause = new Error("ECONNREFUSED");
    expect(closureError(closureOf(1006, "", cause), "closed").cause).toBe(cause);
    expect(closureError(closureOf(1006, ""), "closed")).not.toHaveProperty("cause");
  });
});

describe("the error of a request that was refused", () => {
  test.each(Object.entries(requestErrors))("%s says whether to try again", (code, { retryable }) => {
    const error = new RequestError({ code: code as RequestErrorCode, message: "no" });
    expect(error).toMatchObject({ name: "RequestError", code, retryable, message: "no" });
  });

  test.each(["not_of_this_version", "toString"])("with a code that is not known here, %s, is not retryable", (code) => {
    expect(new RequestError({ code: code as RequestErrorCode, message: "no" })).toMatchObject({
      code,
      retryable: false,
    });
  });
});

test("every error is a CellgateError with a name, a code and its cause", () => {
  const cause = new Error("deep");
  const error = new UnsentError("too large", "bad_frame", cause);
  expect(error).toBeInstanceOf(CellgateError);
  expect(error).toMatchObject({ name: "UnsentError", code: "bad_frame", retryable: false, cause });
  expect(new SessionLostError("gone", { code: "expired_session", retryable: false })).toBeInstanceOf(ConnectionError);
});
