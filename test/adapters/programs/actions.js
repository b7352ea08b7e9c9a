'use strict';

/**
 * Lets the clients of a server tell it what to do, as JSON; they are answered
 * with "did NAME RESULT".
 */
function serveActions(wss, adapter) {
  const actions = {
    subscribe: (ws, topic) => ws.subscribe(topic),
    unsubscribe: (ws, topic) => ws.unsubscribe(topic),
    publish: (ws, topic, text) => wss.publish(topic, text),
    publishBytes: (ws, topic, hex) =>
      wss.publish(topic, Buffer.from(hex, 'hex')),
    publishElse: (ws, topic, text) => ws.publish(topic, text),
    publishMany: (ws, topic, count, text) => {
      for (let i = 0; i < count; i++) wss.publish(topic, `${i} ${text}`);
    },
    broadcast: (ws, text) => wss.broadcast(text),
    close: () => wss.close(),
    stats: () => adapter.stats()
  };

  wss.on('connection', (ws) => {
    ws.on('message', (data) => {
      const [name, ...args] = JSON.parse(data);
      const result = actions[name](ws, ...args);

      ws.send(`did ${name} ${JSON.stringify(result)}`);
    });
  });
}

module.exports = { serveActions };
