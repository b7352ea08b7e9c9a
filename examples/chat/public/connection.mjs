const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 15000;

/**
 * A WebSocket that comes back. `events` has onOpen(), onFrame(object), and
 * onState(state, retryAt) with state 'connecting', 'online' or 'waiting';
 * retryAt, in milliseconds since 1970, comes with 'waiting'.
 */
export class Connection {
  #url;
  #events;
  #socket = null;
  #timer = null;
  #attempt = 0;

  constructor(url, events) {
    this.#url = url;
    this.#events = events;
  }

  /** Connects, or cuts a wait short and connects now. */
  connect() {
    clearTimeout(this.#timer);
    this.#drop();
    this.#events.onState('connecting');

    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.onopen = () => this.#events.onOpen();
    socket.onmessage = ({ data }) => this.#events.onFrame(JSON.parse(data));
    socket.onclose = () => this.#wait();
  }

  /** To be called once the server let us in: the back-off starts afresh. */
  accepted() {
    this.#attempt = 0;
    this.#events.onState('online');
  }

  /** Gives up a connection that stays silent, and comes back. */
  abandon() {
    this.#drop();
    this.#wait();
  }

  /** Whether frames can be sent, let in or not. */
  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Whether there is not even an attempt under way. */
  get isWaiting() {
    return this.#socket === null;
  }

  send(frame) {
    this.#socket?.send(JSON.stringify(frame));
  }

  #wait() {
    const ceiling = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#attempt);
    // Half of it at random: the clients of a restarted server spread out.
    const delay = (ceiling / 2) * (1 + Math.random());

    this.#socket = null;
    this.#attempt += 1;
    this.#timer = setTimeout(() => this.connect(), delay);
    this.#events.onState('waiting', Date.now() + delay);
  }

  #drop() {
    if (!this.#socket) return;
    this.#socket.onopen = null;
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    this.#socket.close();
    this.#socket = null;
  }
}
