export type { CellError, CellErrorCode, CellNotFoundReason, RequestErrorCode } from "../src/protocol/error-codes.ts";
export type { Subprotocol } from "../src/protocol/codec.ts";
export type { Host, Notification, ToolCall } from "../src/protocol/host.ts";
export type { AnnouncedLimits, LimitName } from "../src/protocol/limits.ts";
export type {
  CallEndedEvent,
  CallMadeEvent,
  CellAcceptedEvent,
  CellEndedEvent,
  CellStartedEvent,
  ExecutorNumbers,
  HistogramNumbers,
  LagNumbers,
  LimitHitEvent,
  MetricsEvent,
  OutcomeDroppedEvent,
  SessionClose,
  SessionEvent,
  SessionGoneEvent,
  SessionState,
  SessionStatus,
  SnapshotEvent,
  TurnCutEvent,
  TurnEndedEvent,
  TurnOpenedEvent,
  TurnResumedEvent,
  ValuesEvent,
} from "../src/protocol/observed-events.ts";
export type { ScopeName } from "../src/protocol/observer-frames.ts";
export type { CellClosedReason } from "../src/protocol/server-frames.ts";
export type {
  CellState,
  CellStatus,
  CellUsage,
  ContentItem,
  ImageDetail,
  ImageItem,
  JsonValue,
  TextItem,
  ToolDefinition,
  ToolKind,
} from "../src/protocol/values.ts";
export type { Closure } from "./closure.ts";
export { connect, type ConnectOptions } from "./connect.ts";
export {
  CellgateError,
  ConnectionError,
  RequestError,
  SessionLostError,
  ToolCancelledError,
  UnsentError,
} from "./errors.ts";
export type { ListSessionsOptions, Observation, SessionsPage, Watch, WatchSessionOptions } from "./observation.ts";
export { observe, type ObserveOptions } from "./observe.ts";
export type { GapEvent, NumbersEvent, SessionsEvent, WatchedEvent, WatchedFrame } from "./observed.ts";
export type { Outcome, OutcomeType } from "./outcome.ts";
export type { ReconnectOptions } from "./reconnector.ts";
export type { StateEvent, TurnState } from "./states.ts";
export type { DeclaringHost, Tool, ToolContext, Tools } from "./tools.ts";
export type { ExecuteOptions, RequestOptions, RunOptions, SessionAccess, WaitOptions } from "./turn-options.ts";
export type { Turn } from "./turn.ts";
export type { WebSocketConstructor, WebSocketLike } from "./web-socket.ts";
