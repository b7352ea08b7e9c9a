const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15000;

/**
 * Listens to the server for ever: `onSamples` gets lists of samples, `onState`
 * 'connecting', 'online' or 'waiting'.
 */
export function listen({ onSamples, onState }) {
  let wait = FIRST_WAIT_MS;

  function connect() {
    const url = new URL('/live', location.href);

    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    onState('connecting');

    const ws = new WebSocket(url);

    ws.addEventListener('open', () => {
      wait = FIRST_WAIT_MS;
      onState('online');
    });
    ws.addEventListener('message', ({ data }) => onSamples(JSON.parse(data)));
    ws.addEventListener('close', () => {
      onState('waiting');
      setTimeout(connect, wait * (0.5 + Math.random()));
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    });
  }

  connect();
}
