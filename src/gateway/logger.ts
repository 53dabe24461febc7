/** Where a gateway logs to: a line for each thing that happens, as fields and a message. A logger of pino is one. */
export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
