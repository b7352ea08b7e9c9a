// What a WebSocketServer of uvws knows and one of ws does not.

/** How `WebSocketServer#close()` parts with the clients. */
export interface CloseOptions {
  /** Whether to start the closing handshake with each client; `false`: they
   * have until `timeout` to go by themselves.
   * @default true */
  closeClients?: boolean | undefined;
  /** The close code: 1000 to 1014 but 1004, 1005, 1006, or 3000 to 4999.
   * @default 1001 */
  code?: number | undefined;
  /** Why, in at most 123 bytes of UTF-8. @default '' */
  reason?: string | Uint8Array | undefined;
  /** ms until the clients that are left are terminated; 0: at once, behind
   * the close frame.
   * @default 30000 */
  timeout?: number | undefined;
}
